"""ZIP archives, and the document formats that are ZIP archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from leakwatch.core.model import Origin, Skipped, SkipReason
from leakwatch.readers.archives.member_name import decode_name
from leakwatch.readers.archives.zip_member import open_archive, open_member
from leakwatch.readers.input_stream import ByteSource, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted

_UTF8 = 0x800
# The standard library unpacks the other methods without a bound on memory; no tool writes them by default.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DIRECTORY_BYTES_PER_MEMBER = 1024


class ZipDocumentReader(Protocol):
    """Reads a document from its opened ZIP archive; ``file`` is the archive's file."""

    def __call__(
        self, file: BinaryIO, archive: zipfile.ZipFile, origin: Origin, context: ReadContext, /
    ) -> Iterator[Item]:
        """The chunks of the document."""
        ...


@dataclass(frozen=True, slots=True)
class ZipDocument:
    """A document format, recognised by members that every such archive has."""

    name: str
    read: ZipDocumentReader
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class ZipReader:
    """Reads ZIP archives: those of ``documents`` as documents, others member by member."""

    documents: Sequence[ZipDocument]

    def __call__(self, stream: InputStream, origin: Origin, context: ReadContext, /) -> Iterator[Item]:
        """The content of the archive or document."""
        file = stream.seekable()
        bounded = _BoundedFile(file, context.budget.limits.members * _DIRECTORY_BYTES_PER_MEMBER)
        with open_archive(cast(BinaryIO, bounded)) as archive:
            names = archive.NameToInfo.keys()
            document = next((one for one in self.documents if names >= one.members), None)
            if document is None:
                yield from _members(archive, origin, context)
            else:
                yield from document.read(file, archive, origin, context)


def _members(archive: zipfile.ZipFile, origin: Origin, context: ReadContext) -> Iterator[Item]:
    for info in archive.infolist():
        if info.filename.endswith("/"):
            continue
        context.budget.count_member()
        name = _name(info)
        inside = origin.member(name)
        if info.compress_type not in _METHODS:
            yield Skipped(inside, SkipReason.UNSUPPORTED_FORMAT, info.file_size)
            continue
        try:
            member = open_member(archive, info)
        except ReadAborted as stop:
            yield Skipped(inside, stop.reason, info.file_size)
            continue
        with member:
            stream = InputStream(
                _Member(member), context.budget, size=info.file_size, unpacked=True, packed=info.compress_size
            )
            yield from context.read_member(stream, inside, context.for_member(name))
        if context.budget.exhausted:
            raise ReadAborted(context.budget.exhausted)


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8:
        return info.filename
    return decode_name(info.orig_filename.encode("cp437"))


class _Member:
    """A member whose ``read`` returns the result of one decompression step, so that bytes before damage are kept."""

    def __init__(self, member: ByteSource) -> None:
        self.read = getattr(member, "read1", member.read)


class _BoundedFile:
    """A file that refuses reads larger than the directory of an archive within the member limit."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable
        self._file = file
        self._max_bytes = max(max_bytes, io.DEFAULT_BUFFER_SIZE * 256)

    def read(self, size: int = -1) -> bytes:
        if size > self._max_bytes:
            raise ReadAborted(SkipReason.TOO_MANY_MEMBERS)
        return self._file.read(self._max_bytes if size < 0 else size)
