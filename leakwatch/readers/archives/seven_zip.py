"""7z archives. Only to be run apart: the parser is large, and most of its decompressors are native.

Its own ways of unpacking write files, or give a member in pieces of 128 MB; so its decompressors are asked directly,
for a block at a time. Two of them (deflate, zstandard) give all output of their input at once, up to 128 KiB for 4
bytes: they get small bites. The files of one solid block share what it takes when packed, and so its limit of ratio.
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

_BITE_BYTES = 1024
MAGIC = b"7z\xbc\xaf\x27\x1c"


def read(feed: InputStream, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    """The files of a 7z archive; links and directories hold nothing to read. ``ReadAborted`` if names are encrypted."""
    try:
        package = importlib.import_module("py7zr")
    except ImportError:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT) from None
    file = feed.seekable()
    with _Trouble(package):
        archive = package.SevenZipFile(file)
        files = list(archive.files)
        starts = _starts(archive)
    folder: _Folder | None = None
    for info in files:
        if info.is_directory or info.is_symlink or info.emptystream:
            continue
        reading.budget.member()
        if folder is None or folder.coded is not info.folder:
            folder = _Folder(package, file, info.folder, starts.get(id(info.folder), (0, 0)))
        name = info.filename.replace("\\", "/")
        inside = origin.member(name)
        if folder.refused is not None:
            yield Skipped(inside, folder.refused, info.uncompressed)
            continue
        member = _Member(folder, info.uncompressed, info.crc32)
        inner = InputStream(member, reading.budget, size=member.left, unpacked=True, packed=folder.packed)
        yield from reading.inner(inner, inside, reading.member(name))
        if reading.budget.spent:
            raise ReadAborted(reading.budget.spent)
        _skip(member, reading)


def _starts(archive: Any) -> dict[int, tuple[int, int]]:
    """Where the packed bytes of each folder begin, and how many there are."""
    streams = getattr(archive.header, "main_streams", None)
    if streams is None:
        return {}
    at = streams.packinfo.packpositions
    found, stream = {}, 0
    for folder in streams.unpackinfo.folders:
        inputs = len(folder.packed_indices) or 1
        found[id(folder)] = archive.afterheader + at[stream], at[stream + inputs] - at[stream]
        stream += inputs
    return found


class _Trouble:
    """Makes one of the many ways in which a parser fails on untrusted bytes; out of memory stays what it is."""

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
    """What 7z compresses as one: files behind each other. ``refused`` says why none of them can be unpacked."""

    def __init__(self, package: Any, file: BinaryIO, coded: Any, place: tuple[int, int]) -> None:
        self.coded = coded
        self.refused: SkipReason | None = None
        start, self.packed = place
        self._file = file
        self._trouble = _Trouble(package)
        self._decompressor: Any = None
        try:
            with self._trouble:
                file.seek(start)
                parts = (coded.coders, self.packed, coded.unpacksizes, coded.crc, coded.password)
                self._decompressor = package.compressor.SevenZipDecompressor(*parts, blocksize=_BITE_BYTES)
        except ReadAborted as stop:
            self.refused = stop.reason

    def read(self, size: int) -> bytes:
        """Some of the next bytes, at least one; ``ReadAborted`` and ``refused`` where the folder is damaged or ends."""
        try:
            with self._trouble:
                while True:
                    before = self._file.tell()
                    if data := self._decompressor.decompress(self._file, size):
                        return bytes(data)
                    if self._file.tell() == before:
                        raise EOFError  # one more way to be damaged
        except ReadAborted as stop:
            self.refused = stop.reason
            raise


class _Member:
    """The next ``left`` bytes of a folder. ``EOFError`` where they are damaged, or are not what was packed."""

    def __init__(self, folder: _Folder, size: int, crc: int | None) -> None:
        self.left = size
        self._folder = folder
        self._crc = crc
        self._sum = 0

    def read(self, size: int, /) -> bytes:
        """Some bytes of the member."""
        if not self.left:
            return b""
        try:
            data = self._folder.read(min(size, self.left, BLOCK_BYTES))
        except ReadAborted:
            raise EOFError from None
        self.left -= len(data)
        self._sum = zlib.crc32(data, self._sum)
        if not self.left and self._crc is not None and self._sum != self._crc:
            self._folder.refused = SkipReason.DAMAGED
            raise EOFError
        return data


def _skip(member: _Member, reading: ReadContext) -> None:
    """Go to the next file of the folder: what is between has to be unpacked, and counts."""
    try:
        while data := member.read(BLOCK_BYTES):
            reading.budget.check_time()
            reading.budget.unpacked(len(data))
    except EOFError:
        pass
