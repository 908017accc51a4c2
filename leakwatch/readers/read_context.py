"""What every reader gets and gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from leakwatch.core.model import Chunk, Origin, Skipped, SkipReason
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_limits import ReadAborted, ReadLimits

Item = Chunk | Skipped

# app.log.gz.gz happens; a file that unpacks to itself for ever exists, too.
_LAYERS = 2


class FormatReader(Protocol):
    """One format. Yields what can be read; raises ``ReadAborted`` for what ends the input early, and nothing else."""

    def __call__(self, stream: InputStream, origin: Origin, reading: ReadContext, /) -> Iterator[Item]:
        """The chunks of ``stream``."""
        ...


@dataclass(frozen=True, slots=True)
class ReadContext:
    """How one input is read: shared by all that is inside one top-level file, except name and depth.

    ``name`` chooses the reader where the content does not. ``depth`` counts the archives around this input and
    ``layers`` the compressions directly around it. ``inner`` reads what was unpacked. Unless ``trusting``, the parsers
    of binary formats are not run in this process.
    """

    budget: ReadLimits
    encoding: str
    name: str
    inner: FormatReader
    depth: int = 0
    layers: int = 0
    trusting: bool = True

    def member(self, name: str) -> ReadContext:
        """For a member of this archive; ``ReadAborted`` when the archive is in too many others."""
        if self.depth >= self.budget.limits.depth:
            raise ReadAborted(SkipReason.TOO_DEEP)
        return replace(self, name=name, depth=self.depth + 1, layers=0)

    def unwrapped(self, name: str) -> ReadContext:
        """For what was compressed as a whole; ``ReadAborted`` when that was done too often."""
        if self.layers >= _LAYERS:
            raise ReadAborted(SkipReason.TOO_DEEP)
        return replace(self, name=name, layers=self.layers + 1)
