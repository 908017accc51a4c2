"""Splits a large JSON text into values, block by block, without holding all of it.

Only quotes and brackets are examined; the values are validated when they are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Longer values are not split off but read as text.
MAX_VALUE_CHARACTERS = 16 * 1024 * 1024

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?P<closed>"?)|[{}\[\],]', re.DOTALL)
_BLANKS = " \t\r\n"


class Value(NamedTuple):
    """The text of one value without surrounding blanks and separators, and where it begins (from 1)."""

    text: str
    line: int
    column: int


class TooLongError(ValueError):
    """A value exceeds ``MAX_VALUE_CHARACTERS``."""


class JsonSplitter:
    """Splits a sequence of values or, with ``in_array``, the elements of an array without its opening bracket."""

    def __init__(self, *, in_array: bool, column: int) -> None:
        self._in_array = in_array
        self._line = 1
        self._column = column
        self._rest = ""
        self._depth = 0
        self._scanned = 0

    def add(self, text: str) -> Iterator[Value]:
        """The values that ``text`` completes. ``TooLongError`` when the current value is too long."""
        self._rest += text
        start = 0
        for match in _TOKEN.finditer(self._rest, self._scanned):
            self._scanned = match.end()
            if match["closed"] == "":
                self._scanned = match.start()
                break
            if match["closed"] is None and self._ends_value(match[0]):
                yield from self._value(self._rest[start : match.end()], separated=match[0] in ",]" and self._in_array)
                self._in_array = self._in_array and match[0] != "]"
                start = match.end()
        else:
            self._scanned = len(self._rest)
        self._rest = self._rest[start:]
        self._scanned -= start
        if len(self._rest) > MAX_VALUE_CHARACTERS:
            raise TooLongError

    def end(self) -> Iterator[Value]:
        """The remaining text, at the end or after ``TooLongError``."""
        yield from self._value(self._rest, separated=False)
        self._rest = ""

    def _ends_value(self, match: str) -> bool:
        if match in "{[":
            self._depth += 1
            return False
        if match == ",":
            return self._depth == 0 and self._in_array
        self._depth -= 1
        if self._depth < 0:
            self._depth = 0
            return True
        return self._depth == 0 and not self._in_array

    def _value(self, text: str, *, separated: bool) -> Iterator[Value]:
        value = text.lstrip(_BLANKS)
        self._advance(text[: len(text) - len(value)])
        bare = (value[:-1] if separated else value).rstrip(_BLANKS)
        if bare:
            yield Value(bare, self._line, self._column)
        self._advance(value)

    def _advance(self, text: str) -> None:
        newlines = text.count("\n")
        self._line += newlines
        self._column = len(text) - text.rfind("\n") if newlines else self._column + len(text)
