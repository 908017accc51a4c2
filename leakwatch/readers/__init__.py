"""Reads files into chunks. ``open_input`` selects the reader by content first, then by name.

A format is one module and one line in ``formats.FORMATS``. Binary input without a reader is skipped as
``unsupported-format``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from leakwatch.core.model import Chunk, Limits, Origin, Skipped, SkipReason
from leakwatch.readers.in_process import NeedsSandbox, read_in_process
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
    """The chunks of one top-level file and of the archives in it; ``Skipped`` for what cannot be read.

    Nothing is written to disk. ``limits.seconds`` counts the time spent reading, not between chunks. ``LookupError``
    for an unknown encoding. Binary formats are parsed in a sandboxed worker process; text needs none.
    """
    replay = ReplayableStream(stream)
    try:
        yield from replay.stop_recording_at_first(
            read_in_process(replay.stream, origin, limits, encoding, clock, inside_sandbox=False)
        )
    except NeedsSandbox as needed:
        from leakwatch.readers.sandbox import client  # noqa: PLC0415  # a scan of text never needs it

        if needed.missing_extra is None:
            yield from client.read_in_sandbox(replay, origin, limits, encoding)
        else:
            client.report_missing_extra(needed.missing_extra)
            yield Skipped(origin, SkipReason.UNSUPPORTED_FORMAT, replay.size)
