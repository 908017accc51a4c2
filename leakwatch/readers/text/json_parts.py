"""Splits a JSON value into fields with their places. Validates the grammar without building objects.

A field is the raw text between the quotes of a string (escapes are undone later, where columns are mapped), a number,
or a member name that is data itself. Places count characters of the record's raw text.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from leakwatch.core.model import Field
from leakwatch.core.places import RecordPlace

_CONTENT = r'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*+)*+'
_BLANK = r"[ \t\r\n]*+"
_NUMBER = r"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+"
_LITERAL = "true|false|null|NaN|-?+Infinity"
_TOKEN = re.compile(
    rf'{_BLANK}(?:"(?P<string>{_CONTENT})"(?P<colon>{_BLANK}:)?+'
    rf"|(?P<number>{_NUMBER})"
    r"|(?P<punctuation>[{}\[\],])"
    rf"|(?P<word>{_LITERAL}))"
)
ANY_VALUE = rf'(?:"({_CONTENT})"|({_NUMBER})|(?:{_LITERAL}))'
"""Matches a string (group 1 is its content), a number (group 2) or a literal."""

_MORE = re.compile(r"[^ \t\r\n]")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A member name that is data itself: {"13900001234": …}, {"a@example.com": …}
_DATA_NAME = re.compile(r"[0-9]{5}|@")
_MAX_DEPTH = 500


class NotJsonError(ValueError):
    """The text is not a single JSON value."""


class _Want(enum.Enum):
    """The tokens that may come next."""

    VALUE = enum.auto()
    VALUE_OR_END = enum.auto()
    NAME = enum.auto()
    NAME_OR_END = enum.auto()
    COMMA_OR_END = enum.auto()


_END = frozenset({_Want.VALUE_OR_END, _Want.NAME_OR_END, _Want.COMMA_OR_END})


class Part(NamedTuple):
    """A value, or a member name that is data. ``span`` is its text without quotes; None for a literal.

    ``quoted_span`` includes the quotes.
    """

    path: str
    key: str | None
    span: tuple[int, int] | None
    quoted_span: tuple[int, int]
    is_name: bool = False


def fields(text: str, number: int) -> Iterator[Field]:
    """The fields of record ``number``, whose text is one JSON value. ``NotJsonError`` at the first syntax error."""
    for part in parts(text):
        if part.span is not None and part.span[0] < part.span[1]:
            start, end = part.span
            yield Field(text[start:end], RecordPlace(number, part.path, start + 1, end + 1), part.key)


def parts(text: str) -> Iterator[Part]:
    """The parts of one JSON value that may hold data. ``NotJsonError`` at the first syntax error."""
    levels = [_Level("$", None, "")]
    want = _Want.VALUE
    at = 0
    while want is not _Want.COMMA_OR_END or len(levels) > 1:
        level = levels[-1]
        token = _TOKEN.match(text, at)
        if token is None:
            raise NotJsonError
        at = token.end()
        kind = token.lastgroup or ""
        if kind == "punctuation":
            want = _structure(levels, want, token["punctuation"])
        elif kind == "colon" and (want is _Want.NAME or want is _Want.NAME_OR_END):
            want = _Want.VALUE
            if level.name(token["string"]):
                yield Part(level.value_path, None, token.span("string"), token.span("string"), is_name=True)
        elif kind != "colon" and (want is _Want.VALUE or want is _Want.VALUE_OR_END):
            want = _Want.COMMA_OR_END
            start, end = token.span(kind)
            span = None if kind == "word" else (start, end)
            yield Part(level.value_path, level.key, span, (start - 1, end + 1) if kind == "string" else (start, end))
        else:
            raise NotJsonError
    if _MORE.search(text, at):
        raise NotJsonError


class _Level:
    """An open object or array, with the path and key of its next value.

    The elements of an array have the key of the array. A member ``name`` is ambiguous and gets the key of its object
    as a prefix (``borrower.name``).
    """

    __slots__ = ("_index", "_owner", "_path", "closer", "key", "value_path")

    def __init__(self, path: str, key: str | None, closer: str) -> None:
        self.closer = closer
        self.key = key
        self.value_path = f"{path}[0]" if closer else path
        self._owner = key
        self._path = path
        self._index = 0

    def name(self, raw: str) -> bool:
        """Set the name of the next value; returns whether the name is data itself."""
        self.key = json.loads(f'"{raw}"') if "\\" in raw else raw
        self.value_path = f"{self._path}.{raw}" if _PLAIN_NAME.fullmatch(raw) else f'{self._path}["{self.key}"]'
        if raw == "name" and self._owner:
            self.key = f"{self._owner}.{raw}"
        return _DATA_NAME.search(raw) is not None

    def comma(self) -> _Want:
        if self.closer == "}":
            return _Want.NAME
        self._index += 1
        self.value_path = f"{self._path}[{self._index}]"
        return _Want.VALUE


def _structure(levels: list[_Level], want: _Want, punctuation: str) -> _Want:
    """The tokens that may follow ``punctuation``. Opens and closes levels."""
    level = levels[-1]
    if punctuation in "{[" and (want is _Want.VALUE or want is _Want.VALUE_OR_END) and len(levels) < _MAX_DEPTH:
        is_object = punctuation == "{"
        levels.append(_Level(level.value_path, level.key, "}" if is_object else "]"))
        return _Want.NAME_OR_END if is_object else _Want.VALUE_OR_END
    if punctuation == level.closer and want in _END:
        levels.pop()
        return _Want.COMMA_OR_END
    if punctuation == "," and want is _Want.COMMA_OR_END:
        return level.comma()
    raise NotJsonError
