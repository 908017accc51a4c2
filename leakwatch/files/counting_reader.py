"""A stream that reports how far it has been read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

_BUFFER_BYTES = 256 * 1024


class _CountingRaw(io.RawIOBase):
    """Tracks the furthest byte read from ``file``, however often a reader seeks back."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None]) -> None:
        self._file = file
        self._advance = advance
        self._position = 0
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
        self._position = self._file.seek(offset, whence)
        return self._position

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed asks for any Buffer
        count = _readinto(self._file, buffer)
        self._position += count
        if count and self._position > self.seen:  # without count: a seek beyond the end reads nothing
            new, self.seen = self._position - self.seen, self._position
            self._advance(new)
        return count


def _readinto(file: BinaryIO, buffer: memoryview) -> int:
    # one read of what is available, without a copy: a pipe must not block until the buffer is full
    into = getattr(file, "readinto1", None) or getattr(file, "readinto", None)
    if into is not None:
        return int(into(buffer))
    part = file.read(len(buffer))
    buffer[: len(part)] = part
    return len(part)


class CountingReader(io.BufferedReader):
    """A buffered reader of ``file`` that calls ``advance`` with the number of bytes read for the first time."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None] = lambda _: None) -> None:
        self._raw = _CountingRaw(file, advance)
        super().__init__(self._raw, _BUFFER_BYTES)

    @property
    def seen(self) -> int:
        """Number of bytes from the beginning to the furthest one read."""
        return self._raw.seen
