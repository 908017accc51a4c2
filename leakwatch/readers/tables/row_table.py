"""Shared by tables: header detection, and chunks of rows stored as columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from leakwatch.core.column_table import CellTable
from leakwatch.core.model import Origin, RecordChunk
from leakwatch.readers.tables.record_batcher import CHARACTERS, FIELD_CHARACTERS, ROWS

# Rows examined to find the header: exports often begin with a title or two.
HEADER_ROWS = 10
# Most rows of a chunk made from a block; large enough to make the per-chunk cost negligible.
BLOCK_ROWS = 2500
_LABEL_CHARACTERS = 64
# Never a column name: numbers, dates, e-mail addresses, long digit runs.
_VALUE = re.compile(r"[+-]?[0-9.,:/ -]+%?|.*[0-9]{5}.*|.*@.*", re.DOTALL)


def header_index(rows: Sequence[Sequence[str]]) -> int | None:
    """The index of the header among the first rows; None if there is none.

    It is the first row that fills most of the usual width with distinct short labels. It may still be data ("a name,
    a city"); its cells are analysed like all others, so the analysis can tell.
    """
    widths = Counter(_filled(row) for row in rows)
    width = max(widths, key=lambda width: (widths[width] * (width > 0), width), default=0)
    for index, row in enumerate(rows):
        cells = [cell.strip() for cell in row if cell.strip()]
        wide = len(cells) * 3 >= width * 2 and (len(cells) > 1 or width == 1)
        if wide and len(set(cells)) * 4 >= len(cells) * 3 and all(map(_is_label, cells)):
            return index
    return None


class RowTable:
    """Collects rows into chunks. Rows and columns count from 1; rows before the header have no keys."""

    def __init__(self, origin: Origin, sheet: str | None, first_column: int = 1) -> None:
        self._origin = origin
        self._sheet = sheet
        self._first_column = first_column
        self._names: tuple[str | None, ...] = ()
        self._unnamed: int | None = None
        self._numbers: list[int] = []
        self._rows: list[Sequence[str]] = []
        self._size = 0

    def name_columns(self, names: Sequence[str | None]) -> None:
        """Set the column names of all following rows."""
        self._names = tuple(name.strip() or None if name else None for name in names)
        self._unnamed = len(self._rows)

    def add(self, number: int, cells: Sequence[str]) -> Iterator[RecordChunk]:
        """Add a row; yields a chunk when it is full. Empty rows are dropped."""
        if not any(cells):
            return
        self._numbers.append(number)
        self._rows.append(cells)
        self._size += sum(map(len, cells)) + FIELD_CHARACTERS * len(cells)
        if len(self._rows) >= ROWS or self._size >= CHARACTERS:
            yield from self.end()

    def add_columns(self, number: int, columns: Sequence[Sequence[str]]) -> Iterator[RecordChunk]:
        """Add rows given as columns, numbered from ``number``; yields all of them."""
        yield from self.end()
        count = len(columns[0]) if columns else 0
        for first in range(0, count, BLOCK_ROWS):
            part = columns if count <= BLOCK_ROWS else [column[first : first + BLOCK_ROWS] for column in columns]
            yield self._chunk(range(number + first, number + first + len(part[0])), part)

    def end(self) -> Iterator[RecordChunk]:
        """Yield the remaining rows."""
        if self._rows:
            columns = list(zip_longest(*self._rows, fillvalue=""))
            yield self._chunk(self._numbers, columns)
        self._numbers, self._rows, self._size = [], [], 0

    def _chunk(self, numbers: Sequence[int], columns: Sequence[Sequence[str]]) -> RecordChunk:
        missing = len(columns) - len(self._names)
        names = (*self._names, *(None,) * missing) if missing > 0 else self._names
        unnamed, self._unnamed = self._unnamed or 0, None
        cells = tuple(map(tuple, columns))
        table = CellTable(self._sheet, self._first_column, names, tuple(numbers), cells, unnamed)
        return RecordChunk(self._origin, table)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_label(cell: str) -> bool:
    return len(cell) <= _LABEL_CHARACTERS and "\n" not in cell and not _VALUE.fullmatch(cell)
