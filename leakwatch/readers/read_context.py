"""What every reader gets and gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from leakwatch.core.model import Chunk, Origin, Skipped, SkipReason
from leakwatch.readers.input_stream import Feed
from leakwatch.readers.read_limits import Budget, Stop

Item = Chunk | Skipped

# app.log.gz.gz happens; a file that unpacks to itself for ever exists, too.
_LAYERS = 2


class FormatReader(Protocol):
    """One format. Yields what can be read; raises ``Stop`` for what ends the input early, and nothing else."""

    def __call__(self, feed: Feed, origin: Origin, reading: Reading, /) -> Iterator[Item]:
        """The chunks of ``feed``."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """How one input is read: shared by all that is inside one top-level file, except name and depth.

    ``name`` chooses the reader where the content does not. ``depth`` counts the archives around this input and
    ``layers`` the compressions directly around it. ``inner`` reads what was unpacked. Unless ``trusting``, the parsers
    of binary formats are not run in this process.
    """

    budget: Budget
    encoding: str
    name: str
    inner: FormatReader
    depth: int = 0
    layers: int = 0
    trusting: bool = True

    def member(self, name: str) -> Reading:
        """For a member of this archive; ``Stop`` when the archive is in too many others."""
        if self.depth >= self.budget.limits.depth:
            raise Stop(SkipReason.TOO_DEEP)
        return replace(self, name=name, depth=self.depth + 1, layers=0)

    def unwrapped(self, name: str) -> Reading:
        """For what was compressed as a whole; ``Stop`` when that was done too often."""
        if self.layers >= _LAYERS:
            raise Stop(SkipReason.TOO_DEEP)
        return replace(self, name=name, layers=self.layers + 1)
