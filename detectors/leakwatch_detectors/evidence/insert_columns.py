"""The column that names a value in an SQL ``INSERT``: the list before ``VALUES`` is the key of each row.

Misses: rows whose ``INSERT INTO t (columns)`` is on another line, or further away than ``REACH``.
"""

from __future__ import annotations

import regex

REACH = 8192
"""How many characters before a value its statement may begin."""

_ROW_REACH = 2048
_BRACKETS = 4
_ROW = regex.compile(r"(?ri)(?:VALUES?|\)[ ]?,)[ ]?\(")
_STATEMENT = regex.compile(
    r"(?i)INSERT[ ]+(?:IGNORE[ ]+)?INTO[ ]+[^\s(\0]{1,128}[ ]*\((?P<columns>[^()\0\n]{1,4000})\)[ ]*VALUES?"
)
_VALUE_OR_COMMA = regex.compile(r"'(?:[^'\\]|\\.|'')*+'?|,")
_COLUMN = regex.compile(r"""[^,`"\[\]\s]+""")


def column_of(text: str, floor: int, start: int) -> tuple[int, int] | None:
    """The span of the column name of the value that begins at ``start``; None if it is in no such row."""
    opening = _row_before(text, max(floor, start - _ROW_REACH), start)
    if opening is None:
        return None
    head = max(text.rfind("INSERT", floor, opening), text.rfind("insert", floor, opening))
    statement = _STATEMENT.match(text, head, opening) if head >= 0 else None
    if statement is None:
        return None
    place = sum(token[0] == "," for token in _VALUE_OR_COMMA.finditer(text, opening + 1, start))
    columns = [column.span() for column in _COLUMN.finditer(text, *statement.span("columns"))]
    return columns[place] if place < len(columns) else None


def _row_before(text: str, floor: int, start: int) -> int | None:
    """Where the row with the value opens; brackets inside values are passed over."""
    opening = start
    for _ in range(_BRACKETS):
        opening = text.rfind("(", floor, opening)
        if opening < 0:
            return None
        if _ROW.match(text, floor, opening + 1):
            return opening
    return None
