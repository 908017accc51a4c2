"""Clocks for delivery: wall time for what is stored, monotonic time for waiting, and jumps of the wall clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLACK_SECONDS = 2.0
"""Less than this is no jump: a clock is drawn towards the right time all day."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Wall time (epoch seconds) for what is stored, monotonic time for waiting."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Jumps:
    """By how much the wall clock was set since it was last asked."""

    clocks: Clocks
    _offset: float = field(init=False)

    def __post_init__(self) -> None:
        self._offset = self._now()

    def _now(self) -> float:
        return self.clocks.wall() - self.clocks.monotonic()

    def by(self) -> float:
        """Seconds of the jump, negative if back; 0 while the wall clock runs normally."""
        offset = self._now()
        moved = offset - self._offset
        if abs(moved) <= SLACK_SECONDS:
            return 0.0
        self._offset = offset
        return moved
