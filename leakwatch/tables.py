"""Records that have the same fields, held column by column: a field is made only when somebody asks for its record.

A million cells are a few lists of texts then, and what is said of a column is said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, overload

from leakwatch.model import CellPlace, Field, Place, Record, RecordPlace


class Table(Protocol):
    """Records with the same fields. Cells without a text are ``""``: their records have no such field."""

    @property
    def columns(self) -> Sequence[Sequence[str]]:
        """The texts, column by column; all columns are of one length."""
        ...

    @property
    def keys(self) -> Sequence[str | None]:
        """What names the values of each column."""
        ...

    @property
    def unnamed(self) -> int:
        """So many of the first records have no keys: they stand before the names, or are the names."""
        ...

    def place(self, record: int, column: int) -> Place:
        """Where the text of a cell begins; both count from 0."""
        ...

    def __len__(self) -> int:
        """How many records there are."""
        ...


@dataclass(frozen=True, slots=True)
class CellTable(Sequence[Record]):
    """Rows of a table. ``numbers`` has the number of each row, ``first_column`` that of the first column.

    ``headers`` is what stands above the columns, where that is not what names their values.
    """

    sheet: str | None
    first_column: int
    keys: Sequence[str | None] = field(repr=False)
    numbers: Sequence[int]
    columns: Sequence[Sequence[str]] = field(repr=False)
    unnamed: int = 0
    headers: Sequence[str | None] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        """The record, or records, made anew."""
        return _records(self, index)

    def __iter__(self) -> Iterator[Record]:
        return (_record(self, number) for number in range(len(self)))

    def place(self, record: int, column: int) -> CellPlace:
        """See ``Table.place``."""
        above = (self.headers or self.keys)[column] if record >= self.unnamed else None
        return CellPlace(self.sheet, self.numbers[record], self.first_column + column, above)

    def named(self, keys: Sequence[str | None]) -> Self:
        """The same cells under other keys; places still tell what stands above them."""
        return replace(self, keys=keys, headers=self.headers or self.keys)


@dataclass(frozen=True, slots=True)
class MemberTable(Sequence[Record]):
    """Structured records that have the same members. ``starts`` has, column by column, where each text begins."""

    paths: Sequence[str] = field(repr=False)
    keys: Sequence[str | None] = field(repr=False)
    numbers: Sequence[int]
    columns: Sequence[Sequence[str]] = field(repr=False)
    starts: Sequence[Sequence[int]] = field(repr=False)
    unnamed: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        """The record, or records, made anew."""
        return _records(self, index)

    def __iter__(self) -> Iterator[Record]:
        return (_record(self, number) for number in range(len(self)))

    def place(self, record: int, column: int) -> RecordPlace:
        """See ``Table.place``."""
        start = self.starts[column][record]
        end = start + len(self.columns[column][record])
        return RecordPlace(self.numbers[record], self.paths[column], start, end)

    def named(self, keys: Sequence[str | None]) -> Self:
        """The same texts under other keys."""
        return replace(self, keys=keys)


@dataclass(frozen=True, slots=True)
class Mixed(Sequence[Record]):
    """Records of several kinds in their order: tables with the positions of their records here, and what is in none."""

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
        """The records, made anew."""
        made = dict(self.others)
        for table, positions in self.parts:
            made.update(zip(positions, table, strict=True))
        return (made[position] for position in range(len(self)))


Tables = CellTable | MemberTable | Mixed
"""What a chunk may hold instead of records."""


def parts_of(tables: Tables) -> Sequence[tuple[CellTable | MemberTable, Sequence[int]]]:
    """The tables, each with the positions of its records."""
    return tables.parts if isinstance(tables, Mixed) else ((tables, range(len(tables))),)


def cell(table: Table, record: int, column: int) -> Field:
    """One cell of a table as a field."""
    key = table.keys[column] if record >= table.unnamed else None
    return Field(table.columns[column][record], table.place(record, column), key)


def _record(table: Table, number: int) -> Record:
    return tuple(cell(table, number, at) for at, column in enumerate(table.columns) if column[number])


def _records(table: Table, index: int | slice) -> Record | Sequence[Record]:
    if isinstance(index, slice):
        return tuple(_record(table, number) for number in range(len(table))[index])
    return _record(table, range(len(table))[index])
