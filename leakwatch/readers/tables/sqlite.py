"""SQLite databases: each table is a sheet, each row a record. The file is loaded into memory, never locked or written.

Limits: a write-ahead log beside the file and virtual tables are not read; a file over 192 MiB, or over 64 MiB inside
another file, is too large. Views and triggers are never executed.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers.input_stream import BLOCK_BYTES, MAX_BUFFERED_BYTES, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables.record_batcher import ROWS
from leakwatch.readers.tables.row_table import RowTable

MAGIC = b"SQLite format 3\0"
# Journal modes in the header: 2 requires a log beside the file, which an in-memory database does not have.
_JOURNAL_MODES = slice(18, 20)
_ROLLBACK_MODE = b"\1\1"
# The worker briefly holds two copies.
MAX_DATABASE_BYTES = 192 * 1024 * 1024
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_STEPS_PER_CHECK = 100_000
_BLOB_BYTES = 1024 * 1024


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The rows of all ordinary tables. ``ReadAborted`` at the end if a table was damaged."""
    data = _load(stream)
    data[_JOURNAL_MODES] = _ROLLBACK_MODE
    database = sqlite3.connect(":memory:", isolation_level=None)
    damaged = False
    try:
        names = _open(database, data, context)
        del data
        for name in names:
            try:
                yield from _rows(database, name, origin, context)
            except sqlite3.Error:
                context.budget.check_time()
                damaged = True
    except (sqlite3.Error, UnicodeDecodeError):
        context.budget.check_time()
        raise ReadAborted(SkipReason.DAMAGED) from None
    finally:
        database.close()
    if damaged:
        raise ReadAborted(SkipReason.DAMAGED)


def _load(stream: InputStream) -> bytearray:
    """The file in memory; SQLite makes the second copy."""
    file = stream.seekable()
    size = file.seek(0, io.SEEK_END)
    if size > MAX_DATABASE_BYTES:
        raise ReadAborted(SkipReason.TOO_LARGE)
    file.seek(0)
    data = bytearray(size)
    at = 0
    with memoryview(data) as view:
        while at < size and (count := file.readinto(view[at : at + BLOCK_BYTES])):  # type: ignore[attr-defined]
            at += count
    return data[:at] if at < size else data


def _open(database: sqlite3.Connection, data: bytearray, context: ReadContext) -> list[str]:
    """Load the database with everything it could execute disabled; returns its table names."""
    database.deserialize(data)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BUFFERED_BYTES)
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    database.set_progress_handler(lambda: _is_out_of_time(context), _STEPS_PER_CHECK)
    database.text_factory = _text
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    return [name for (name,) in database.execute(query) if isinstance(name, str)]


def _is_out_of_time(context: ReadContext) -> bool:
    try:
        context.budget.check_time()
    except ReadAborted:
        return True
    return False


def _rows(database: sqlite3.Connection, name: str, origin: Origin, context: ReadContext) -> Iterator[Item]:
    quoted = name.replace('"', '""')
    rows = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  # a quoted table name of the file itself
    table = RowTable(origin, name)
    table.name_columns([column[0] for column in rows.description])
    for number, row in enumerate(rows, 1):
        if number % ROWS == 0:
            context.budget.check_time()
        yield from table.add(number, [_value_text(value) for value in row])
    yield from table.end()


def _value_text(value: object) -> str:
    """The text of a value; bytes are decoded if they are UTF-8."""
    if isinstance(value, bytes):
        try:
            return value[:_BLOB_BYTES].decode()
        except UnicodeDecodeError:
            return ""
    return "" if value is None else str(value)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
