"""Parquet, if pyarrow is installed. Row groups are read in batches of about a thousand rows."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables.record_batcher import ROWS
from leakwatch.readers.tables.row_table import RowTable

MAGICS = (b"PAR1", b"PARE")
_ENCRYPTED = b"PARE"
_CELLS_AT_ONCE = 200_000


def is_parquet(head: bytes) -> bool:
    """Whether ``head`` begins a Parquet file rather than a text starting with its magic."""
    return head.startswith(MAGICS) and (b"\0" in head[4:1024] or not head[4:64].isascii())


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The rows of a Parquet file. Rows count from 1; nested values are JSON."""
    if stream.head.startswith(_ENCRYPTED):
        raise ReadAborted(SkipReason.ENCRYPTED)
    try:
        arrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT) from None
    try:
        file = parquet.ParquetFile(stream.seekable(), pre_buffer=False, memory_map=False)
        yield from _rows(file, origin, context)
    except MemoryError:
        raise ReadAborted(SkipReason.TOO_LARGE) from None
    except (arrow.ArrowException, OSError, ValueError, OverflowError):
        raise ReadAborted(SkipReason.DAMAGED) from None


def _rows(file: Any, origin: Origin, context: ReadContext) -> Iterator[Item]:
    names = [str(name) for name in file.schema_arrow.names]
    table = RowTable(origin, None)
    table.name_columns(names)
    number = 1
    rows_at_once = max(1, min(ROWS, _CELLS_AT_ONCE // max(len(names), 1)))
    for part in file.iter_batches(batch_size=rows_at_once, use_threads=False):
        context.budget.check_time()
        context.budget.count_unpacked(part.nbytes)
        yield from table.add_columns(
            number, [[_value_text(value) for value in column.to_pylist()] for column in part.columns]
        )
        number += part.num_rows
    yield from table.end()


def _value_text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=_json_default)
    return str(value)


def _json_default(value: object) -> str:
    return _value_text(value)
