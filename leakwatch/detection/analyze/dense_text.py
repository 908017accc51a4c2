"""Dense text: most lines hold values, and all lines pass the prefilter in one step, like the cells of tables.

The gate is built for sparse text and goes from match to match. In dense text it is faster to collect the detectors of
all lines at once. A line may get a detector too many, never one too few.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np

from leakwatch.detection.prefilter import Gate
from leakwatch.detection.prefilter.line_windows import LONG_LINE
from leakwatch.text.unescape import View, flat, view

_NEWLINE = 10

Line = tuple[int, str, View, frozenset[str]]
"""The number of a line (from 0), its text and its view, and the detectors (ids) that may find something in it."""


def lines_of(block: bytes, gate: Gate) -> list[Line] | None:
    """The lines of valid UTF-8 to analyse, in order; None if one of them is too long."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE)
    if np.diff(ends, prepend=-1, append=len(block)).max() > LONG_LINE:
        return None
    text = block.decode()
    lines = text.split("\n")
    as_seen = flat(text)
    odd: list[int] = []
    if as_seen != text:
        odd = [at for at, pair in enumerate(zip(lines, as_seen.split("\n"), strict=True)) if pair[0] != pair[1]]
    passed = _passed(block, gate, ends)
    for names in passed.values():
        names[odd] = False
    found = [(at, lines[at], View(lines[at]), names) for at, names in _told(passed, len(lines))]
    if odd:
        found += [
            (at, lines[at], view(lines[at]), names) for at, names in _of_odd([lines[at] for at in odd], odd, gate)
        ]
        found.sort(key=lambda one: one[0])
    return found


def _passed(block: bytes, gate: Gate, ends: np.ndarray) -> dict[str, np.ndarray]:
    """Which lines pass the gate, by detector; ``ends`` is where they end."""
    passed = {name: np.ones(len(ends) + 1, bool) for name in gate.ungated}
    for names, places in gate.ends(block):
        lines = np.searchsorted(ends, np.asarray(places) - 1)
        for name in names:
            if name not in passed:
                passed[name] = np.zeros(len(ends) + 1, bool)
            passed[name][lines] = True
    return passed


def _told(passed: dict[str, np.ndarray], count: int) -> Iterator[tuple[int, frozenset[str]]]:
    """The lines that pass for any detector, each with its detectors; many lines share one set."""
    names = list(passed)
    rows = np.packbits(np.array([passed[name] for name in names] or np.zeros((0, count), bool)), axis=0).T
    known: dict[bytes, frozenset[str]] = {}
    for at in np.flatnonzero(rows.any(axis=1)).tolist():
        row = rows[at].tobytes()
        if row not in known:
            flags = np.unpackbits(rows[at], count=len(names)).tolist()
            known[row] = frozenset(name for name, flag in zip(names, flags, strict=True) if flag)
        yield at, known[row]


def _of_odd(lines: Sequence[str], numbers: Sequence[int], gate: Gate) -> Iterator[tuple[int, frozenset[str]]]:
    """The same of lines that are not seen as they are written."""
    raw = [line.encode() for line in lines]
    starts = list(accumulate((len(one) + 1 for one in raw), initial=0))
    for found in gate.scan(b"\n".join(raw)):
        yield numbers[bisect_right(starts, found.line[0]) - 1], found.detectors
