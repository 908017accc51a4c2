"""How long the oldest unread line has waited."""

from __future__ import annotations

from collections import deque

MARKS = 600
"""How many moments are remembered; of a longer wait only every second one, so that it is known less exactly."""


class ReadLag:
    """Estimates the lag of reading from how much was there and how much was read at each update."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        """(seconds, bytes that were there in all)."""
        self.seconds = 0.0
        """The lag."""
        self.reported = False
        """Whether anybody used it since the start."""

    def update(self, now: float, read: int, waiting: int) -> None:
        """At ``now`` (seconds), ``read`` bytes were read since the start and ``waiting`` are unread."""
        present = read + waiting
        while self._marks and self._marks[-1][1] > present:  # truncated bytes are waited for no more
            self._marks.pop()
        if not self._marks or self._marks[-1][1] < present:
            self._marks.append((now, present))
        while self._marks and self._marks[0][1] <= read:
            self._marks.popleft()
        if len(self._marks) > MARKS:
            self._marks = deque(list(self._marks)[::2])
        self.seconds = now - self._marks[0][0] if waiting and self._marks else 0.0
