"""From an opened file to chunks. ``open_input`` chooses the reader by content first, then by name.

One format is one module and its line in ``formats.FORMATS``. What is no text and has no reader is told as
``unsupported-format``, never read as garbage.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from leakwatch.core.model import Chunk, Limits, Origin, Skipped, SkipReason
from leakwatch.readers.in_process import NeedsSandbox, read_here
from leakwatch.readers.sandbox.replay import ReplayableStream

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

    Nothing is written to disk. ``limits.seconds`` counts the time spent reading, not between chunks. ``LookupError``
    for an unknown encoding. Parsers of binary formats run in a worker process; text never waits for one.
    """
    again = ReplayableStream(stream)
    try:
        yield from again.forget_after_first(read_here(again.stream, origin, limits, encoding, clock, trusting=False))
    except NeedsSandbox as elsewhere:
        from leakwatch.readers.sandbox import client  # noqa: PLC0415  a scan of text never needs it

        if elsewhere.missing is None:
            yield from client.read_apart(again, origin, limits, encoding)
        else:
            client.tell_missing(elsewhere.missing)
            yield Skipped(origin, SkipReason.UNSUPPORTED_FORMAT, again.size)
