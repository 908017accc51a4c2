"""The lines of a block of bytes, and the windows of its long lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

LONG_LINE = 16_384
"""A longer line is analysed in windows, so that a match costs a window and not the line."""

STEP = 8_192
BEFORE = 2_048
AFTER = 4_096
"""A window owns ``STEP`` bytes, and sees this much before them (keys, words) and after them (the longest value)."""

_WHOLE = -1


class Unit(NamedTuple):
    """A line, or the ``cell``-th window of a long line."""

    line_start: int
    line_end: int
    cell: int = _WHOLE

    @property
    def is_line(self) -> bool:
        """Whether it is a whole line."""
        return self.cell == _WHOLE


class LineWindows:
    """The lines of a block, and the windows of its long lines."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._start, self._end = 0, -1

    def __iter__(self) -> Iterator[Unit]:
        start = 0
        while start < len(self._block):
            end = self._block.find(b"\n", start)
            end = len(self._block) if end < 0 else end
            yield from self.all_of(Unit(start, end))
            start = end + 1

    def near(self, end: int) -> list[Unit]:
        """The line of a match that ends at ``end``; for a long line the windows that may own the value.

        Ends must be passed in order.
        """
        last = end - 1
        if last > self._end:
            self._start = self._block.rfind(b"\n", 0, last) + 1
            found = self._block.find(b"\n", last)
            self._end = len(self._block) if found < 0 else found
        if self._end - self._start <= LONG_LINE:
            return [Unit(self._start, self._end)]
        cell, offset = divmod(min(last, self._end - 1) - self._start, STEP)
        first = cell - 1 if cell and offset < AFTER else cell
        beyond = cell + 1 if offset >= STEP - BEFORE and (cell + 1) * STEP < self._end - self._start else cell
        return [Unit(self._start, self._end, one) for one in range(first, beyond + 1)]

    def all_of(self, unit: Unit) -> list[Unit]:
        """All windows of the unit's line; the line itself if it is not long."""
        length = unit.line_end - unit.line_start
        if length <= LONG_LINE:
            return [unit]
        return [Unit(unit.line_start, unit.line_end, cell) for cell in range(-(-length // STEP))]

    def raw(self, unit: Unit) -> bytes:
        """The bytes to analyse."""
        start, end = self.bounds(unit)
        return self._block[start:end]

    def bounds(self, unit: Unit) -> tuple[int, int]:
        """The start and end of these bytes."""
        if unit.is_line:
            return unit.line_start, unit.line_end
        start, end = self.owned(unit)
        return (
            self._aligned(max(start - BEFORE, unit.line_start)),
            self._aligned(min(end + AFTER, unit.line_end)),
        )

    def owned(self, unit: Unit) -> tuple[int, int]:
        """The range in which values of the unit begin."""
        if unit.is_line:
            return unit.line_start, unit.line_end
        start = unit.line_start + unit.cell * STEP
        return self._aligned(start), self._aligned(min(start + STEP, unit.line_end))

    def _aligned(self, at: int) -> int:
        """``at``, or the beginning of the next character when it lies inside of one."""
        while at < len(self._block) and self._block[at] & 0xC0 == 0x80:
            at += 1
        return at
