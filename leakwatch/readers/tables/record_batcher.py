"""Records are handed on some thousand at a time, so that memory stays bounded and analysis has enough to work on."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.core.model import Field, Origin, Record, RecordChunk

ROWS = 2000
CHARACTERS = 1024 * 1024
# What a field costs besides its text.
FIELD_CHARACTERS = 32


class RecordBatcher:
    """Collects records; a record too large for one chunk comes in several, in order."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._records: list[Record] = []
        self._size = 0

    def add(self, record: Record) -> Iterator[RecordChunk]:
        """Take one record; the chunk that it fills, if it does."""
        if record:
            self._records.append(record)
            self._size += sum(len(field.text) + FIELD_CHARACTERS for field in record)
            if len(self._records) >= ROWS or self._size >= CHARACTERS:
                yield from self.end()

    def add_long(self, fields: Iterator[Field]) -> Iterator[RecordChunk]:
        """Take one record of any length."""
        part: list[Field] = []
        for field in fields:
            part.append(field)
            if len(part) >= ROWS:
                yield from self.add(tuple(part))
                part.clear()
        yield from self.add(tuple(part))

    def end(self) -> Iterator[RecordChunk]:
        """The last, unfilled chunk."""
        if self._records:
            yield RecordChunk(self._origin, tuple(self._records))
        self._records = []
        self._size = 0
