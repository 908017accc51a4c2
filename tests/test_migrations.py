"""A state of each older schema is taken over whole, whatever interrupts it, and the daemon goes on where it stopped."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest
from daemonhost import DaemonHost
from daemonroom import wait_until

from leakwatch.store import DATABASE, open_store

SCRIPTS = sorted(
    entry.name for entry in resources.files("leakwatch.migrations").iterdir() if entry.name.endswith(".sql")
)
OLDER = range(1, len(SCRIPTS))


def schema(connection, version):
    """An empty database of that schema, as the version of then would have made it."""
    for name in SCRIPTS[:version]:
        connection.executescript((resources.files("leakwatch.migrations") / name).read_text("utf-8"))
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
from leakwatch.store import opening

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


def test_a_daemon_goes_on_where_one_of_the_first_version_stopped(tmp_path):
    """What that one read is not read again, what was written meanwhile is, and it answers for both."""
    host = DaemonHost(tmp_path)
    values = [f"1390000{number}" for number in range(1101, 1131)]

    def write(some):
        with (host.logs / "app.log").open("a") as log:
            log.writelines(f"INFO mobile={value}\n" for value in some)

    def stored():
        with closing(sqlite3.connect(f"file:{host.state / DATABASE}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute("SELECT fingerprint FROM finding")]

    with host.running():
        write(values[:10])
        wait_until(lambda: len(stored()) == 10)
    with closing(sqlite3.connect(host.state / DATABASE)) as connection:
        as_of_the_first(connection)
    for key in (host.state / "keys").iterdir():
        key.unlink()
    write(values[10:20])
    with host.running():
        write(values[20:])
        wait_until(lambda: len(set(stored())) == 30)
        asked = host.command("subject", "lookup")
        first = subprocess.run(asked, input=values[0].encode(), capture_output=True, check=False, env=host.env)
    assert len(stored()) == 30
    assert first.returncode == 0, first


def as_of_the_first(connection):
    """The schema of the first version with what is in it: no column and no table that came later."""
    with closing(sqlite3.connect(":memory:")) as first:
        schema(first, 1)
        wanted = {table: list(columns(first, table)) for table in tables(first)}
    for table in tables(connection):
        if table not in wanted:
            connection.execute(f"DROP TABLE {table}")
            continue
        for column in set(columns(connection, table)) - set(wanted[table]):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
