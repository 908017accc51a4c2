"""Records of JSON that are written alike: what one of them looked like tells where the values of the next ones are.

Programs write a million records with the same members in the same order. A record is compared with those before it, all
but its values, in one go; its grammar is checked on the way, as it is where one is read token by token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leakwatch.model import Field, Origin, Record, RecordChunk, RecordPlace
from leakwatch.readers.batch import CHARACTERS, ROWS, Batch
from leakwatch.readers.jsontext import ANY_VALUE, Part, fields, parts
from leakwatch.tables import MemberTable

RUN = 64
"""From so many records alike on they are a table; fewer are records like any other."""

_SHAPES = 8
_VALUES = 200


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a record is written, with two groups for each value: of a string, and of a number."""

    pattern: re.Pattern[str]
    paths: tuple[str, ...]
    keys: tuple[str | None, ...]

    def record(self, number: int, match: re.Match[str]) -> Record:
        """The record of one match."""
        made = []
        for at, (path, key) in enumerate(zip(self.paths, self.keys, strict=True)):
            group = 2 * at + 1 if match[2 * at + 1] is not None else 2 * at + 2
            if text := match[group]:
                start, end = match.span(group)
                made.append(Field(text, RecordPlace(number, path, start + 1, end + 1), key))
        return tuple(made)

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


class Members:
    """Collects records into chunks, in their order."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._batch = Batch(origin)
        self._shapes: list[_Shape] = []
        self._numbers: list[int] = []
        self._matches: list[re.Match[str]] = []
        self._size = 0

    def add(self, text: str, number: int) -> Iterator[RecordChunk]:
        """Take the text of one record; the chunks that are full. ``NotJsonError`` when it is no JSON value."""
        shapes = self._shapes
        match = shapes[0].pattern.fullmatch(text) if shapes else None
        if match is None:
            match = self._other(text)
            yield from self._end_run()
            if match is None:
                record = tuple(fields(text, number))
                self._learn(text)
                yield from self._batch.add(record)
                return
            self._to_front(match.re)
        self._numbers.append(number)
        self._matches.append(match)
        self._size += len(text)
        if len(self._matches) >= ROWS or self._size >= CHARACTERS:
            yield from self._end_run()

    def add_long(self, made: Iterator[Field]) -> Iterator[RecordChunk]:
        """Take one record of any length."""
        yield from self._end_run()
        yield from self._batch.add_long(made)

    def end(self) -> Iterator[RecordChunk]:
        """What is left."""
        yield from self._end_run()
        yield from self._batch.end()

    def _end_run(self) -> Iterator[RecordChunk]:
        if not self._matches:
            return
        numbers, matches, shape = self._numbers, self._matches, self._shapes[0]
        self._numbers, self._matches, self._size = [], [], 0
        if len(matches) >= RUN:
            yield from self._batch.end()
            yield RecordChunk(self._origin, shape.table(numbers, matches))
        else:
            for number, match in zip(numbers, matches, strict=True):
                yield from self._batch.add(shape.record(number, match))

    def _other(self, text: str) -> re.Match[str] | None:
        matches = (shape.pattern.fullmatch(text) for shape in self._shapes[1:])
        return next((match for match in matches if match is not None), None)

    def _to_front(self, pattern: re.Pattern[str]) -> None:
        at = next(at for at, shape in enumerate(self._shapes) if shape.pattern is pattern)
        self._shapes.insert(0, self._shapes.pop(at))

    def _learn(self, text: str) -> None:
        if len(self._shapes) < _SHAPES and (shape := _shape_of(text, list(parts(text)))) is not None:
            self._shapes.insert(0, shape)


def _shape_of(text: str, values: Sequence[Part]) -> _Shape | None:
    """The shape of a record; None where a name is data, so that no other record has it, and of very large ones."""
    if not values or len(values) > _VALUES or any(one.is_name for one in values):
        return None
    ends = [0, *(end for one in values for end in one.whole), len(text)]
    between = [re.escape(text[start:end]) for start, end in pairwise(ends)][::2]
    return _Shape(
        re.compile(ANY_VALUE.join(between)),
        tuple(one.path for one in values),
        tuple(one.key for one in values),
    )
