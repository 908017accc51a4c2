"""The interface of format readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from leakwatch.core.model import Chunk, Origin, Skipped, SkipReason
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_limits import ReadAborted, ReadLimits

Item = Chunk | Skipped

# app.log.gz.gz happens; so do files that decompress to themselves forever.
_MAX_LAYERS = 2


class FormatReader(Protocol):
    """Reads one format. Yields what can be read; raises only ``ReadAborted``, when the input ends early."""

    def __call__(self, stream: InputStream, origin: Origin, context: ReadContext, /) -> Iterator[Item]:
        """The chunks of ``stream``."""
        ...


@dataclass(frozen=True, slots=True)
class ReadContext:
    """How to read one input. Shared by everything in one top-level file except for name, depth and layers.

    ``name`` selects the format where the content does not. ``depth`` counts the archives around the input,
    ``layers`` the compressions directly around it. ``read_member`` reads an unpacked input. Sandboxed formats are
    read only ``inside_sandbox``.
    """

    budget: ReadLimits
    encoding: str
    name: str
    read_member: FormatReader
    depth: int = 0
    layers: int = 0
    inside_sandbox: bool = True

    def for_member(self, name: str) -> ReadContext:
        """The context of an archive member. ``ReadAborted`` when archives are nested too deep."""
        if self.depth >= self.budget.limits.depth:
            raise ReadAborted(SkipReason.TOO_DEEP)
        return replace(self, name=name, depth=self.depth + 1, layers=0)

    def for_unpacked(self, name: str) -> ReadContext:
        """The context of a decompressed stream. ``ReadAborted`` when it was compressed too many times."""
        if self.layers >= _MAX_LAYERS:
            raise ReadAborted(SkipReason.TOO_DEEP)
        return replace(self, name=name, layers=self.layers + 1)
