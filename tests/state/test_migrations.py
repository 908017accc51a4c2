"""A state of each older schema is taken over whole, whatever interrupts it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from leakwatch.state.store import DATABASE, open_store

SCRIPTS = sorted(
    entry.name for entry in resources.files("leakwatch.state.store.migrations").iterdir() if entry.name.endswith(".sql")
)
OLDER = range(1, len(SCRIPTS))


def schema(connection, version):
    """An empty database of that schema, as the version of then would have made it."""
    for name in SCRIPTS[:version]:
        connection.executescript((resources.files("leakwatch.state.store.migrations") / name).read_text("utf-8"))
    connection.execute(f"PRAGMA user_version = {version}")


def columns(connection, table):
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}


def tables(connection):
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return sorted(name for (name,) in rows)


def fill(connection, rows=3):
    """Some rows in every table; what stands in them does not matter to a migration."""
    value = {"TEXT": lambda at: f"{at}", "INTEGER": int, "REAL": float, "BLOB": lambda at: b"%d" % at}
    for table in tables(connection):
        kinds = columns(connection, table)
        marks = ",".join("?" * len(kinds))
        for at in range(rows):
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", [value[kind](at) for kind in kinds.values()])
    connection.commit()


def content(connection, known):
    """All rows, in the columns that were known."""
    return {
        table: sorted(connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall())
        for table, names in known.items()
    }


def made(directory: Path, version: int):
    """A state of an older schema with content; what is in it."""
    directory.mkdir(mode=0o700)
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        schema(connection, version)
        fill(connection)
        known = {table: list(columns(connection, table)) for table in tables(connection)}
        return known, content(connection, known)


@pytest.mark.parametrize("version", OLDER)
def test_every_row_of_an_older_schema_is_kept(tmp_path, version):
    """And the schema is afterwards the same as that of a state that is begun today."""
    known, before = made(tmp_path / "old", version)
    open_store(tmp_path / "old").close()
    open_store(tmp_path / "new").close()
    with (
        closing(sqlite3.connect(tmp_path / "old" / DATABASE)) as old,
        closing(sqlite3.connect(tmp_path / "new" / DATABASE)) as new,
    ):
        assert content(old, known) == before
        assert old.execute("PRAGMA user_version").fetchone() == (len(SCRIPTS),)
        assert {table: columns(old, table) for table in tables(old)} == {
            table: columns(new, table) for table in tables(new)
        }
    assert not list((tmp_path / "old").glob("*.damaged-*"))


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from leakwatch.state.store import opening

class Dying(sqlite3.Connection):
    def executescript(self, script):
        super().executescript(script[: script.index("PRAGMA user_version")])
        os.kill(os.getpid(), signal.SIGKILL)

connect = sqlite3.connect
opening.sqlite3.connect = lambda *given, **named: connect(*given, factory=Dying, **named)
opening.open_store(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("version", OLDER)
def test_a_kill_in_the_middle_leaves_the_old_schema_whole(tmp_path, version):
    """The next start does it again."""
    state = tmp_path / "state"
    known, before = made(state, version)
    done = subprocess.run([sys.executable, "-c", KILLED, state], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done
    with closing(sqlite3.connect(state / DATABASE)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
        assert content(connection, known) == before
    open_store(state).close()
    with closing(sqlite3.connect(state / DATABASE)) as connection:
        assert content(connection, known) == before
