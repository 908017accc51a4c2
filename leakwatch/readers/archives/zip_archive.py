"""ZIP archives, and the formats that are ZIP archives inside: workbooks, documents and slides are handed on."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from leakwatch.core.model import Origin, Skipped, SkipReason
from leakwatch.readers.archives.member_name import decode_name
from leakwatch.readers.archives.zip_member import open_archive, open_member
from leakwatch.readers.documents import office
from leakwatch.readers.input_stream import ByteSource, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables import spreadsheet

_UTF8 = 0x800
# The other methods of the standard library unpack without a bound on memory; no tool writes them by default.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DIRECTORY_BYTES_PER_MEMBER = 1024


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The members of a ZIP archive, or the sheets of a spreadsheet."""
    file = stream.seekable()
    limits = context.budget.limits
    bounded = _BoundedFile(file, limits.members * _DIRECTORY_BYTES_PER_MEMBER)
    with open_archive(cast(BinaryIO, bounded)) as archive:
        names = archive.NameToInfo.keys()
        if any(names >= parts for parts in spreadsheet.PACKED):
            yield from spreadsheet.read_packed(file, archive, origin, context)
        elif names >= office.DOCX_PARTS:
            yield from office.read_docx(archive, origin, context)
        elif names >= office.PPTX_PARTS:
            yield from office.read_pptx(archive, origin, context)
        else:
            yield from _members(archive, origin, context)


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
    """A member whose ``read`` gives what one step of unpacking gives, so that nothing before the damage is lost."""

    def __init__(self, member: ByteSource) -> None:
        self.read = getattr(member, "read1", member.read)


class _BoundedFile:
    """A file from which no parser takes more at once than a directory of the allowed number of members."""

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
