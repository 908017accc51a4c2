"""Findings of a table as lists; a ``Finding`` is built on access. Holds no value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from leakwatch.core.model import Finding, Severity
from leakwatch.core.places import CellPlace, Place, RecordPlace
from leakwatch.detection.combination import combine, combined

_SEVERITIES = tuple(Severity)
_DROPPED = -1
_LARGEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one detector in one column with one score, each alone in its cell.

    ``first`` is one of them. The lists hold for each: record (from 0) and record number, start of the text (None: 1
    everywhere), length, mask and fingerprint.
    """

    first: Finding
    column: int
    records: list[int]
    numbers: list[int]
    starts: list[int] | None
    lengths: list[int]
    masks: list[str]
    fingerprints: list[str]

    def finding(self, at: int, severity: Severity) -> Finding:
        """One of the findings, with its severity in its record."""
        first = self.first
        start = 1 if self.starts is None else self.starts[at]
        return Finding(
            first.entity,
            first.path,
            first.inside,
            _moved(first.place, self.numbers[at], start, start + self.lengths[at]),
            first.key,
            first.score,
            severity,
            first.grade,
            self.masks[at],
            self.fingerprints[at],
            first.template,
            first.logger,
        )


class ColumnFindings(Sequence[Finding]):
    """The findings of a table in the order of records and columns, with severities combined per record.

    ``singly`` are those in no group, by record, with their columns; ``children`` are the records of children.
    """

    def __init__(
        self, groups: Sequence[FindingGroup], singly: Mapping[int, list[tuple[int, Finding]]], children: Collection[int]
    ) -> None:
        self._groups = groups
        self._apart = _apart(groups, singly, children)
        records = np.array([record for group in groups for record in group.records], np.int64)
        which = np.repeat(np.arange(len(groups)), [len(group.records) for group in groups])
        within = np.concatenate([np.arange(len(group.records)) for group in groups] or [records])
        kept = ~np.isin(records, list(self._apart))
        columns = np.array([group.column for group in groups], np.int64)[which]
        order = np.lexsort((columns, records))
        order = order[kept[order]]
        severities = _severities(groups, records[order], which[order], columns[order])
        order, severities = order[severities != _DROPPED], severities[severities != _DROPPED]
        self._records, self._which = records[order].tolist(), which[order].tolist()
        self._within, self._severities = within[order].tolist(), severities.tolist()
        self._length = len(self._records) + sum(map(len, self._apart.values()))

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        """The finding, or findings; who wants all of them should iterate."""
        return tuple(self)[index]

    def __iter__(self) -> Iterator[Finding]:
        groups = self._groups
        apart = iter(sorted(self._apart))
        following = next(apart, None)
        for record, which, within, severity in zip(
            self._records, self._which, self._within, self._severities, strict=True
        ):
            while following is not None and following < record:
                yield from self._apart[following]
                following = next(apart, None)
            yield groups[which].finding(within, _SEVERITIES[severity])
        while following is not None:
            yield from self._apart[following]
            following = next(apart, None)


def _apart(
    groups: Sequence[FindingGroup], singly: Mapping[int, list[tuple[int, Finding]]], children: Collection[int]
) -> dict[int, list[Finding]]:
    """The findings of the records whose severities must be combined."""
    found: dict[int, list[tuple[int, Finding]]] = {record: list(some) for record, some in singly.items() if some}
    found |= {record: [] for record in children if record not in found}
    for group in groups if found else ():
        for at, record in enumerate(group.records):
            if record in found:
                found[record].append((group.column, group.finding(at, group.first.severity)))
    return {
        record: combine([one for _, one in sorted(some, key=lambda pair: pair[0])], child=record in children)
        for record, some in found.items()
    }


def _severities(
    groups: Sequence[FindingGroup], records: np.ndarray, which: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """How bad each finding is in its record; records with findings of the same groups are alike. They are in order."""
    if not len(records):
        return records
    # numpy's unique would do all this, and import a quarter of numpy for it
    rows = np.cumsum(np.diff(records, prepend=records[0]) != 0)
    is_used = np.bincount(columns) > 0
    places = (np.cumsum(is_used) - 1)[columns]
    table = np.zeros((rows[-1] + 1, is_used.sum()), np.int32)
    table[rows, places] = which + 1
    kinds, kind_of = _different(table, len(groups) + 1)
    by_kind = np.full(kinds.shape, _DROPPED)
    for number, kind in enumerate(kinds.tolist()):
        beside = [(place, groups[which - 1].first) for place, which in enumerate(kind) if which]
        for (place, _), one in zip(beside, combined([first for _, first in beside]), strict=True):
            if one is not None:
                by_kind[number, place] = one.severity
    severities: np.ndarray = by_kind[kind_of[rows], places]
    return severities


def _different(table: np.ndarray, beyond: int) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of a table of numbers below ``beyond``, and which of them each row is."""
    if beyond ** table.shape[1] > _LARGEST:
        kinds, kind_of = np.unique(table, axis=0, return_inverse=True)
        return kinds, kind_of.reshape(-1)
    # a row as one number is compared in one step
    numbers = table @ np.array([beyond**at for at in range(table.shape[1])], np.int64)
    order = np.argsort(numbers)
    begins = np.diff(numbers[order], prepend=-1) != 0
    kind_of = np.empty(len(numbers), np.int64)
    kind_of[order] = np.cumsum(begins) - 1
    return table[order[begins]], kind_of


def _moved(place: Place, number: int, start: int, end: int) -> Place:
    if isinstance(place, CellPlace):
        return CellPlace(place.sheet, number, place.column, place.column_name, start, end)
    assert isinstance(place, RecordPlace)
    return RecordPlace(number, place.json_path, start, end)
