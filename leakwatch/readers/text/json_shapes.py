"""Fast path for JSON records of the same shape, which become columns.

Programs write millions of records with the same members in the same order. Each shape becomes a regular expression
with groups for the values. A match also proves the grammar, as reading token by token would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leakwatch.core.column_table import MemberTable, Mixed
from leakwatch.core.model import Field, Origin, Record, RecordChunk
from leakwatch.core.places import RecordPlace
from leakwatch.readers.tables.record_batcher import CHARACTERS, ROWS, RecordBatcher
from leakwatch.readers.text.json_parts import ANY_VALUE, Part, fields
from leakwatch.readers.text.json_parts import parts as parts_of

MIN_TABLE_RECORDS = 64
"""Records of one shape become a table from this number on."""

_MAX_SHAPES = 8
_MAX_VALUES = 200


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """The shape of a record: a pattern with two groups for each value, one for strings and one for numbers."""

    pattern: re.Pattern[str]
    paths: tuple[str, ...]
    keys: tuple[str | None, ...]

    def record(self, number: int, match: re.Match[str]) -> Record:
        """The record of one match."""
        fields_ = []
        for at, (path, key) in enumerate(zip(self.paths, self.keys, strict=True)):
            group = 2 * at + 1 if match[2 * at + 1] is not None else 2 * at + 2
            if text := match[group]:
                start, end = match.span(group)
                fields_.append(Field(text, RecordPlace(number, path, start + 1, end + 1), key))
        return tuple(fields_)

    def table(self, numbers: Sequence[int], matches: Sequence[re.Match[str]]) -> MemberTable:
        """The records of many matches."""
        columns, starts = [], []
        groups = list(zip(*(match.groups() for match in matches), strict=True))
        spans = [match.regs for match in matches]
        for at in range(1, len(groups), 2):
            texts, others = groups[at - 1], groups[at]
            if None not in texts:
                columns.append(texts)
                starts.append(tuple([span[at][0] + 1 for span in spans]))
            else:
                columns.append(tuple([text or other or "" for text, other in zip(texts, others, strict=True)]))
                starts.append(tuple([max(span[at][0], span[at + 1][0]) + 1 for span in spans]))
        return MemberTable(self.paths, self.keys, tuple(numbers), tuple(columns), tuple(starts))


class RecordCollector:
    """Collects records into chunks, keeping their order."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._shapes: list[_Shape] = []
        self._shaped: dict[_Shape, list[tuple[int, int, re.Match[str]]]] = {}  # position, number, match
        self._others: dict[int, Record] = {}
        self._count = self._size = 0

    def add(self, text: str, number: int) -> Iterator[RecordChunk]:
        """Add a record; yields a chunk when it is full. ``NotJsonError`` when the text is not a JSON value."""
        shape, match = self._match_shape(text)
        if shape is not None and match is not None:
            self._shaped.setdefault(shape, []).append((self._count, number, match))
        elif record := tuple(fields(text, number)):
            self._others[self._count] = record
        else:
            return
        self._count += 1
        self._size += len(text)
        if self._count >= ROWS or self._size >= CHARACTERS:
            yield from self.end()

    def add_long(self, fields_: Iterator[Field]) -> Iterator[RecordChunk]:
        """Add a record of any length; it may be split over several chunks."""
        yield from self.end()
        batch = RecordBatcher(self._origin)
        yield from batch.add_long(fields_)
        yield from batch.end()

    def end(self) -> Iterator[RecordChunk]:
        """Yield the remaining records."""
        shaped, others, count = self._shaped, self._others, self._count
        self._shaped, self._others, self._count, self._size = {}, {}, 0, 0
        parts = []
        for shape, members in shaped.items():
            if len(members) >= MIN_TABLE_RECORDS:
                positions, numbers, matches = zip(*members, strict=True)
                parts.append((shape.table(numbers, matches), positions))
            else:
                others |= {position: shape.record(number, match) for position, number, match in members}
        if parts:
            records = Mixed(parts, others)
            yield RecordChunk(self._origin, parts[0][0] if len(parts[0][1]) == count else records)
        elif count:
            yield RecordChunk(self._origin, tuple(others[position] for position in range(count)))

    def _match_shape(self, text: str) -> tuple[_Shape | None, re.Match[str] | None]:
        """The known shape of the text and its match; a new shape is learned while there are few."""
        shapes = self._shapes
        for at, shape in enumerate(shapes):
            match = shape.pattern.fullmatch(text)
            if match is not None:
                if at:
                    shapes.insert(0, shapes.pop(at))
                return shape, match
        learned = _shape_of(text, list(parts_of(text))) if len(shapes) < _MAX_SHAPES else None
        if learned is None:
            return None, None
        shapes.insert(0, learned)
        return learned, learned.pattern.fullmatch(text)


def _shape_of(text: str, values: Sequence[Part]) -> _Shape | None:
    """The shape of a record; None if it is very large, or if a name is data and the shape therefore unique."""
    if not values or len(values) > _MAX_VALUES or any(one.is_name for one in values):
        return None
    ends = [0, *(end for one in values for end in one.quoted_span), len(text)]
    between = [re.escape(text[start:end]) for start, end in pairwise(ends)][::2]
    return _Shape(
        re.compile(ANY_VALUE.join(between)),
        tuple(one.path for one in values),
        tuple(one.key for one in values),
    )
