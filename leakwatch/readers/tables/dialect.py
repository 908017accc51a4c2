"""Detects the delimiter of a delimited text from its first lines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence

from leakwatch.readers.tables.row_table import HEADER_ROWS, header_index

QUOTE = '"'
_CANDIDATES = (",", "\t", ";", "|", "\x01")
_SUFFIXES = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
# Unlike commas and semicolons, these are rare in prose.
_UNAMBIGUOUS = ("\t", "|", "\x01")
_SAMPLE_LINES = 50
_MIN_LINES = 3


def delimiter_of(lines: Sequence[str], name: str) -> str:
    """The delimiter of a table with these first lines: from its suffix, a ``sep=`` line, or its shape."""
    for suffix, delimiter in _SUFFIXES.items():
        if name.lower().endswith(suffix) and any(delimiter in line for line in lines):
            return delimiter
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        return lines[0].strip()[4]
    return max(_CANDIDATES, key=lambda delimiter: _regularity(lines, delimiter))


def is_delimited(lines: Sequence[str]) -> bool:
    """Whether a text is certainly a table: several rows of equal width under a header.

    With Hive's ``^A`` no header is needed.
    """
    for delimiter in _UNAMBIGUOUS:
        rows = _rows(lines, delimiter)
        widths = {len(row) for row in rows}
        if len(rows) >= _MIN_LINES and len(widths) == 1 and widths.pop() > 1:
            return delimiter == "\x01" or header_index(rows[:HEADER_ROWS]) == 0
    return False


def _regularity(lines: Sequence[str], delimiter: str) -> tuple[bool, float, int]:
    """Whether the delimiter splits the first row, the share of rows of the most common width, and that width."""
    rows = _rows(lines, delimiter)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return False, 0.0, 0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return len(rows[0]) > 1, count / len(rows), width


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines[:_SAMPLE_LINES], delimiter=delimiter, quotechar=QUOTE) if row]
    except csv.Error:
        return []
