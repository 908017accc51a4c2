"""From an opened file to chunks. ``open_input`` chooses the reader by content first, then by name.

One format is one module and its line in ``formats.FORMATS``. What is no text and has no reader is told as
``unsupported-format``, never read as garbage.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from leakwatch.model import Chunk, Limits, Origin, Skipped
from leakwatch.readers.budget import Budget, Stop
from leakwatch.readers.feed import Feed
from leakwatch.readers.formats import recognise
from leakwatch.readers.reading import Item, Reading

__all__ = ["open_input"]

_DEFAULT = Limits()


def open_input(
    stream: BinaryIO,
    origin: Origin,
    limits: Limits = _DEFAULT,
    encoding: str = "auto",
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Chunk | Skipped]:
    """The chunks of one top-level file, archives opened; ``Skipped`` for what cannot be read, never an error.

    Nothing is written to disk. ``limits.seconds`` counts the time spent here, not between chunks. ``LookupError`` for
    an unknown encoding.
    """
    budget = Budget(limits, clock)
    feed = Feed.of(stream, budget)
    items = _read(feed, origin, Reading(budget, encoding, origin.name, _read))
    while True:
        budget.resume()
        item = next(items, None)
        budget.pause()
        if item is None:
            return
        yield item


def _read(feed: Feed, origin: Origin, reading: Reading) -> Iterator[Item]:
    try:
        yield from recognise(feed.head, reading.name).reader(feed, origin, reading)
    except Stop as stop:
        yield Skipped(origin, stop.reason, feed.size)
