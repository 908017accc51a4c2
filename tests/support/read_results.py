"""Shared by the tests of readers: bytes in, chunks out."""

import io
from collections.abc import Iterable

from leakwatch.core.model import Chunk, Limits, Origin, RecordChunk, Skipped, SkipReason, TextChunk
from leakwatch.readers.in_process import read_in_process


def read(data: bytes, name: str, encoding: str = "auto", **limits: float) -> list[Chunk | Skipped]:
    """All that ``read_in_process`` yields for a file of that name and content."""
    return list(read_in_process(io.BytesIO(data), Origin(name), Limits(**limits), encoding))


def text_of(items: Iterable[Chunk | Skipped]) -> str:
    """All text of the text chunks."""
    return b"".join(item.data for item in items if isinstance(item, TextChunk)).decode()


def cells_of(items: Iterable[Chunk | Skipped]) -> dict[tuple[int, int], tuple[str, str | None]]:
    """(row, column) → (text, key) of all table cells."""
    return {
        (field.place.row, field.place.column): (field.text, field.key)
        for item in items
        if isinstance(item, RecordChunk)
        for record in item.records
        for field in record
    }


def fields_of(items: Iterable[Chunk | Skipped]) -> list[tuple[int, str, str | None, str]]:
    """(record, json path, key, text) of all JSON fields."""
    return [
        (field.place.record_number, field.place.json_path, field.key, field.text)
        for item in items
        if isinstance(item, RecordChunk)
        for record in item.records
        for field in record
    ]


def skips_of(items: Iterable[Chunk | Skipped]) -> list[tuple[tuple[str, ...], SkipReason]]:
    """(inside, reason) of all that was skipped."""
    return [(item.origin.inside, item.reason) for item in items if isinstance(item, Skipped)]
