"""Reads an opened file into chunks in the current process: in the scanner and inside the parser sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from leakwatch.core.model import Limits, Origin, Skipped
from leakwatch.readers.formats import recognise
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted, ReadLimits

_DEFAULT = Limits()


class NeedsSandbox(Exception):
    """The input has a format that must be parsed in the sandbox. Raised before the first chunk."""

    def __init__(self, missing_extra: str | None) -> None:
        super().__init__("this format is parsed in the sandbox only")
        self.missing_extra = missing_extra
        """The package extra that has to be installed to read the format; None when nothing is missing."""


def read_in_process(
    stream: BinaryIO,
    origin: Origin,
    limits: Limits = _DEFAULT,
    encoding: str = "auto",
    clock: Callable[[], float] = time.monotonic,
    *,
    inside_sandbox: bool = True,
) -> Iterator[Item]:
    """The chunks of one top-level file and of the archives in it; ``Skipped`` for what cannot be read.

    Nothing is written to disk. ``limits.seconds`` counts the time spent here, not between chunks. ``LookupError`` for
    an unknown encoding; ``NeedsSandbox`` for a sandboxed format unless ``inside_sandbox``.
    """
    budget = ReadLimits(limits, clock)
    source = InputStream.from_file(stream, budget)
    yield from budget.timed(
        _read(source, origin, ReadContext(budget, encoding, origin.name, _read, inside_sandbox=inside_sandbox))
    )


def _read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    try:
        format_ = recognise(stream.head, context.name)
        if format_.sandboxed and not context.inside_sandbox:
            raise NeedsSandbox(format_.missing_extra())

        yield from format_.reader(stream, origin, context)
    except ReadAborted as aborted:
        yield Skipped(origin, aborted.reason, stream.size)
