"""SQLite files: rows of ordinary tables, read in memory; nothing of the file is run, locked or written."""

import io
import sqlite3
from contextlib import closing

import pytest
from support.read_results import cells_of, read, skips_of

from leakwatch.core.model import Limits, Origin, SkipReason
from leakwatch.core.places import CellPlace
from leakwatch.readers import open_input
from leakwatch.readers.in_process import read_in_process


def database(tmp_path, *statements, name="a.db"):
    with closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return tmp_path / name


USERS = (
    "CREATE TABLE 用户 (id INTEGER PRIMARY KEY, 手机号 TEXT, note BLOB)",
    "INSERT INTO 用户 VALUES (1, '13900001234', x'e794b2'), (2, NULL, x'ff00')",
)


def test_a_table_is_a_sheet(tmp_path):
    """Columns are keys, rows count from 1, bytes are text when they can be."""
    items = read(database(tmp_path, *USERS).read_bytes(), "a.db")
    assert cells_of(items) == {
        (1, 1): ("1", "id"),
        (1, 2): ("13900001234", "手机号"),
        (1, 3): ("甲", "note"),
        (2, 1): ("2", "id"),
    }
    assert items[0].records[0][1].place == CellPlace("用户", 1, 2, "手机号")


def test_the_worker_reads_it_and_nothing_appears_beside_it(tmp_path):
    """Even one that asks for a write-ahead log."""
    path = database(tmp_path, "PRAGMA journal_mode = WAL", *USERS)
    for left in tmp_path.iterdir():
        if left != path:
            left.unlink()
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    with path.open("rb") as stream:
        items = list(open_input(stream, Origin("a.db")))
    assert cells_of(items)[1, 2] == ("13900001234", "手机号")
    assert list(tmp_path.iterdir()) == [path]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_quotes_in_names_are_names(tmp_path):
    """A table called by a statement is only called so."""
    name = '"a""; DROP TABLE b; --"'
    items = read(
        database(tmp_path, f"CREATE TABLE {name} (x)", f"INSERT INTO {name} VALUES ('13900001234')").read_bytes(),
        "a.db",
    )
    assert cells_of(items)[1, 1] == ("13900001234", "x")


def test_views_and_functions_are_not_run(tmp_path):
    """An endless view costs nothing; a computed column that calls functions is denied and reported."""
    endless = "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
    computed = "CREATE TABLE t (a, b AS (zeroblob(1000000000)))"
    items = read(database(tmp_path, endless, computed, "INSERT INTO t VALUES (1)", *USERS).read_bytes(), "a.db")
    assert cells_of(item for item in items if hasattr(item, "records"))[1, 2] == ("13900001234", "手机号")
    assert skips_of(items) == [((), SkipReason.DAMAGED)]


@pytest.mark.parametrize(
    "data", [b"SQLite format 3\0" + b"13900001234 " * 100, b"SQLite format 3\0", b"SQLite format 3\0" + bytes(4096)]
)
def test_what_is_no_database_is_damage(data):
    """A header is not enough."""
    assert set(skips_of(read(data, "a.db"))) <= {((), SkipReason.DAMAGED)}


def test_a_broken_page_loses_its_table_only(tmp_path):
    """The other tables are read, and the damage is reported."""
    path = database(
        tmp_path,
        "PRAGMA page_size = 512",
        "CREATE TABLE a (x)",
        "CREATE TABLE b (x)",
        "INSERT INTO a VALUES ('1')",
        "INSERT INTO b VALUES ('13900001234')",
    )
    data = bytearray(path.read_bytes())
    data[512:1024] = b"\xff" * 512
    items = read(bytes(data), "a.db")
    assert cells_of(items) == {(1, 1): ("13900001234", "x")}
    assert skips_of(items) == [((), SkipReason.DAMAGED)]


def test_size_and_time_are_limited(tmp_path, monkeypatch):
    """Bounded in bytes and in time."""
    many = "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 20000) SELECT x FROM c"
    data = database(tmp_path, "CREATE TABLE t (x)", many).read_bytes()
    assert skips_of(read(data, "a.db", seconds=-1)) == [((), SkipReason.TIME_OUT)]
    ticks = iter(range(10_000))
    timed = read_in_process(io.BytesIO(data), Origin("a.db"), Limits(seconds=8), clock=lambda: float(next(ticks)))
    assert skips_of(timed) == [((), SkipReason.TIME_OUT)]
    monkeypatch.setattr("leakwatch.readers.tables.sqlite.MAX_DATABASE_BYTES", 100)
    assert skips_of(read(data, "a.db")) == [((), SkipReason.TOO_LARGE)]


def test_a_large_one_is_read_within_the_memory_of_a_worker(tmp_path):
    """It is held twice for a moment, and once from then on."""
    many = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 170) SELECT randomblob(1000000) FROM c"
    path = database(tmp_path, "CREATE TABLE t (x)", "INSERT INTO t VALUES ('13900001234')", f"INSERT INTO t {many}")
    with path.open("rb") as stream:
        items = list(open_input(stream, Origin("a.db"), Limits()))
    assert skips_of(items) == []
    assert cells_of(items)[1, 1] == ("13900001234", "x")
