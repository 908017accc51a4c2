"""Messages of the parser sandbox: JSON and raw text. No pickles, since the sender has parsed untrusted input."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from leakwatch.core.column_table import CellTable
from leakwatch.core.model import Field, Origin, RecordChunk, Skipped, SkipReason, TextChunk
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, Place, RecordPlace
from leakwatch.readers.read_context import Item

_TEXT, _RECORDS, _TABLE, _SKIPPED = b"t", b"c", b"b", b"s"
READ = b"r"
"""The worker requests bytes; ``READ_ARGS`` follows."""
READ_ARGS = struct.Struct("<QI")
"""Offset and maximum size."""
DATA, READ_FAILED = b"d", b"!"
"""The reply: bytes follow, or the read failed."""
DONE, DONE_EXITING = b".", b","
"""The file is finished; with ``DONE_EXITING`` the worker exits."""

_PLACES: dict[str, tuple[type[Place], Callable[[Any], tuple[Any, ...]]]] = {
    place.kind: (place, attrgetter(*(field.name for field in fields(place))))
    for place in (LinePlace, CellPlace, RecordPlace, PagePlace)
}


def encode(item: Item) -> bytes:
    """Encode an item as a message."""
    if isinstance(item, TextChunk):
        head = [item.origin.inside, item.first_line, item.first_column]
        return _TEXT + json.dumps(head).encode() + b"\n" + item.data
    if isinstance(item, RecordChunk) and isinstance(item.records, CellTable):
        table = item.records
        parts = [table.sheet, table.first_column, table.keys, list(table.numbers), table.columns, table.unnamed]
        return _TABLE + json.dumps([item.origin.inside, parts]).encode()
    if isinstance(item, RecordChunk):
        records = [[(one.text, one.key, *_place(one.place)) for one in record] for record in item.records]
        return _RECORDS + json.dumps([item.origin.inside, records]).encode()
    return _SKIPPED + json.dumps([item.origin.inside, item.reason.value, item.bytes]).encode()


def decode(message: bytes, path: str) -> Item:
    """Decode an item of the file ``path``. ``ValueError``, ``TypeError`` or ``KeyError`` for a malformed message."""
    kind, body = message[:1], message[1:]
    if kind == _TEXT:
        head, _, data = body.partition(b"\n")
        inside, line, column = json.loads(head)
        return TextChunk(Origin(path, tuple(inside)), data, line, column)
    if kind == _RECORDS:
        inside, records = json.loads(body)
        return RecordChunk(Origin(path, tuple(inside)), tuple(tuple(map(_field, record)) for record in records))
    if kind == _TABLE:
        inside, (sheet, first, keys, numbers, columns, unnamed) = json.loads(body)
        table = CellTable(sheet, first, tuple(keys), tuple(numbers), tuple(map(tuple, columns)), unnamed)
        return RecordChunk(Origin(path, tuple(inside)), table)
    if kind == _SKIPPED:
        inside, reason, size = json.loads(body)
        return Skipped(Origin(path, tuple(inside)), SkipReason(reason), size)
    raise ValueError("unknown message type")


def _place(place: Place) -> tuple[Any, ...]:
    return place.kind, *_PLACES[place.kind][1](place)


def _field(parts: list[Any]) -> Field:
    text, key, kind, *numbers = parts
    return Field(text, _PLACES[kind][0](*numbers), key)
