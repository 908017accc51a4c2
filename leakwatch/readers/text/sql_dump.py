"""SQL dumps: rows of ``INSERT`` and ``COPY`` as records keyed by column, at their places in the lines.

Column names come from the statement, else from the preceding ``CREATE TABLE``. A column comment replaces a name that
does not describe the data. All other lines are text, and so are rows that cannot be parsed or have no known columns.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence

from leakwatch.core.model import Field, Origin, Record, RecordChunk, TextChunk
from leakwatch.core.places import LinePlace
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.tables.record_batcher import RecordBatcher
from leakwatch.readers.tables.table_layout import is_self_describing
from leakwatch.readers.text.plain_text import DecodedStream, LineChunker, split_long_line

DUMPS = (b"-- MySQL dump", b"-- MariaDB dump", b"--\n-- PostgreSQL database dump")
"""First bytes of dumps, whatever their name."""

_NAME = r"""(?:[\w$]+|`[^`]*`|"[^"]*"|\[[^\]]*\])"""
_TABLE = rf"(?P<table>{_NAME}(?:\s*\.\s*{_NAME}){{0,2}})"
_INSERT = re.compile(
    rf"\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?(?:INTO\s+)?{_TABLE}\s*(?:\((?P<columns>[^()]*)\)\s*)?(?:VALUES?\s*)?(?=\(|$)",
    re.IGNORECASE,
)
_COPY = re.compile(rf"COPY\s+{_TABLE}\s*\((?P<columns>[^()]*)\)\s+FROM\s+STDIN", re.IGNORECASE)
_CREATE = re.compile(rf"\s*CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_TABLE}\s*\(\s*$", re.IGNORECASE)
_COLUMN = re.compile(rf"\s*(?P<name>{_NAME})\s+[a-z](?:.*\sCOMMENT\s+'(?P<comment>[^']*)')?", re.IGNORECASE)
_NO_COLUMN = re.compile(r"\s*(?:PRIMARY|UNIQUE|KEY|INDEX|CONSTRAINT|FOREIGN|FULLTEXT|CHECK|SPATIAL)\b", re.IGNORECASE)
_COMMENT = re.compile(
    rf"COMMENT\s+ON\s+COLUMN\s+{_TABLE}\s*\.\s*(?P<name>{_NAME})\s+IS\s+'(?P<comment>[^']*)'", re.IGNORECASE
)
_ROW_BEGINS = re.compile(r"\s*,?\s*(?:VALUES?\s*)?\(\s*", re.IGNORECASE)
_VALUE = re.compile(
    r"""\s*(?:[NE]?'(?P<text>(?:[^'\\]|\\.|'')*+)'|(?P<bare>[^\s,()']+(?:\([^()']*\))?))\s*(?P<then>[,)])""", re.DOTALL
)
_ROWS_END = re.compile(r"\s*(?P<end>;|,|VALUES?|ON\s+(?:DUPLICATE|CONFLICT)\b.*)?\s*", re.IGNORECASE)
_MORE = frozenset({",", "value", "values"})
_NULLS = frozenset({"null", "default", "true", "false"})
_HAN_LABEL = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z]{1,11}")


class _State(enum.Enum):
    TEXT = enum.auto()
    CREATE = enum.auto()
    INSERT = enum.auto()
    COPY = enum.auto()


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A dump of MySQL, MariaDB, PostgreSQL and similar tools."""
    decoded = DecodedStream(stream, context.encoding)
    lines, parser = LineChunker(origin), _DumpParser(origin)
    for data in decoded.blocks():
        for chunk in lines.add(data):
            yield from parser.add(chunk)
    for chunk in lines.end():
        yield from parser.add(chunk)
    decoded.close()


class _DumpParser:
    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._state = _State.TEXT
        self._tables: dict[str, dict[str, str]] = {}  # by table: columns and their keys
        self._table = ""
        self._keys: Sequence[str] = ()

    def add(self, chunk: TextChunk) -> Iterator[TextChunk | RecordChunk]:
        """The records and the text of a chunk."""
        long_line, rest = split_long_line(chunk)
        if long_line is not None:
            yield long_line
        batch = RecordBatcher(self._origin)
        first, text_lines = rest.first_line, list[bytes]()
        for number, raw in enumerate(rest.data.splitlines(keepends=True), first):
            records = self._line(number, raw)
            if records is None:
                if not text_lines:
                    first = number
                text_lines.append(raw)
                continue
            if text_lines:
                yield TextChunk(self._origin, b"".join(text_lines), first)
                text_lines.clear()
            for record in records:
                yield from batch.add(record)
        if text_lines:
            yield TextChunk(self._origin, b"".join(text_lines), first)
        yield from batch.end()

    def _line(self, number: int, raw: bytes) -> list[Record] | None:
        """The records of one line; None if it is text."""
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if self._state is _State.COPY:
            return self._copied(number, line)
        if self._state is _State.CREATE:
            self._column(line)
            return None
        if found := _INSERT.match(line):
            self._keys = self._columns(found)
            self._state = _State.INSERT if self._keys else _State.TEXT
            return self._rows(number, line, found.end()) if self._keys else None
        if self._state is _State.INSERT:
            return self._rows(number, line, 0)
        if found := _COPY.match(line):
            self._keys, self._state = self._columns(found), _State.COPY
        elif found := _CREATE.match(line):
            self._table, self._state = _unquoted(found["table"]), _State.CREATE
            self._tables[self._table] = {}
        elif found := _COMMENT.match(line):
            columns = self._tables.setdefault(_unquoted(found["table"]), {})
            columns[_unquoted(found["name"])] = _column_key(_unquoted(found["name"]), found["comment"])
        return None

    def _column(self, line: str) -> None:
        if line.lstrip().startswith(")"):
            self._state = _State.TEXT
        elif not _NO_COLUMN.match(line) and (found := _COLUMN.match(line)):
            name = _unquoted(found["name"])
            self._tables[self._table][name] = _column_key(name, found["comment"] or "")

    def _columns(self, found: re.Match[str]) -> list[str]:
        """The keys of the columns of a statement; empty if unknown."""
        known = self._tables.get(_unquoted(found["table"]), {})
        if found["columns"] is None:
            return list(known.values())
        names = [_unquoted(name) for name in found["columns"].split(",")]
        return [known.get(name, name) for name in names]

    def _rows(self, number: int, line: str, at: int) -> list[Record] | None:
        records: list[Record] = []
        if line[:at].strip():
            records.append((Field(line[:at], LinePlace(number)),))
        while opening := _ROW_BEGINS.match(line, at):
            fields, end = self._row(number, line, opening.end())
            if end is None:
                break
            records.append(tuple(fields))
            at = end
        ending = _ROWS_END.fullmatch(line, at)
        if ending is None or (ending["end"] or ",").lower() not in _MORE:
            self._state = _State.TEXT
        if ending is None:
            # the row continues on the next line or is not one; the rest of the statement is text
            return None
        return records

    def _row(self, number: int, line: str, at: int) -> tuple[list[Field], int | None]:
        """The fields of one row and its end; None when it does not end on this line."""
        fields = []
        column = 0
        while value := _VALUE.match(line, at):
            group = "bare" if value["text"] is None else "text"
            key = self._keys[column] if column < len(self._keys) else None
            if value[group] and not (group == "bare" and value[group].lower() in _NULLS):
                fields.append(Field(value[group], LinePlace(number).span(value.start(group), value.start(group)), key))
            column += 1
            at = value.end()
            if value["then"] == ")":
                return fields, at
        return fields, None

    def _copied(self, number: int, line: str) -> list[Record] | None:
        if line == "\\.":
            self._state = _State.TEXT
            return None
        fields = []
        at = 0
        for column, value in enumerate(line.split("\t")):
            if value not in {"", "\\N"}:
                key = self._keys[column] if column < len(self._keys) else None
                fields.append(Field(value, LinePlace(number).span(at, at), key))
            at += len(value) + 1
        return [tuple(fields)]


def _unquoted(name: str) -> str:
    """The last part of a name without quotes: ``users`` of ``public."users"``."""
    return re.split(r"\s*\.\s*", name.strip())[-1].strip('`"[] \t')


def _column_key(name: str, comment: str) -> str:
    """The key of a column: its name if that describes the data, else its comment if that is a label."""
    label = _HAN_LABEL.match(comment)
    return label[0] if label is not None and not is_self_describing(name) else name
