"""Records with the same fields, held column by column: a record is built on access.

A million cells are a few lists of texts then, and facts about a column are stored once.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, overload

from leakwatch.core.model import Field, Record
from leakwatch.core.places import CellPlace, Place, RecordPlace


class ColumnTable(Sequence[Record]):
    """Records with the same fields. Cells without a text are ``""``: their records have no such field.

    ``columns`` are the texts, column by column, all of one length; ``keys`` name the values of each column; ``numbers``
    are those of the records. The first ``unnamed`` records have no keys: they come before the header, or are the
    header.
    """

    __slots__ = ()
    columns: Sequence[Sequence[str]]
    keys: Sequence[str | None]
    numbers: Sequence[int]
    unnamed: int

    @abstractmethod
    def place(self, record: int, column: int) -> Place:
        """The place of a cell; both indexes count from 0."""

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        """The record, or records, built anew."""
        if isinstance(index, slice):
            return tuple(map(self._record, range(len(self))[index]))
        return self._record(range(len(self))[index])

    def __iter__(self) -> Iterator[Record]:
        return map(self._record, range(len(self)))

    def _record(self, number: int) -> Record:
        return tuple(cell(self, number, at) for at, column in enumerate(self.columns) if column[number])


@dataclass(frozen=True, slots=True)
class CellTable(ColumnTable):
    """Rows of a table. ``numbers`` has the number of each row, ``first_column`` that of the first column.

    ``headers`` are the column headers, if they differ from the keys.
    """

    sheet: str | None
    first_column: int
    keys: Sequence[str | None] = field(repr=False)
    numbers: Sequence[int]
    columns: Sequence[Sequence[str]] = field(repr=False)
    unnamed: int = 0
    headers: Sequence[str | None] | None = field(default=None, repr=False)

    def place(self, record: int, column: int) -> CellPlace:
        """See ``ColumnTable.place``."""
        above = (self.headers or self.keys)[column] if record >= self.unnamed else None
        return CellPlace(self.sheet, self.numbers[record], self.first_column + column, above)

    def named(self, keys: Sequence[str | None]) -> Self:
        """The same cells under other keys; places keep their headers."""
        return replace(self, keys=keys, headers=self.headers or self.keys)


@dataclass(frozen=True, slots=True)
class MemberTable(ColumnTable):
    """Structured records with the same members. ``starts`` holds, column by column, the start of each text."""

    paths: Sequence[str] = field(repr=False)
    keys: Sequence[str | None] = field(repr=False)
    numbers: Sequence[int]
    columns: Sequence[Sequence[str]] = field(repr=False)
    starts: Sequence[Sequence[int]] = field(repr=False)
    unnamed: int = 0

    def place(self, record: int, column: int) -> RecordPlace:
        """See ``ColumnTable.place``."""
        start = self.starts[column][record]
        end = start + len(self.columns[column][record])
        return RecordPlace(self.numbers[record], self.paths[column], start, end)

    def named(self, keys: Sequence[str | None]) -> Self:
        """The same texts under other keys."""
        return replace(self, keys=keys)


@dataclass(frozen=True, slots=True)
class Mixed(Sequence[Record]):
    """Records of several shapes in order: tables with the positions of their records here, and the rest."""

    parts: Sequence[tuple[MemberTable, Sequence[int]]] = field(repr=False)
    others: Mapping[int, Record] = field(repr=False)

    def __len__(self) -> int:
        return len(self.others) + sum(len(table) for table, _ in self.parts)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        """The record, or records; who wants all of them should iterate."""
        return tuple(self)[index]

    def __iter__(self) -> Iterator[Record]:
        """The records, built anew."""
        made = dict(self.others)
        for table, positions in self.parts:
            made.update(zip(positions, table, strict=True))
        return (made[position] for position in range(len(self)))


Tables = CellTable | MemberTable | Mixed
"""What a chunk may hold instead of single records."""


def parts_of(tables: Tables) -> Sequence[tuple[CellTable | MemberTable, Sequence[int]]]:
    """The tables, each with the positions of its records."""
    return tables.parts if isinstance(tables, Mixed) else ((tables, range(len(tables))),)


def cell(table: ColumnTable, record: int, column: int) -> Field:
    """One cell of a table as a field."""
    key = table.keys[column] if record >= table.unnamed else None
    return Field(table.columns[column][record], table.place(record, column), key)
