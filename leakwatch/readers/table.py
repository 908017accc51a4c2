"""What tables have in common: which row names the columns, and fields with their places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from leakwatch.model import CellPlace, Field, Record

# How many rows are looked at before the header is decided: exports like to begin with a title or two.
HEADER_ROWS = 10
_LABEL_CHARACTERS = 64
# What no column is called by: numbers, dates, addresses of mail, long digits.
_VALUE = re.compile(r"[+-]?[0-9.,:/ -]+%?|.*[0-9]{5}.*|.*@.*", re.DOTALL)


def header_index(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows names the columns, counted from 0; None when none does.

    It is the first one that fills most of the usual width with different short labels. A header may still be
    a first row of data ("a name, a city"); its cells are analysed like all others, so the analysis can tell.
    """
    widths = Counter(_filled(row) for row in rows)
    width = max(widths, key=lambda width: (widths[width] * (width > 0), width), default=0)
    for index, row in enumerate(rows):
        cells = [cell.strip() for cell in row if cell.strip()]
        wide = len(cells) * 3 >= width * 2 and (len(cells) > 1 or width == 1)
        if wide and len(set(cells)) * 4 >= len(cells) * 3 and all(map(_is_label, cells)):
            return index
    return None


class Table:
    """Turns rows into records. Rows and columns count from 1; a header cell has no key."""

    def __init__(self, sheet: str | None, first_column: int = 1) -> None:
        self._sheet = sheet
        self._first_column = first_column
        self._names: list[str | None] = []

    def name_columns(self, header: Sequence[str]) -> None:
        """The cells of the header name the columns of all rows that follow."""
        self._names = [cell.strip() or None for cell in header]

    def record(self, row: int, cells: Sequence[str]) -> Record:
        """The record of one row; empty cells are left out."""
        names = self._names
        sheet, first = self._sheet, self._first_column
        fields = []
        for index, cell in enumerate(cells):
            if cell:
                name = names[index] if index < len(names) else None
                fields.append(Field(cell, CellPlace(sheet, row, first + index, name), name))
        return tuple(fields)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_label(cell: str) -> bool:
    return len(cell) <= _LABEL_CHARACTERS and "\n" not in cell and not _VALUE.fullmatch(cell)
