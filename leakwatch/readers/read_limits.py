"""Limits on reading one top-level file, archives in it included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from leakwatch.core.model import Limits, SkipReason

_Item = TypeVar("_Item")


class ReadAborted(Exception):
    """Ends the reading of one input; turned into its ``Skipped``."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ReadLimits:
    """Remaining time, bytes and members of one top-level file.

    The clock runs only inside readers, not while the consumer analyses a chunk. ``exhausted`` is the reason once a
    limit is reached; then the whole top-level file ends.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.exhausted: SkipReason | None = None
        self._clock = clock
        self._seconds = limits.seconds
        self._resumed = clock()
        self._unpacked = 0
        self._members = 0

    def resume(self) -> None:
        """Start the clock: the consumer asked for the next chunk."""
        self._resumed = self._clock()

    def pause(self) -> None:
        """Stop the clock: the consumer has its chunk."""
        self._seconds -= self._clock() - self._resumed

    def timed(self, items: Iterator[_Item]) -> Iterator[_Item]:
        """The items, with the clock running while each is produced."""
        while True:
            self.resume()
            item = next(items, None)
            self.pause()
            if item is None:
                return
            yield item

    def check_time(self) -> None:
        """``ReadAborted`` when the time is used up."""
        if self._clock() - self._resumed > self._seconds:
            self._exhaust(SkipReason.TIME_OUT)

    def count_unpacked(self, count: int) -> None:
        """Count bytes unpacked from a compressed or archived input. ``ReadAborted`` beyond the limit."""
        self._unpacked += count
        if self._unpacked > self.limits.unpacked_bytes:
            self._exhaust(SkipReason.TOO_LARGE)

    def count_member(self) -> None:
        """Count one archive member. ``ReadAborted`` beyond the limit."""
        self._members += 1
        if self._members > self.limits.members:
            self._exhaust(SkipReason.TOO_MANY_MEMBERS)

    def _exhaust(self, reason: SkipReason) -> None:
        self.exhausted = reason
        raise ReadAborted(reason)
