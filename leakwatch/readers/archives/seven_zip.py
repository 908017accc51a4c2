"""7z archives. Run in the sandbox only: the parser is large, and most of its decompressors are native.

py7zr itself unpacks to files or in parts of 128 MB, so its decompressors are called directly, one block at a time.
Two of them (deflate, zstandard) return all output for their input at once, up to 128 KiB for 4 bytes, and get small
inputs. The files of a solid block share its compressed size and therefore its ratio limit.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from leakwatch.core.model import Origin, Skipped, SkipReason
from leakwatch.readers.input_stream import BLOCK_BYTES, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted

_SMALL_INPUT_BYTES = 1024
MAGIC = b"7z\xbc\xaf\x27\x1c"


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The regular files of a 7z archive. ``ReadAborted`` if the names are encrypted."""
    try:
        package = importlib.import_module("py7zr")
    except ImportError:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT) from None
    file = stream.seekable()
    with _ErrorMapping(package):
        archive = package.SevenZipFile(file)
        files = list(archive.files)
        ranges = _packed_ranges(archive)
    folder: _Folder | None = None
    for info in files:
        if info.is_directory or info.is_symlink or info.emptystream:
            continue
        context.budget.count_member()
        if folder is None or folder.spec is not info.folder:
            folder = _Folder(package, file, info.folder, ranges.get(id(info.folder), (0, 0)))
        name = info.filename.replace("\\", "/")
        inside = origin.member(name)
        if folder.skip_reason is not None:
            yield Skipped(inside, folder.skip_reason, info.uncompressed)
            continue
        member = _Member(folder, info.uncompressed, info.crc32)
        read_member = InputStream(member, context.budget, size=member.left, unpacked=True, packed=folder.packed)
        yield from context.read_member(read_member, inside, context.for_member(name))
        if context.budget.exhausted:
            raise ReadAborted(context.budget.exhausted)
        _skip(member, context)


def _packed_ranges(archive: Any) -> dict[int, tuple[int, int]]:
    """Offset and size of the packed bytes of each folder, by its ``id``."""
    streams = getattr(archive.header, "main_streams", None)
    if streams is None:
        return {}
    positions = streams.packinfo.packpositions
    found, stream = {}, 0
    for folder in streams.unpackinfo.folders:
        inputs = len(folder.packed_indices) or 1
        found[id(folder)] = archive.afterheader + positions[stream], positions[stream + inputs] - positions[stream]
        stream += inputs
    return found


class _ErrorMapping:
    """Turns the parser's many errors into ``ReadAborted``; ``MemoryError`` and ``RecursionError`` pass."""

    def __init__(self, package: Any) -> None:
        self._package = package

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, MemoryError | RecursionError | ReadAborted):
            raise ReadAborted(self._reason(error)) from None

    def _reason(self, error: Exception) -> SkipReason:
        if isinstance(error, self._package.PasswordRequired):
            return SkipReason.ENCRYPTED
        if isinstance(error, self._package.UnsupportedCompressionMethodError):
            return SkipReason.UNSUPPORTED_FORMAT
        return SkipReason.DAMAGED


class _Folder:
    """A solid block: files compressed as one stream. ``skip_reason`` is set when they cannot be unpacked."""

    def __init__(self, package: Any, file: BinaryIO, spec: Any, packed_range: tuple[int, int]) -> None:
        self.spec = spec
        self.skip_reason: SkipReason | None = None
        start, self.packed = packed_range
        self._file = file
        self._errors = _ErrorMapping(package)
        self._decompressor: Any = None
        try:
            with self._errors:
                file.seek(start)
                parts = (spec.coders, self.packed, spec.unpacksizes, spec.crc, spec.password)
                self._decompressor = package.compressor.SevenZipDecompressor(*parts, blocksize=_SMALL_INPUT_BYTES)
        except ReadAborted as stop:
            self.skip_reason = stop.reason

    def read(self, size: int) -> bytes:
        """The next bytes, at least one. ``ReadAborted``, and ``skip_reason`` is set, where the folder is damaged."""
        try:
            with self._errors:
                while True:
                    before = self._file.tell()
                    if data := self._decompressor.decompress(self._file, size):
                        return bytes(data)
                    if self._file.tell() == before:
                        raise EOFError  # truncated; mapped to damaged
        except ReadAborted as stop:
            self.skip_reason = stop.reason
            raise


class _Member:
    """The next ``left`` bytes of a folder. ``EOFError`` on damage or a checksum mismatch."""

    def __init__(self, folder: _Folder, size: int, crc: int | None) -> None:
        self.left = size
        self._folder = folder
        self._crc = crc
        self._checksum = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes of the member."""
        if not self.left:
            return b""
        try:
            data = self._folder.read(min(size, self.left, BLOCK_BYTES))
        except ReadAborted:
            raise EOFError from None
        self.left -= len(data)
        self._checksum = zlib.crc32(data, self._checksum)
        if not self.left and self._crc is not None and self._checksum != self._crc:
            self._folder.skip_reason = SkipReason.DAMAGED
            raise EOFError
        return data


def _skip(member: _Member, context: ReadContext) -> None:
    """Skip to the next file of the folder. The bytes between must be unpacked and count against the limits."""
    try:
        while data := member.read(BLOCK_BYTES):
            context.budget.check_time()
            context.budget.count_unpacked(len(data))
    except EOFError:
        pass
