"""From an opened file to chunks. ``open_input`` chooses the reader by content first, then by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from leakwatch.model import Chunk, Limits, Origin, Skipped


def open_input(
    stream: BinaryIO,
    origin: Origin,
    limits: Limits = Limits(),  # noqa: B008  frozen
    encoding: str = "auto",
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Chunk | Skipped]:
    """The chunks of one top-level file, archives opened; ``Skipped`` for what cannot be read, never an error."""
    raise NotImplementedError
