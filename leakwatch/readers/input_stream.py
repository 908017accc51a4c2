"""The bytes of one input: its beginning can be looked at, and whatever is taken is counted."""

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
# An input that its reader must jump around in, but that comes from a pipe or an archive, is held in memory.
HELD_BYTES = 64 * 1024 * 1024
# Small inputs compress better than any ratio says: a megabyte of blanks is no bomb.
RATIO_FREE_BYTES = 1024 * 1024
# What is piped in by somebody who goes on writing is read when it was quiet so long, or after so long at most.
_QUIET_SECONDS = 0.05
_GATHER_SECONDS = 0.2

_BROKEN = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


class ByteSource(Protocol):
    """What a feed is filled from: ``read`` gives some bytes, at most ``size``, and none only at the end."""

    def read(self, size: int, /) -> bytes:
        """Some of the next bytes."""
        ...


class InputStream:
    """One input being read, in order.

    ``size`` is its bytes when known. For a member of an archive ``packed`` is what it takes there: more than
    ``limits.ratio`` times that is a bomb. ``unpacked`` inputs count against the budget; others against ``file_bytes``.
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
        self._take = source.read
        self._unpacked = unpacked
        self._file = file
        self._pipe = pipe
        self._taken = 0
        self._ceiling = budget.limits.file_bytes
        self._excess = SkipReason.TOO_LARGE
        if packed is not None and packed * budget.limits.ratio < self._ceiling:
            self._ceiling = max(packed * budget.limits.ratio, RATIO_FREE_BYTES)
            self._excess = SkipReason.RATIO
        self._broken: SkipReason | None = None
        self._looked_at = 0
        self._quiet = False

    @classmethod
    def of(cls, stream: BinaryIO, budget: ReadLimits) -> InputStream:
        """The feed of a top-level file or pipe."""
        if is_rewindable(stream):
            return cls(_Some(stream), budget, size=size_of(stream), file=stream)
        return cls(_Some(stream), budget, pipe=Pipe(stream))

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, or all when there are fewer; still to be read. Of a pipe what came until it was quiet."""
        return self._gather(SAMPLE_BYTES) if self.live else self._fill(SAMPLE_BYTES)

    @property
    def live(self) -> bool:
        """Whether it may grow while it is read, so that nobody should wait for a full block."""
        return self._pipe is not None and self._pipe.descriptor is not None

    @property
    def whole(self) -> bool:
        """Whether ``head`` is all there is."""
        return len(self.head) < SAMPLE_BYTES and not self._quiet

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end. ``ReadAborted`` when it is broken or a limit is reached.

        What came before the trouble is given first.
        """
        ahead = self.head[self._looked_at : self._looked_at + size]
        self._looked_at += len(ahead)
        try:
            return ahead + self._fill(size - len(ahead))
        except ReadAborted:
            if ahead:
                return ahead
            raise

    def some(self) -> bytes:
        """The next block: of a live input what there is, else as ``read``."""
        if not self.live:
            return self.read()
        ahead = self.head[self._looked_at :]
        self._looked_at += len(ahead)
        return ahead or self._gather(BLOCK_BYTES)

    def seekable(self) -> BinaryIO:
        """The whole input as a file to jump around in; to be called instead of ``read``."""
        if self._file is not None:
            self._file.seek(0)
            return self._file
        held = io.BytesIO()
        while block := self.read():
            if held.tell() + len(block) > HELD_BYTES:
                raise ReadAborted(SkipReason.TOO_LARGE)
            held.write(block)
        held.seek(0)
        return held

    def _gather(self, size: int) -> bytes:
        """At least one byte, and what comes close behind it; none only at the end."""
        assert self._pipe is not None
        gathered = part = self._some(size)
        until = self._pipe.clock() + _GATHER_SECONDS
        while part and len(gathered) < size:
            if self._pipe.clock() > until or not self._pipe.more():
                self._quiet = True
                break
            try:
                part = self._some(size - len(gathered))
            except ReadAborted:
                break  # said again when more is asked for
            gathered += part
        return gathered

    def _fill(self, size: int) -> bytes:
        parts: list[bytes] = []
        missing = size
        while missing > 0:
            try:
                part = self._some(missing)
            except ReadAborted as stop:
                self._broken = stop.reason
                if parts:
                    break
                raise
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        if self._broken is not None:
            raise ReadAborted(self._broken)
        self.budget.check_time()
        if self._pipe is not None:
            self.budget.pause()  # nobody is to blame for a quiet pipe
        try:
            part = self._take(min(size, BLOCK_BYTES))
        except _BROKEN:
            self._broken = SkipReason.DAMAGED
            raise ReadAborted(SkipReason.DAMAGED) from None
        finally:
            if self._pipe is not None:
                self.budget.resume()
        self._taken += len(part)
        if self._taken > self._ceiling:
            raise ReadAborted(self._excess)
        if self._unpacked:
            self.budget.unpacked(len(part))
        return part


class Pipe:
    """How to wait for more of a stream without reading it. ``descriptor`` is None where that cannot be done."""

    clock = staticmethod(time.monotonic)

    def __init__(self, stream: BinaryIO) -> None:
        try:
            self.descriptor: int | None = stream.fileno()
        except (OSError, ValueError, AttributeError):
            self.descriptor = None

    def more(self) -> bool:
        """Whether there is more now or in a moment."""
        poll = select.poll()
        assert self.descriptor is not None
        poll.register(self.descriptor, select.POLLIN)
        return bool(poll.poll(_QUIET_SECONDS * 1000))


class _Some:
    """A file whose ``read`` does not wait until it has everything, so that nothing read before an error is lost."""

    def __init__(self, stream: BinaryIO) -> None:
        self.read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)


def is_rewindable(stream: BinaryIO) -> bool:
    """Whether the stream stands at its beginning and can be brought back there."""
    try:
        return stream.seekable() and stream.tell() == 0
    except (OSError, ValueError):
        return False


def size_of(stream: BinaryIO) -> int:
    """The bytes of a rewindable stream, which is at its beginning afterwards."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size
