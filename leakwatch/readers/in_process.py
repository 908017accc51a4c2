"""Reading in this process: the one way from an opened file to chunks, here and in the worker that reads apart."""

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
    """The input holds a format that is not to be parsed in this process. Raised before anything was given."""

    def __init__(self, missing: str | None) -> None:
        super().__init__("to be read apart")
        self.missing = missing
        """The extra that has to be installed before anybody can read it."""


def read_here(
    stream: BinaryIO,
    origin: Origin,
    limits: Limits = _DEFAULT,
    encoding: str = "auto",
    clock: Callable[[], float] = time.monotonic,
    *,
    trusting: bool = True,
) -> Iterator[Item]:
    """The chunks of one top-level file, archives opened; ``Skipped`` for what cannot be read, never an error.

    Nothing is written to disk. ``limits.seconds`` counts the time spent here, not between chunks. ``LookupError`` for
    an unknown encoding. Unless ``trusting``, a file for the parsers of binary formats ends with ``NeedsSandbox``.
    """
    budget = ReadLimits(limits, clock)
    feed = InputStream.of(stream, budget)
    yield from budget.timed(_read(feed, origin, ReadContext(budget, encoding, origin.name, _read, trusting=trusting)))


def _read(feed: InputStream, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    try:
        found = recognise(feed.head, reading.name)
        if found.apart and not reading.trusting:
            raise NeedsSandbox(found.missing())

        yield from found.reader(feed, origin, reading)
    except ReadAborted as stop:
        yield Skipped(origin, stop.reason, feed.size)
