"""Promise 52, another version: it goes on where the one before stopped, and an older one leaves the state alone."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest
from support.daemon_state import wait_until

from leakwatch.core.errors import StateError
from leakwatch.state.store import DATABASE, open_store, opening
from promises.living import Living

SCRIPTS = sorted(
    (entry.name, entry.read_text("utf-8"))
    for entry in resources.files("leakwatch.state.store.migrations").iterdir()
    if entry.name[:3].isdigit()
)


def as_written_by(version: int, state: Path) -> None:
    """Make the state one that the release with that schema would have left: its tables, with what they can hold."""
    path = state / DATABASE
    present = path.rename(state / "present.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        for _, script in SCRIPTS[:version]:
            db.executescript(script)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("ATTACH ? AS present", (str(present),))
        for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM present.{table}")
    present.unlink()


class Application(threading.Thread):
    """Writes numbered lines and rotates continuously."""

    def __init__(self, logs: Path) -> None:
        super().__init__()
        self.log = logs / "app.log"
        self.lines: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.01):
            if len(self.lines) % 500 == 499:
                self.log.rename(self.log.with_name(f"app.log.{len(self.lines)}"))
            line = f"line {len(self.lines)}"
            with self.log.open("a") as log:
                log.write(f"{line}\n")
            self.lines.append(line)


@pytest.mark.parametrize("version", range(1, len(SCRIPTS)))
def test_52_a_newer_version_goes_on_where_the_older_one_stopped(tmp_path, version):
    """With the application writing and rotating all the while: nothing lost, nothing twice."""
    living = Living(tmp_path, logs="app.log*")
    (living.exports / "a.txt").write_text("export\n")
    application = Application(living.logs)
    application.start()
    try:
        with living.running():
            wait_until(lambda: len(application.lines) > 300)
            living.found(["export", *application.lines[:300]], 20)
        seen = len(application.lines)
        as_written_by(version, living.config.state_dir)
        wait_until(lambda: len(application.lines) > seen + 300)
        with living.running():
            wait_until(lambda: len(application.lines) > seen + 700)
            application.stopping.set()
            application.join()
            living.found(application.lines, 20)
            assert set(living.stored().values()) == {1}
            assert living.gaps() == []
    finally:
        application.stopping.set()
        application.join()


def test_52_a_downgrade_is_refused_and_changes_not_a_byte(tmp_path):
    """The older version says which it needs; the newer one finds everything as it left it."""
    open_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
        db.execute(f"PRAGMA user_version = {len(SCRIPTS) + 1}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(StateError, match="newer leakwatch"):
        open_store(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == before


def test_52_an_upgrade_that_fails_in_the_middle_changes_nothing(tmp_path, monkeypatch):
    """All of a script or nothing of it: the next try begins where the last one did."""
    open_store(tmp_path).close()
    as_written_by(1, tmp_path)
    real = opening._scripts
    monkeypatch.setattr(opening, "_scripts", lambda: [*real()[:1], ("002", "CREATE TABLE half (x); CREATE nonsense;")])
    with pytest.raises(StateError, match="cannot be brought to schema 2; install the version before again"):
        open_store(tmp_path)
    assert list(tmp_path.glob("*damaged*")) == []
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall() == []
    monkeypatch.undo()
    open_store(tmp_path).close()
