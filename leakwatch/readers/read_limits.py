"""What reading one top-level file may cost in all, whatever is packed inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from leakwatch.core.model import Limits, SkipReason

_Item = TypeVar("_Item")


class ReadAborted(Exception):
    """Ends the reading of one input; becomes its ``Skipped``."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ReadLimits:
    """Time, bytes and members that are left for one top-level file.

    Only the time spent inside readers counts: how long the consumer works on a chunk is not the file's fault.
    ``spent`` names what ran out; then the whole top-level file ends.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.spent: SkipReason | None = None
        self._clock = clock
        self._seconds = limits.seconds
        self._resumed = clock()
        self._unpacked = 0
        self._members = 0

    def resume(self) -> None:
        """The consumer asks for the next chunk: the clock runs."""
        self._resumed = self._clock()

    def pause(self) -> None:
        """The consumer has its chunk: the clock stands."""
        self._seconds -= self._clock() - self._resumed

    def timed(self, items: Iterator[_Item]) -> Iterator[_Item]:
        """The items; the clock runs while the next one is made."""
        while True:
            self.resume()
            item = next(items, None)
            self.pause()
            if item is None:
                return
            yield item

    def check_time(self) -> None:
        """``ReadAborted`` when the time is over."""
        if self._clock() - self._resumed > self._seconds:
            self._run_out(SkipReason.TIME_OUT)

    def unpacked(self, count: int) -> None:
        """Count bytes that came out of a compressed or archived input; ``ReadAborted`` when they are too many."""
        self._unpacked += count
        if self._unpacked > self.limits.unpacked_bytes:
            self._run_out(SkipReason.TOO_LARGE)

    def member(self) -> None:
        """Count one archive member; ``ReadAborted`` when there are too many."""
        self._members += 1
        if self._members > self.limits.members:
            self._run_out(SkipReason.TOO_MANY_MEMBERS)

    def _run_out(self, reason: SkipReason) -> None:
        self.spent = reason
        raise ReadAborted(reason)
