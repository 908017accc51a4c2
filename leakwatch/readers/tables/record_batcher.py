"""Batches records into chunks: large enough for efficient analysis, small enough to bound memory."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.core.model import Field, Origin, Record, RecordChunk

ROWS = 2000
CHARACTERS = 1024 * 1024
# Overhead counted for each field besides its text.
FIELD_CHARACTERS = 32


class RecordBatcher:
    """Collects records into chunks."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._records: list[Record] = []
        self._size = 0

    def add(self, record: Record) -> Iterator[RecordChunk]:
        """Add a record; yields a chunk when it is full."""
        if record:
            self._records.append(record)
            self._size += sum(len(field.text) + FIELD_CHARACTERS for field in record)
            if len(self._records) >= ROWS or self._size >= CHARACTERS:
                yield from self.end()

    def add_long(self, fields: Iterator[Field]) -> Iterator[RecordChunk]:
        """Add a record of any length; it may be split over several chunks."""
        part: list[Field] = []
        for field in fields:
            part.append(field)
            if len(part) >= ROWS:
                yield from self.add(tuple(part))
                part.clear()
        yield from self.add(tuple(part))

    def end(self) -> Iterator[RecordChunk]:
        """Yield the remaining records."""
        if self._records:
            yield RecordChunk(self._origin, tuple(self._records))
        self._records = []
        self._size = 0
