"""How long the oldest line has waited that is there and was not read yet."""

from __future__ import annotations

from collections import deque

MARKS = 600


class ReadLag:
    """Told now and then how much was read and how much is there, it knows how far behind reading is, in seconds.

    How much was there at which moment is remembered for so many moments; of a longer wait only the older half of the
    moments is kept, so that it is known less exactly.
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self.seconds = 0.0
        self.known = False
        """Whether somebody took note of it since the start."""

    def look(self, now: float, read: int, waiting: int) -> None:
        """At ``now`` (seconds), ``read`` bytes were read since the start, and ``waiting`` are still to be read."""
        there = read + waiting
        while self._marks and self._marks[-1][1] > there:  # what was cut off is waited for no more
            self._marks.pop()
        if not self._marks or self._marks[-1][1] < there:
            self._marks.append((now, there))
        while self._marks and self._marks[0][1] <= read:
            self._marks.popleft()
        if len(self._marks) > MARKS:
            self._marks = deque(list(self._marks)[::2])
        self.seconds = now - self._marks[0][0] if waiting and self._marks else 0.0
