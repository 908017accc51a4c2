"""Delimited text: CSV, TSV and similar dialects.

An unclosed quote would swallow the rest of the file, so the length of a record is limited: beyond the limit its lines
are read again one by one without quoting. Lines too long for a cell are returned as text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, islice

from leakwatch.core.model import Origin, TextChunk
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.tables import dialect
from leakwatch.readers.tables.csv_fast import RECORD_CHARACTERS, RECORD_LINES, Block, parse_block
from leakwatch.readers.tables.dialect import QUOTE, delimiter_of
from leakwatch.readers.tables.row_table import HEADER_ROWS, RowTable, header_index
from leakwatch.readers.text.plain_text import DecodedStream, LineChunker, split_long_line
from leakwatch.text.charset import AUTO, Transcoder


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A table in any common dialect."""
    decoded = DecodedStream(stream, context.encoding)
    delimiter = delimiter_of(_first_lines(stream.head, context.encoding, whole=stream.is_complete), context.name)
    rows = _Rows(origin, decoded, delimiter).rows()
    table = RowTable(origin, None)
    first = list(islice(rows, HEADER_ROWS))
    candidates = [row for row in first if isinstance(row, list)]
    header = header_index(candidates)
    number = 1
    for row in chain(first, rows):
        if isinstance(row, TextChunk):
            yield row
            number += row.data.count(b"\n")
        elif isinstance(row, Block):
            yield from table.add_columns(number, row.columns)
            number += row.rows
        else:
            yield from table.add(number, row)
            if header is not None and row is candidates[header]:
                table.name_columns(row)
            number += 1
    yield from table.end()
    decoded.close()


def is_delimited(head: bytes) -> bool:
    """Whether a text is certainly a table, judged without its name."""
    return dialect.is_delimited(_first_lines(head, AUTO, whole=False))


class _Rows:
    """The rows of a text: the first ones singly, then in blocks where possible. Lines that are no row are text."""

    def __init__(self, origin: Origin, decoded: DecodedStream, delimiter: str) -> None:
        self._origin = origin
        self._chunks = self._read(decoded)
        self._delimiter = delimiter
        self._text = ""  # the current block of text; unread from ``_at``
        self._at = 0
        self._line = 1
        self._row_by_row_until = 0
        self._record_lines: list[tuple[int, str]] = []  # lines of the current record
        self._characters = 0
        self._record_too_long = self._at_end = False
        self._long_lines: list[TextChunk] = []

    def rows(self) -> Iterator[list[str] | Block | TextChunk]:
        count = 0
        while not self._at_end:
            self._record_too_long = False
            reader = csv.reader(self._record(), delimiter=self._delimiter, quotechar=QUOTE)
            while not self._record_too_long:
                if count >= HEADER_ROWS and (block := self._block()) is not None:
                    yield from self._take_long_lines()
                    yield block
                    continue
                self._record_lines.clear()
                self._characters = 0
                try:
                    row = next(reader)
                except StopIteration:
                    break
                except csv.Error:
                    yield from self._rows_without_quotes()
                    continue
                if self._record_too_long or (self._at_end and self._has_open_quote()):
                    yield from self._rows_without_quotes()
                else:
                    yield row
                count += 1
                yield from self._take_long_lines()
        yield from self._take_long_lines()

    def _block(self) -> Block | None:
        """All remaining rows of the current text, if the fast path can parse them."""
        if self._at == len(self._text) and not self._read_more():
            return None
        if self._at < self._row_by_row_until:
            return None
        block = parse_block(self._text[self._at :], self._delimiter)
        if block is None:
            self._row_by_row_until = len(self._text)
            return None
        self._line += block.lines
        self._at = len(self._text)
        return block

    def _record(self) -> Iterator[str]:
        """Lines for the parser; stops when a record exceeds the limits."""
        while self._at < len(self._text) or self._read_more():
            end = self._text.find("\n", self._at) + 1 or len(self._text)
            line = self._text[self._at : end]
            self._record_lines.append((self._line, line))
            self._line += 1
            self._at = end
            self._characters += len(line)
            yield line
            if self._characters > RECORD_CHARACTERS or len(self._record_lines) > RECORD_LINES:
                self._record_too_long = True
                return
        self._at_end = True

    def _has_open_quote(self) -> bool:
        return len(self._record_lines) > 1 and sum(line.count(QUOTE) for _, line in self._record_lines) % 2 == 1

    def _rows_without_quotes(self) -> Iterator[list[str] | TextChunk]:
        for number, line in self._record_lines:
            try:
                yield from csv.reader([line], delimiter=self._delimiter, quoting=csv.QUOTE_NONE)
            except csv.Error:
                yield TextChunk(self._origin, line.encode(), number)

    def _take_long_lines(self) -> Iterator[TextChunk]:
        yield from self._long_lines
        self._long_lines.clear()

    def _read_more(self) -> bool:
        """Load the next lines of the input; parts of very long lines go to ``_long_lines``."""
        for chunk in self._chunks:
            long_line, lines = split_long_line(chunk)
            if long_line is not None:
                self._long_lines.append(long_line)
            if lines.data:
                self._text, self._at, self._line = lines.data.decode(), 0, lines.first_line
                self._row_by_row_until = 0
                return True
        return False

    def _read(self, decoded: DecodedStream) -> Iterator[TextChunk]:
        chunker = LineChunker(self._origin)
        for data in decoded.blocks():
            yield from chunker.add(data)
        yield from chunker.end()


def _first_lines(head: bytes, encoding: str, *, whole: bool) -> list[str]:
    lines = Transcoder(encoding).stream(head, final=True).decode().split("\n")
    return lines if whole or len(lines) == 1 else lines[:-1]
