"""Compound files: the container of Office 97 documents, and of encrypted Office documents of any age."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from leakwatch.core.model import SkipReason
from leakwatch.readers.read_limits import ReadAborted

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_NO_SECTOR = 0xFFFFFFFA  # this and above are marks, not sectors
_HEADER_FAT = slice(76, 512)
_ENTRY_BYTES = 128
_MINI_BYTES = 64
_MINI_BELOW = 4096
_STREAM, _ROOT = 2, 5


class _Entry(NamedTuple):
    kind: int
    start: int
    size: int


class Compound:
    """The named streams of a compound file. ``ReadAborted`` when its chains are broken."""

    def __init__(self, data: bytes) -> None:
        try:
            (shift,) = struct.unpack_from("<H", data, 30)
            (directory,) = struct.unpack_from("<I", data, 48)
            mini_fat, _, more_fat, _ = struct.unpack_from("<IIII", data, 60)
        except struct.error:
            raise ReadAborted(SkipReason.DAMAGED) from None
        if shift not in {9, 12}:
            raise ReadAborted(SkipReason.DAMAGED)
        self._data = data
        self._sector_bytes = 1 << shift
        self._fat: tuple[int, ...] = ()
        self._fat = _words(b"".join(map(self._sector, self._fat_sectors(more_fat))))
        self._mini_fat = _words(b"".join(self._chain(mini_fat)))
        self._entries = dict(_entries(b"".join(self._chain(directory))))
        roots = [entry for entry in self._entries.values() if entry.kind == _ROOT]
        self._mini = b"".join(self._chain(roots[0].start)) if roots else b""

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def stream(self, name: str) -> bytes:
        """The content of the stream ``name``."""
        entry = self._entries[name]
        if entry.size >= _MINI_BELOW:
            return b"".join(self._chain(entry.start))[: entry.size]
        places = _follow(self._mini_fat, entry.start)
        return b"".join(self._mini[at * _MINI_BYTES : (at + 1) * _MINI_BYTES] for at in places)[: entry.size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._sector_bytes
        return self._data[start : start + self._sector_bytes]

    def _chain(self, first: int) -> Iterator[bytes]:
        return map(self._sector, _follow(self._fat, first))

    def _fat_sectors(self, more: int) -> Iterator[int]:
        """The sectors that hold the table of chains: the first are named in the header, the others in a list."""
        yield from (number for number in _words(self._data[_HEADER_FAT]) if number < _NO_SECTOR)
        for _ in range(len(self._data) // self._sector_bytes):
            if more >= _NO_SECTOR:
                return
            *numbers, more = _words(self._sector(more)) or (_NO_SECTOR,)
            yield from (number for number in numbers if number < _NO_SECTOR)


def _words(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _follow(table: tuple[int, ...], number: int) -> Iterator[int]:
    """The chain that begins at ``number``; one that is longer than its table goes in circles."""
    for _ in range(len(table) + 1):
        if number >= _NO_SECTOR:
            return
        yield number
        if number >= len(table):
            break
        number = table[number]
    raise ReadAborted(SkipReason.DAMAGED)


def _entries(directory: bytes) -> Iterator[tuple[str, _Entry]]:
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        name, length, kind = struct.unpack_from("<64sHB", directory, at)
        start, size = struct.unpack_from("<II", directory, at + 116)
        if kind in {_STREAM, _ROOT}:
            yield name[: max(length - 2, 0)].decode("utf-16-le", "replace"), _Entry(kind, start, size)
