"""Delimited text: CSV, TSV and their kin, quoted or not.

A quote that is never closed would swallow the rest of the file. So a record may span only so much; beyond it, its
lines are read again one by one without quotes. Lines that fit into no cell are given as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice

from leakwatch.charset import AUTO, Transcoder
from leakwatch.model import Origin, TextChunk
from leakwatch.readers import dialect
from leakwatch.readers.batch import Batch
from leakwatch.readers.dialect import QUOTE, delimiter_of
from leakwatch.readers.feed import Feed
from leakwatch.readers.reading import Item, Reading
from leakwatch.readers.table import HEADER_ROWS, Table, header_index
from leakwatch.readers.text import Decoded, Lines, part_long_line

_RECORD_LINES = 1000
# Below the standard library's limit for one cell, so that a record in bounds is a record it can read.
_RECORD_CHARACTERS = 120_000


def read(feed: Feed, origin: Origin, reading: Reading) -> Iterator[Item]:
    """A table of any usual dialect."""
    decoded = Decoded(feed, reading.encoding)
    delimiter = delimiter_of(_first_lines(feed.head, reading.encoding, whole=feed.whole), reading.name)
    rows = _Rows(origin, decoded, delimiter).rows()
    table, batch = Table(None), Batch(origin)
    first = list(islice(rows, HEADER_ROWS))
    candidates = [row for row in first if not isinstance(row, TextChunk)]
    header = header_index(candidates)
    number = 1
    for row in chain(first, rows):
        if isinstance(row, TextChunk):
            yield row
            number += row.data.count(b"\n")
            continue
        yield from batch.add(table.record(number, row))
        if header is not None and row is candidates[header]:
            table.name_columns(row)
        number += 1
    yield from batch.end()
    decoded.close()


def looks_delimited(head: bytes) -> bool:
    """Whether a text of no telling name is surely a table."""
    return dialect.looks_delimited(_first_lines(head, AUTO, whole=False))


class _Rows:
    """The rows of one text, and as text chunks what is no row."""

    def __init__(self, origin: Origin, decoded: Decoded, delimiter: str) -> None:
        self._origin = origin
        self._decoded = decoded
        self._delimiter = delimiter
        self._held: list[tuple[int, str]] = []  # the lines of the record being read
        self._characters = 0
        self._full = self._ended = False
        self._aside: list[TextChunk] = []

    def rows(self) -> Iterator[list[str] | TextChunk]:
        lines = self._lines()
        while not self._ended:
            self._full = False
            reader = csv.reader(self._record(lines), delimiter=self._delimiter, quotechar=QUOTE)
            while not self._full:
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
                yield from self._put_aside()
        yield from self._put_aside()

    def _record(self, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
        """Lines for the parser; ends before a record grows out of bounds."""
        for held in lines:
            self._held.append(held)
            self._characters += len(held[1])
            yield held[1]
            if self._characters > _RECORD_CHARACTERS or len(self._held) > _RECORD_LINES:
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

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Numbered lines with their ends; pieces of very long lines are put aside."""
        for chunk in self._chunks():
            piece, whole = part_long_line(chunk)
            if piece is not None:
                self._aside.append(piece)
            yield from enumerate(io.StringIO(whole.data.decode(), newline="\n"), whole.first_line)

    def _chunks(self) -> Iterator[TextChunk]:
        lines = Lines(self._origin)
        for data in self._decoded.blocks():
            yield from lines.add(data)
        yield from lines.end()


def _first_lines(head: bytes, encoding: str, *, whole: bool) -> list[str]:
    lines = Transcoder(encoding).feed(head, final=True).decode().split("\n")
    return lines if whole or len(lines) == 1 else lines[:-1]
