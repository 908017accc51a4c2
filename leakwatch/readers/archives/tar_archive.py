"""TAR archives, read sequentially with the standard library's header parser.

``tarfile.open`` is not used: it loads extended headers of any size into memory and expands the holes of sparse
members. Here a sparse member yields its stored bytes only, so its line numbers may be too low.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers.archives.member_name import decode_name
from leakwatch.readers.input_stream import BLOCK_BYTES, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted

_BLOCK = tarfile.BLOCKSIZE
_HEADER_BYTES = 1024 * 1024
_WITH_CONTENT = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE}
_WITHOUT_CONTENT = {
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
}
_EXTENDED = {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME}
# Offset of the flag for a further sparse map block: in the header and in the following blocks.
_SPARSE_CONTINUES = (482, 504)


def is_tar(head: bytes) -> bool:
    """Whether ``head`` begins with a header block that has a valid checksum."""
    return head[:1] != b"\0" and _header(head[:_BLOCK]) is not None


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The regular files of a TAR archive."""
    extended = _ExtendedHeaders()
    while (block := stream.read(_BLOCK)).strip(b"\0"):
        info = _header(block)
        if info is None:
            raise ReadAborted(SkipReason.DAMAGED)
        if info.type in _EXTENDED:
            extended.take(info.type, _Member(stream, info.size).all(_HEADER_BYTES))
        elif info.type in _WITH_CONTENT:
            context.budget.count_member()
            if info.type == tarfile.GNUTYPE_SPARSE:
                _skip_sparse_map(stream, block)
            name = decode_name(extended.name or info.name.encode("latin-1"))
            member = _Member(stream, info.size if extended.size is None else extended.size)
            read_member = InputStream(member, context.budget, size=member.left)
            yield from context.read_member(read_member, origin.member(name), context.for_member(name))
            if context.budget.exhausted:
                raise ReadAborted(context.budget.exhausted)
            member.skip()
            extended = _ExtendedHeaders()
        elif info.type not in _WITHOUT_CONTENT:
            _Member(stream, info.size).skip()


@dataclass(slots=True)
class _ExtendedHeaders:
    """Name and size of the next member, where they do not fit into its own header."""

    name: bytes = b""
    size: int | None = None

    def take(self, kind: bytes, data: bytes) -> None:
        if kind == tarfile.GNUTYPE_LONGNAME:
            self.name = data.rstrip(b"\0")
            return
        while data:
            length = data.partition(b" ")[0]
            if not length.isdigit() or not len(length) < int(length) <= len(data):
                raise ReadAborted(SkipReason.DAMAGED)
            key, _, value = data[len(length) + 1 : int(length)].rstrip(b"\n").partition(b"=")
            if key in {b"path", b"GNU.sparse.name"}:
                self.name = value
            elif key == b"size" and value.isdigit():
                self.size = int(value)
            data = data[int(length) :]


class _Member:
    """The next ``size`` bytes of the archive and the padding after them."""

    def __init__(self, stream: InputStream, size: int) -> None:
        self.left = size
        self._stream = stream
        self._padding = -size % _BLOCK

    def read(self, size: int, /) -> bytes:
        """The next bytes of the member. ``EOFError`` if the archive is truncated."""
        data = self._stream.read(min(size, self.left, BLOCK_BYTES))
        if not data and self.left:
            raise EOFError
        self.left -= len(data)
        return data

    def all(self, max_bytes: int) -> bytes:
        """All bytes of an extended header. ``ReadAborted`` beyond ``max_bytes``."""
        if self.left > max_bytes:
            raise ReadAborted(SkipReason.TOO_LARGE)
        data = self._stream.read(self.left)
        self._stream.read(self._padding)
        return data

    def skip(self) -> None:
        """Skip to the next header."""
        self.left += self._padding
        try:
            while self.read(BLOCK_BYTES):
                pass
        except EOFError:
            raise ReadAborted(SkipReason.DAMAGED) from None


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        info = tarfile.TarInfo.frombuf(block, "latin-1", "strict")
    except (tarfile.HeaderError, ValueError):
        return None
    return info if info.size >= 0 else None


def _skip_sparse_map(stream: InputStream, block: bytes) -> None:
    first, further = _SPARSE_CONTINUES
    has_more = block[first]
    while has_more:
        block = stream.read(_BLOCK)
        has_more = block[further] if len(block) == _BLOCK else 0
