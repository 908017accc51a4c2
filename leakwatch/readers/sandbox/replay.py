"""Lets an input be read again from its beginning after its format was detected."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, TypeVar, cast

from leakwatch.readers.input_stream import is_rewindable, size_of

# More than any ordinary input needs before its format is known.
_MAX_RECORDED_BYTES = 4 * 1024 * 1024
_Item = TypeVar("_Item")


class ReplayableStream:
    """Reads an input twice from its current position: a file by seeking, a pipe by recording.

    ``stream`` is for the first reader, ``read_at`` for the second. ``size`` is in bytes, None for a pipe.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.size = size_of(stream) if is_rewindable(stream) else None
        self._file = stream
        self._read = getattr(stream, "read1", stream.read)
        self._pipe = None if self.size is not None else _RecordingPipe(stream)
        self.stream = stream if self._pipe is None else cast(BinaryIO, self._pipe)
        self._at = -1
        self._recorded = io.BytesIO()

    def stop_recording_at_first(self, items: Iterator[_Item]) -> Iterator[_Item]:
        """The items. Recording stops at the first one, since the input will not be read again."""
        for item in items:
            if self._pipe is not None:
                self._pipe.recorded = None
            yield item

    def rewind(self) -> bool:
        """Start the second pass. False when more was read from a pipe than is recorded."""
        if self._pipe is None:
            return True
        if self._pipe.recorded is None:
            return False
        self._recorded = io.BytesIO(self._pipe.recorded)
        return True

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes at ``offset`` (of a pipe: the next), none only at the end. May raise ``OSError``."""
        if self.size is None:
            return self._recorded.read(size) or bytes(self._read(size))
        if offset != self._at:
            self._file.seek(offset)
        data = bytes(self._read(size))
        self._at = offset + len(data)
        return data


class _RecordingPipe:
    """A pipe that records the bytes read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self.fileno = getattr(stream, "fileno", None) or _no_descriptor
        self.recorded: bytes | None = b""

    def seekable(self) -> bool:
        return False

    def read1(self, size: int) -> bytes:
        data = bytes(self._read(size))
        if self.recorded is not None:
            self.recorded = self.recorded + data if len(self.recorded) + len(data) <= _MAX_RECORDED_BYTES else None
        return data

    read = read1


def _no_descriptor() -> int:
    raise OSError
