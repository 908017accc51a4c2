"""A second first look: what decides where an input is read has read its beginning already."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, TypeVar, cast

from leakwatch.readers.input_stream import is_rewindable, size_of

# More than is ever taken from a pipe before its format is known, unless somebody wants it to be.
_KEPT_BYTES = 4 * 1024 * 1024
_Item = TypeVar("_Item")


class ReplayableStream:
    """Reads ``stream`` twice from where it was: a file by going back, a pipe by keeping what came.

    ``stream`` is for the first reader, ``read_at`` for the second. ``size`` in bytes, None for a pipe.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.size = size_of(stream) if is_rewindable(stream) else None
        self._file = stream
        self._take = getattr(stream, "read1", stream.read)
        self._keeper = None if self.size is not None else _Keeper(stream)
        self.stream = stream if self._keeper is None else cast(BinaryIO, self._keeper)
        self._at = -1
        self._kept = io.BytesIO()

    def forget_after_first(self, items: Iterator[_Item]) -> Iterator[_Item]:
        """The items; once there is one, nobody will read again."""
        for item in items:
            if self._keeper is not None:
                self._keeper.kept = None
            yield item

    def begin(self) -> bool:
        """Start the second reading; False when too much was taken from a pipe."""
        if self._keeper is None:
            return True
        if self._keeper.kept is None:
            return False
        self._kept = io.BytesIO(self._keeper.kept)
        return True

    def read_at(self, offset: int, size: int) -> bytes:
        """Some bytes from ``offset`` (for a pipe: the next ones), none only at the end. ``OSError`` as the stream's."""
        if self.size is None:
            return self._kept.read(size) or bytes(self._take(size))
        if offset != self._at:
            self._file.seek(offset)
        data = bytes(self._take(size))
        self._at = offset + len(data)
        return data


class _Keeper:
    """A pipe that remembers its beginning."""

    def __init__(self, stream: BinaryIO) -> None:
        self._take = getattr(stream, "read1", stream.read)
        self.fileno = getattr(stream, "fileno", None) or _nothing
        self.kept: bytes | None = b""

    def seekable(self) -> bool:
        return False

    def read1(self, size: int) -> bytes:
        data = bytes(self._take(size))
        if self.kept is not None:
            self.kept = self.kept + data if len(self.kept) + len(data) <= _KEPT_BYTES else None
        return data

    read = read1


def _nothing() -> int:
    raise OSError
