"""Delimited text: CSV, TSV and their kin, quoted or not.

A quote that is never closed would swallow the rest of the file. So a record may span only so much; beyond it, its
lines are read again one by one without quotes. Lines that fit into no cell are given as text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, islice

from leakwatch.core.model import Origin, TextChunk
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.tables import dialect
from leakwatch.readers.tables.csv_fast import RECORD_CHARACTERS, RECORD_LINES, Block, block_of
from leakwatch.readers.tables.dialect import QUOTE, delimiter_of
from leakwatch.readers.tables.row_table import HEADER_ROWS, RowTable, header_index
from leakwatch.readers.text.plain_text import Decoded, LineChunker, part_long_line
from leakwatch.text.charset import AUTO, Transcoder


def read(stream: InputStream, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    """A table of any usual dialect."""
    decoded = Decoded(stream, reading.encoding)
    delimiter = delimiter_of(_first_lines(stream.head, reading.encoding, whole=stream.whole), reading.name)
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


def looks_delimited(head: bytes) -> bool:
    """Whether a text of no telling name is surely a table."""
    return dialect.looks_delimited(_first_lines(head, AUTO, whole=False))


class _Rows:
    """The rows of one text: the first ones singly, then as many at a time as can be; as text chunks what is no row."""

    def __init__(self, origin: Origin, decoded: Decoded, delimiter: str) -> None:
        self._origin = origin
        self._chunks = self._read(decoded)
        self._delimiter = delimiter
        self._text = ""  # what has been read of the input, and from where on it is still to be used
        self._at = 0
        self._line = 1
        self._singly_until = 0
        self._held: list[tuple[int, str]] = []  # the lines of the record being read
        self._characters = 0
        self._full = self._ended = False
        self._aside: list[TextChunk] = []

    def rows(self) -> Iterator[list[str] | Block | TextChunk]:
        given = 0
        while not self._ended:
            self._full = False
            reader = csv.reader(self._record(), delimiter=self._delimiter, quotechar=QUOTE)
            while not self._full:
                if given >= HEADER_ROWS and (block := self._block()) is not None:
                    yield from self._put_aside()
                    yield block
                    continue
                self._held.clear()
                self._characters = 0
                try:
                    row = next(reader)
                except StopIteration:
                    break
                except csv.Error:
                    yield from self._singly()
                    continue
                if self._full or (self._ended and self._unterminated()):
                    yield from self._singly()
                else:
                    yield row
                given += 1
                yield from self._put_aside()
        yield from self._put_aside()

    def _block(self) -> Block | None:
        """All rows that are left of what has been read, if they are easy to tell."""
        if self._at == len(self._text) and not self._more():
            return None
        if self._at < self._singly_until:
            return None
        block = block_of(self._text[self._at :], self._delimiter)
        if block is None:
            self._singly_until = len(self._text)
            return None
        self._line += block.lines
        self._at = len(self._text)
        return block

    def _record(self) -> Iterator[str]:
        """Lines for the parser; ends before a record grows out of bounds."""
        while self._at < len(self._text) or self._more():
            end = self._text.find("\n", self._at) + 1 or len(self._text)
            line = self._text[self._at : end]
            self._held.append((self._line, line))
            self._line += 1
            self._at = end
            self._characters += len(line)
            yield line
            if self._characters > RECORD_CHARACTERS or len(self._held) > RECORD_LINES:
                self._full = True
                return
        self._ended = True

    def _unterminated(self) -> bool:
        return len(self._held) > 1 and sum(line.count(QUOTE) for _, line in self._held) % 2 == 1

    def _singly(self) -> Iterator[list[str] | TextChunk]:
        for number, line in self._held:
            try:
                yield from csv.reader([line], delimiter=self._delimiter, quoting=csv.QUOTE_NONE)
            except csv.Error:
                yield TextChunk(self._origin, line.encode(), number)

    def _put_aside(self) -> Iterator[TextChunk]:
        yield from self._aside
        self._aside.clear()

    def _more(self) -> bool:
        """Take the next lines of the input; pieces of very long lines are put aside."""
        for chunk in self._chunks:
            piece, whole = part_long_line(chunk)
            if piece is not None:
                self._aside.append(piece)
            if whole.data:
                self._text, self._at, self._line = whole.data.decode(), 0, whole.first_line
                self._singly_until = 0
                return True
        return False

    def _read(self, decoded: Decoded) -> Iterator[TextChunk]:
        lines = LineChunker(self._origin)
        for data in decoded.blocks():
            yield from lines.add(data)
        yield from lines.end()


def _first_lines(head: bytes, encoding: str, *, whole: bool) -> list[str]:
    lines = Transcoder(encoding).stream(head, final=True).decode().split("\n")
    return lines if whole or len(lines) == 1 else lines[:-1]
