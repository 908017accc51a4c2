"""The bytes of one input, with a peek at its first bytes and all limits enforced."""

from __future__ import annotations

import io
import lzma
import select
import time
import zipfile
import zlib
from collections.abc import Callable
from functools import cached_property
from typing import BinaryIO, Protocol

from leakwatch.core.model import SkipReason
from leakwatch.readers.read_limits import ReadAborted, ReadLimits
from leakwatch.text.charset import SAMPLE_BYTES

BLOCK_BYTES = 1024 * 1024
# Inputs from a pipe or an archive are buffered in memory when the reader needs to seek.
MAX_BUFFERED_BYTES = 64 * 1024 * 1024
# Below this size the ratio is not checked: a megabyte of blanks is no bomb.
RATIO_FREE_BYTES = 1024 * 1024
# A growing pipe is read once it was quiet for this long, or after the maximum time.
_QUIET_SECONDS = 0.05
_GATHER_SECONDS = 0.2

_READ_ERRORS = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


class ByteSource(Protocol):
    """Source of an ``InputStream``. ``read`` returns at most ``size`` bytes, none only at the end."""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        ...


class InputStream:
    """One input, read sequentially.

    ``size`` is its size in bytes, if known. ``packed`` is the compressed size of an archive member: unpacking to more
    than ``limits.ratio`` times that is a bomb. ``unpacked`` inputs count against the budget of unpacked bytes; all are
    limited by ``file_bytes``.
    """

    def __init__(
        self,
        source: ByteSource,
        budget: ReadLimits,
        *,
        size: int | None = None,
        unpacked: bool = False,
        packed: int | None = None,
        file: BinaryIO | None = None,
        pipe: Pipe | None = None,
    ) -> None:
        self.size = size
        self.budget = budget
        self._read_source = source.read
        self._unpacked = unpacked
        self._file = file
        self._pipe = pipe
        self._consumed = 0
        self._max_bytes = budget.limits.file_bytes
        self._limit_reason = SkipReason.TOO_LARGE
        if packed is not None and packed * budget.limits.ratio < self._max_bytes:
            self._max_bytes = max(packed * budget.limits.ratio, RATIO_FREE_BYTES)
            self._limit_reason = SkipReason.RATIO
        self._failure_reason: SkipReason | None = None
        self._head_consumed = 0
        self._went_quiet = False

    @classmethod
    def from_file(cls, stream: BinaryIO, budget: ReadLimits) -> InputStream:
        """The stream of a top-level file or pipe."""
        if is_rewindable(stream):
            return cls(_UnbufferedSource(stream), budget, size=size_of(stream), file=stream)
        return cls(_UnbufferedSource(stream), budget, pipe=Pipe(stream))

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, or less if the input is shorter, without consuming them. Of a pipe: what has arrived."""
        return self._read_until_quiet(SAMPLE_BYTES) if self.is_growing else self._read_exactly(SAMPLE_BYTES)

    @property
    def is_growing(self) -> bool:
        """Whether the input may grow while it is read, so that readers must not wait for a full block."""
        return self._pipe is not None and self._pipe.descriptor is not None

    @property
    def is_complete(self) -> bool:
        """Whether ``head`` is the whole input."""
        return len(self.head) < SAMPLE_BYTES and not self._went_quiet

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end. ``ReadAborted`` on damage or when a limit is reached.

        Bytes before the error are returned first; the next call raises.
        """
        from_head = self.head[self._head_consumed : self._head_consumed + size]
        self._head_consumed += len(from_head)
        try:
            return from_head + self._read_exactly(size - len(from_head))
        except ReadAborted:
            if from_head:
                return from_head
            raise

    def read_available(self) -> bytes:
        """The next block. Of a growing input, the bytes available now."""
        if not self.is_growing:
            return self.read()
        from_head = self.head[self._head_consumed :]
        self._head_consumed += len(from_head)
        return from_head or self._read_until_quiet(BLOCK_BYTES)

    def seekable(self) -> BinaryIO:
        """The whole input as a seekable file. Call it instead of ``read``, and once."""
        if self._file is not None:
            self._file.seek(0)
            return self._file
        buffer = io.BytesIO()
        while block := self.read():
            if buffer.tell() + len(block) > MAX_BUFFERED_BYTES:
                raise ReadAborted(SkipReason.TOO_LARGE)
            buffer.write(block)
        buffer.seek(0)
        return buffer

    def _read_until_quiet(self, size: int) -> bytes:
        """At least one byte and everything that follows within a moment; none only at the end."""
        assert self._pipe is not None
        gathered = part = self._read_some(size)
        until = self._pipe.clock() + _GATHER_SECONDS
        while part and len(gathered) < size:
            if self._pipe.clock() > until or not self._pipe.wait_for_data():
                self._went_quiet = True
                break
            try:
                part = self._read_some(size - len(gathered))
            except ReadAborted:
                break  # raised again by the next read
            gathered += part
        return gathered

    def _read_exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        missing = size
        while missing > 0:
            try:
                part = self._read_some(missing)
            except ReadAborted as aborted:
                self._failure_reason = aborted.reason
                if parts:
                    break
                raise
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _read_some(self, size: int) -> bytes:
        if self._failure_reason is not None:
            raise ReadAborted(self._failure_reason)
        self.budget.check_time()
        if self._pipe is not None:
            self.budget.pause()  # waiting for a pipe is not reading time
        try:
            part = self._read_source(min(size, BLOCK_BYTES))
        except _READ_ERRORS:
            self._failure_reason = SkipReason.DAMAGED
            raise ReadAborted(SkipReason.DAMAGED) from None
        finally:
            if self._pipe is not None:
                self.budget.resume()
        self._consumed += len(part)
        if self._consumed > self._max_bytes:
            raise ReadAborted(self._limit_reason)
        if self._unpacked:
            self.budget.count_unpacked(len(part))
        return part


class Pipe:
    """Waits for more data of a pipe without reading it. ``descriptor`` is None where that is impossible."""

    clock = staticmethod(time.monotonic)

    def __init__(self, stream: BinaryIO) -> None:
        try:
            self.descriptor: int | None = stream.fileno()
        except (OSError, ValueError, AttributeError):
            self.descriptor = None

    def wait_for_data(self) -> bool:
        """Whether data is available now or within a moment."""
        poll = select.poll()
        assert self.descriptor is not None
        poll.register(self.descriptor, select.POLLIN)
        return bool(poll.poll(_QUIET_SECONDS * 1000))


class _UnbufferedSource:
    """A file whose ``read`` returns what is available, so that bytes before an error are not lost."""

    def __init__(self, stream: BinaryIO) -> None:
        self.read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)


def is_rewindable(stream: BinaryIO) -> bool:
    """Whether the stream is at its beginning and seekable."""
    try:
        return stream.seekable() and stream.tell() == 0
    except (OSError, ValueError):
        return False


def size_of(stream: BinaryIO) -> int:
    """The size of a rewindable stream in bytes. Leaves it at its beginning."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size
