"""A stream that says how far into it somebody has read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

_BUFFER_BYTES = 256 * 1024


class _Raw(io.RawIOBase):
    """Counts the furthest byte taken from ``file``, however often a reader jumps back."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None]) -> None:
        self._file = file
        self._advance = advance
        self._at = 0
        self.seen = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def fileno(self) -> int:
        return self._file.fileno()

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = self._file.seek(offset, whence)
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed asks for any Buffer
        count = _readinto(self._file, buffer)
        self._at += count
        if count and self._at > self.seen:  # a place beyond the end can be jumped to, not read
            new, self.seen = self._at - self.seen, self._at
            self._advance(new)
        return count


def _readinto(file: BinaryIO, buffer: memoryview) -> int:
    # one read of what is there, without a copy: a pipe must not wait until the buffer is full
    into = getattr(file, "readinto1", None) or getattr(file, "readinto", None)
    if into is not None:
        return int(into(buffer))
    part = file.read(len(buffer))
    buffer[: len(part)] = part
    return len(part)


class CountingReader(io.BufferedReader):
    """``file``, read through a meter. ``seen`` is the furthest byte read; ``advance`` is told each step towards it."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None] = lambda _: None) -> None:
        self._meter = _Raw(file, advance)
        super().__init__(self._meter, _BUFFER_BYTES)

    @property
    def seen(self) -> int:
        """Bytes from the beginning to the furthest one read."""
        return self._meter.seen
