"""The gate: from matches in a block to the lines, or windows of long lines, to analyse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from leakwatch.detection.prefilter.line_windows import LineWindows, Unit
from leakwatch.detection.prefilter.pattern_set import GateDatabases
from leakwatch.text.unescape import flat
from leakwatch_detectors.contract import Detector


class CandidateLine(NamedTuple):
    """A part of a block that may hold values of ``detectors`` (ids). All positions are bytes of the block.

    ``line`` is the whole line without its newline; ``start`` and ``end`` the part to analyse: the line, or a window of
    a long one. Windows overlap: only values that begin within ``owned`` belong to this one.
    """

    line: tuple[int, int]
    start: int
    end: int
    owned: tuple[int, int]
    detectors: frozenset[str]


class Gate:
    """The gate of some detectors. Builds its databases on first use. Not thread-safe.

    ``crowded`` is for how many more chunks of text the dense path is taken.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._databases = GateDatabases(detectors)
        self.crowded = 0
        self._digits = {
            one.id: (one.prefilter.digits, _run(one.prefilter.digits))
            for one in detectors
            if one.prefilter.digits
            and not one.prefilter.digit_runs
            and (one.prefilter.literals or one.prefilter.shapes)
        }

    @property
    def ungated(self) -> frozenset[str]:
        """The ids of detectors that must get every line."""
        return self._databases.ungated

    def ends(self, block: bytes) -> Iterable[tuple[tuple[str, ...], list[int]]]:
        """The detector ids of each match in a block, and where the matches end, in no order.

        For blocks of short lines that equal their views: ``scan`` finds no other lines.
        """
        return self._databases.ends(block)

    def scan(self, block: bytes) -> Iterator[CandidateLine]:
        """The candidate lines of a block of whole lines in valid UTF-8, in order."""
        lines = LineWindows(block)
        found: dict[Unit, set[str]] = {}
        odd: dict[Unit, None] = {}
        for names, end in self._databases.matches(block):
            near = lines.near(end)
            if names:
                for unit in near:
                    found.setdefault(unit, set()).update(names)
            else:
                odd.update(dict.fromkeys(lines.all_of(near[0])))
        joined = flat("\n".join(lines.raw(unit).decode() for unit in odd)).encode()
        views = dict(zip(odd, joined.split(b"\n"), strict=True)) if odd else {}
        self._scan_views(views, found)
        if self._databases.ungated:
            for unit in lines:
                found.setdefault(unit, set()).update(self._databases.ungated)
        for unit in sorted(found):
            raw = views.get(unit)
            names_of_unit = self._with_digits(found[unit], lines.raw(unit) if raw is None else raw)
            if names_of_unit:
                start, end = lines.bounds(unit)
                yield CandidateLine((unit.line_start, unit.line_end), start, end, lines.owned(unit), names_of_unit)

    def _scan_views(self, views: dict[Unit, bytes], found: dict[Unit, set[str]]) -> None:
        ends = iter(_ends(views))
        unit, unit_end = None, -1
        for names, end in self._databases.matches(b"\n".join(views.values())):
            while end - 1 > unit_end:
                unit, unit_end = next(ends)
            if names and unit is not None:
                found.setdefault(unit, set()).update(names)

    def _with_digits(self, names: set[str], raw: bytes) -> frozenset[str]:
        asking = names & self._digits.keys()
        if not asking:
            return frozenset(names)
        there = len(raw) - len(raw.translate(None, b"0123456789"))
        refused = set()
        for name in asking:
            least, run = self._digits[name]
            if there < least or not run.search(raw):
                refused.add(name)
        return frozenset(names - refused)


def _run(digits: int) -> re.Pattern[bytes]:
    """At least this many digits with at most one character (of up to four bytes) between two of them."""
    return re.compile(rb"[0-9](?:[^0-9]{0,4}[0-9]){%d}" % (digits - 1))


def _ends(views: dict[Unit, bytes]) -> Iterator[tuple[Unit, int]]:
    """Where each view ends, its newline included, when they are joined by newlines."""
    end = -1
    for unit, raw in views.items():
        end += len(raw) + 1
        yield unit, end
