"""Tables, column by column: cells that consist of one value are resolved many at a time.

All cells of a column have one key. So evidence and score of a value that fills its cell are the same for a detector and
a column, and a pattern only has to match the whole cell. Every cell still passes the prefilter, and anything unusual
(escapes, full-width characters, a value that is a part of the cell, two detectors for one cell, a failed check digit)
is left to the path that lines take. Presidio gets the first values of a column: if it disagrees, the whole column is
left to that path.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import add
from typing import NamedTuple

import numpy as np
import regex

from leakwatch.core.column_table import ColumnTable
from leakwatch.detection.analyze.detection_engine import DetectionEngine, running
from leakwatch.detection.analyze.plain_columns import Column, column_of, flagged, repeated
from leakwatch.detection.analyze.regex_engine import PATTERN_SECONDS, joined_by_nul
from leakwatch.detection.prefilter import Gate, PatternSet
from leakwatch.detection.prefilter.key_scan import refuses_digits, refuses_letters
from leakwatch_detectors.contract import Detector, Role, Scores
from leakwatch_detectors.evidence.context import SCORE_BY, Evidence, judge

SHOWN = 16
"""How many of the first values of a detector in a column Presidio gets."""

_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Resolved:
    """Values of one detector in one column, each filling its cell, which no other detector matches.

    ``records`` has the record (from 0) of each of the ``values``.
    """

    detector: Detector
    column: int
    score: float
    records: list[int]
    values: list[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Partition:
    """The resolved values, and the cells (record, column) left to be analysed one by one, in order."""

    settled: list[Resolved]
    left: list[tuple[int, int]]


class _Found(NamedTuple):
    """Values of a detector in a column, with one score: the positions of the cells that they fill."""

    detector: Detector
    score: float
    positions: list[int]


@dataclass(slots=True)
class ColumnPlan:
    """How the values of a detector in cells under one key are scored.

    ``begins_words``: no value begins after a letter or digit; ``begins_numbers``: none begins after a digit. ``shown``
    counts the values that Presidio got.
    """

    pattern: regex.Pattern[str]
    begins_words: bool
    begins_numbers: bool
    evidence: Evidence
    score: Callable[[Scores], float]
    shown: int = 0


class Columns:
    """Sorts the cells of tables. Not thread-safe."""

    def __init__(self, detectors: Sequence[Detector], gate: Gate, detection: DetectionEngine) -> None:
        self._reporting = {one.id: one for one in detectors if one.role is Role.REPORT}
        self._negative = {one.id: one for one in detectors if one.role is Role.NEGATIVE}
        self._gate = gate
        self._negative_shapes = PatternSet(list(self._negative.values()))
        self._detection = detection
        self._ways: dict[tuple[str, str], ColumnPlan | None] = {}

    def sort(self, table: ColumnTable) -> Partition:
        """The resolved values of a table, and the cells left."""
        left: list[set[int]] = [set() for _ in table.columns]
        columns, folds = [], [repeated(cells, table.unnamed) for cells in table.columns]
        for number, (cells, fold) in enumerate(zip(table.columns, folds, strict=True)):
            texts, first = (cells, table.unnamed) if fold is None else (list(fold), 0)
            column = column_of(number, table.keys[number], texts, first, left[number])
            if column is not None:
                columns.append(column)
        found: list[tuple[Column, list[_Found], set[int]]] = []
        for column, wanted in zip(columns, flagged(self._gate, columns), strict=True):
            aside: set[int] = set()
            found.append((column, self._found(column, wanted, aside), aside))
        self._leave_contested(found)
        settled = []
        for column, some, aside in found:
            left[column.number].update(column.records[at] for at in aside)
            settled += [one for detected in some for one in _settled(column, detected, aside)]
        for number, fold in enumerate(folds):
            if fold is not None:
                records = list(fold.values())
                left[number] = {record for at in left[number] for record in records[at]}
                settled = [_unfolded(one, records) if one.column == number else one for one in settled]
            left[number].update(at for at, cell in enumerate(table.columns[number][: table.unnamed]) if cell)
        cells_left = sorted((record, number) for number, records in enumerate(left) for record in records)
        return Partition(settled, cells_left)

    def _found(self, column: Column, wanted: dict[str, list[int]], aside: set[int]) -> list[_Found]:
        """The values that fill their cells; positions of cells to analyse one by one are added to ``aside``.

        ``wanted`` has the positions of the cells that pass the prefilter, by detector.
        """
        found: list[_Found] = []
        joined, starts = column.joined() if wanted else ("", [])
        for name, detector in self._reporting.items():
            if name not in wanted:
                continue
            by_score = None
            with running(detector):
                way = self._way(detector, column)
                if way is not None:
                    by_score = self._values(detector, way, column, joined, starts, wanted[name], aside)
            if by_score is None:
                self._ways[name, column.lead] = None
                aside.update(wanted[name])
            else:
                found += [_Found(detector, score, positions) for score, positions in by_score.items()]
        seen: set[int] = set()
        for one in found:
            aside.update(seen.intersection(one.positions))
            seen.update(one.positions)
        return found

    def _values(
        self,
        detector: Detector,
        way: ColumnPlan,
        column: Column,
        joined: str,
        starts: list[int],
        wanted: list[int],
        aside: set[int],
    ) -> dict[float, list[int]] | None:
        """The positions of the detector's values that fill their cells, by score; None when Presidio sees others."""
        plain = _plain(detector, way, column, joined, starts, wanted)
        if plain:
            known = set(plain)
            wanted = [at for at in wanted if at not in known]
        full = _filled(way, column, joined, starts, wanted, aside) if wanted else []
        values = [column.texts[at] for at in full]
        if detector.validator is not None:
            valid = list(map(detector.validator, values))
            if not all(valid):
                if detector.tolerance_of is not None and way.evidence is Evidence.KEY:
                    aside.update(at for at, one in zip(full, valid, strict=True) if not one)
                full = [at for at, one in zip(full, valid, strict=True) if one]
                values = [column.texts[at] for at in full]
        by_score: dict[float, list[int]] = {way.score(detector.scores): plain}
        if detector.scores_for is None:
            by_score[way.score(detector.scores)] = plain + full
        else:
            for at, score in zip(full, map(way.score, map(detector.scores_for, values)), strict=True):
                by_score.setdefault(score, []).append(at)
        by_score = {score: positions for score, positions in by_score.items() if score > 0 and positions}
        if way.shown < SHOWN and by_score and not self._confirmed(detector, way, column, by_score):
            return None
        return by_score

    def _way(self, detector: Detector, column: Column) -> ColumnPlan | None:
        """The plan for a detector in a column; None if its cells must be analysed one by one."""
        known = (detector.id, column.lead)
        if known not in self._ways:
            if len(self._ways) >= _KEPT:
                self._ways.clear()
            self._ways[known] = _way(detector, column.lead)
        return self._ways[known]

    def _confirmed(self, detector: Detector, way: ColumnPlan, column: Column, by_score: dict[float, list[int]]) -> bool:
        """Whether Presidio sees the same in the first values."""
        first = sorted((at, score) for score, positions in by_score.items() for at in positions)[: SHOWN - way.shown]
        way.shown += len(first)
        lead = len(column.lead)
        texts = [column.lead + column.texts[at] for at, _ in first]
        told = self._detection.ask_presidio(detector, texts, range(len(texts)))
        ours = {(number, lead, len(texts[number]), round(score, 6)) for number, (_, score) in enumerate(first)}
        return ours == {
            (number, candidate.start, candidate.end, round(candidate.score, 6)) for number, candidate in told
        }

    def _leave_contested(self, found: list[tuple[Column, list[_Found], set[int]]]) -> None:
        """Add the cells to ``aside`` that a negative detector matches, too."""
        parts = []
        for column, some, aside in found:
            positions = sorted({at for one in some for at in one.positions} - aside)
            if positions:
                parts.append(
                    (Column(column.number, column.lead, positions, [column.texts[at] for at in positions]), aside)
                )
        for (part, aside), passed in zip(parts, flagged(self._negative_shapes, [one for one, _ in parts]), strict=True):
            for name, wanted in passed.items():
                with running(self._negative[name]):
                    contested = self._matching(_compiled(self._negative[name]), part, wanted)
                aside.update(part.records[at] for at in contested)

    def _matching(self, pattern: regex.Pattern[str], column: Column, wanted: list[int]) -> set[int]:
        """Those of the wanted cells in which the pattern finds anything, or does not finish in time."""
        if not wanted:
            return set()
        joined, starts = joined_by_nul([column.lead + column.texts[at] for at in wanted])
        found = set()
        try:
            for one in pattern.finditer(joined, timeout=PATTERN_SECONDS):
                found.add(wanted[bisect_right(starts, one.start()) - 1])
        except TimeoutError:
            return set(wanted)
        return found


def _plain(
    detector: Detector, way: ColumnPlan, column: Column, joined: str, starts: list[int], wanted: list[int]
) -> list[int]:
    """The positions of the wanted cells whose values the batch validator accepts."""
    if detector.batch_validator is None:
        return []
    sure = np.zeros(len(column.texts), bool)
    for positions, signs in column.matrices():
        sure[positions] = detector.batch_validator(signs)
    if len(wanted) < len(column.texts):
        passed = np.zeros(len(column.texts), bool)
        passed[wanted] = True
        sure &= passed
    found: list[int] = np.flatnonzero(sure).tolist()
    # the text before and after the value is the same in all cells
    if found:
        start, end = starts[found[0]], starts[found[0]] + len(column.texts[found[0]])
        first = way.pattern.match(joined, start, end + 1)
        if first is None or first.end() != end:
            return []
    return found


def _filled(
    way: ColumnPlan,
    column: Column,
    joined: str,
    starts: list[int],
    wanted: list[int],
    aside: set[int],
) -> list[int]:
    """The positions of the wanted cells that the pattern matches whole; partial matches are added to ``aside``."""
    texts: Sequence[str] = column.texts
    if len(wanted) < len(texts):
        starts, texts = [starts[at] for at in wanted], [texts[at] for at in wanted]
    ends = list(map(add, starts, map(len, texts)))
    full = []
    # no match begins in the key, nor inside a word if none may begin after a letter or digit
    only_first = (way.begins_words and column.is_of_words()) or (way.begins_numbers and column.is_of_digits())
    look = way.pattern.match if only_first else way.pattern.search
    # each cell is matched separately, with the NUL after it
    matches = list(map(look, repeat(joined), starts, map(add, ends, repeat(1))))
    for at, start, end, one in zip(wanted, starts, ends, matches, strict=True):
        if one is not None:
            if one.start() == start and one.end() == end:
                full.append(at)
            else:
                aside.add(at)
    return full


def _settled(column: Column, found: _Found, aside: set[int]) -> Iterator[Resolved]:
    kept = [at for at in found.positions if at not in aside] if aside else found.positions
    if kept:
        records, values = [column.records[at] for at in kept], [column.texts[at] for at in kept]
        yield Resolved(found.detector, column.number, found.score, records, values)


def _unfolded(one: Resolved, records: list[list[int]]) -> Resolved:
    """The values in all the records that have them."""
    times = [len(records[at]) for at in one.records]
    return Resolved(
        one.detector,
        one.column,
        one.score,
        [record for at in one.records for record in records[at]],
        [value for value, many in zip(one.values, times, strict=True) for _ in range(many)],
    )


def _way(detector: Detector, lead: str) -> ColumnPlan | None:
    if detector.recognizer is not None or detector.ner is not None:
        return None
    pattern = _compiled(detector)
    # a match that can begin in the key is no value that fills its cell
    begun = pattern.search(lead, partial=True)
    if begun is not None and begun.start() < len(lead):
        return None
    # only the key matters: the text ends after the value
    evidence = judge(detector, lead + "0", len(lead), len(lead) + 1).evidence
    return ColumnPlan(
        pattern, refuses_letters(detector.pattern), refuses_digits(detector.pattern), evidence, SCORE_BY[evidence]
    )


def _compiled(detector: Detector) -> regex.Pattern[str]:
    return regex.compile(detector.pattern, regex.ASCII)
