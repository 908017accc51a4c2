"""Fast path for delimited text: parses many rows at once where no row needs special care."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import chain, pairwise, zip_longest
from typing import NamedTuple

from leakwatch.readers.tables.dialect import QUOTE

RECORD_LINES = 1000
RECORD_CHARACTERS = 120_000
"""Limits of one record. Below the standard library's limit for one cell, so a record within limits can be parsed."""

_END = "\x02end"


class Block(NamedTuple):
    """Rows as columns, with the number of rows and lines. Short rows are padded with empty cells."""

    columns: Sequence[Sequence[str]]
    rows: int
    lines: int


def parse_block(text: str, delimiter: str) -> Block | None:
    """The rows of ``text``, which begins with a new record; None when it has to be read row by row.

    That is when a record continues after the text, a record exceeds the limits, or the parser raises an error.
    """
    if "\0" in text:
        return None
    if QUOTE in text:
        return _quoted(text, delimiter)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            return None
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if not lines or max(map(len, lines)) >= RECORD_CHARACTERS:
        return None
    widths = {line.count(delimiter) for line in lines}
    if len(widths) == 1 and "" not in lines:
        width = widths.pop() + 1
        cells = delimiter.join(lines).split(delimiter)
        columns: Sequence[Sequence[str]] = [cells[at::width] for at in range(width)]
    else:
        rows = [line.split(delimiter) if line else [] for line in lines]
        columns = list(zip_longest(*rows, fillvalue=""))
    return Block(columns, len(lines), len(lines)) if columns else None


def _quoted(text: str, delimiter: str) -> Block | None:
    lines = list(io.StringIO(text, newline="\n"))
    reader = csv.reader(chain(lines, (_END,)), delimiter=delimiter, quotechar=QUOTE)
    rows, ends = [], [0]
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error:
        return None
    if rows.pop() != [_END] or not rows:
        return None
    ends.pop()
    if not _in_bounds(lines, ends):
        return None
    columns = list(zip_longest(*rows, fillvalue=""))
    return Block(columns, len(rows), len(lines)) if columns else None


def _in_bounds(lines: Sequence[str], ends: Sequence[int]) -> bool:
    """Whether every record is within the limits; ``ends`` are the lines at which records end."""
    if len(lines) + 1 == len(ends):
        return max(map(len, lines)) < RECORD_CHARACTERS
    return all(
        end - start < RECORD_LINES and sum(map(len, lines[start:end])) < RECORD_CHARACTERS
        for start, end in pairwise(ends)
    )
