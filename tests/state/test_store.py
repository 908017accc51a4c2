"""The promises of the state: all or nothing, one owner, private, and damage never stops the daemon."""

from __future__ import annotations

import functools
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, replace
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.alert_samples import gap, incident
from support.ordinary_lines import without_privileges
from support.sample_findings import PLACES, finding

from leakwatch.core.errors import AlreadyRunningError, Exit, StateError
from leakwatch.core.model import GapKind, Severity
from leakwatch.state.store import DATABASE, LOCK, Added, ExportRow, SourceRow, open_store, read_only


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "state")
    yield store
    store.close()


def test_looking_does_not_wait_for_a_transaction_of_another_thread(store):
    """``status`` answers while a hundred thousand logs are listed for the first time."""
    store.save_incident(incident())
    store.open_gap(gap())
    seen = []

    def look():
        seen.extend(store.incidents())
        seen.extend(store.open_gaps())

    with store.transaction():
        store.close_gap(gap().kind, gap().root, gap().path, 2.0)
        assert store.open_gaps() == []  # the writer sees its own transaction
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(10)
        assert len(seen) == 2
    assert store.open_gaps() == []


def source(**more) -> SourceRow:
    given = {"watch": "logs", "directory": b"/l", "name": b"app.log", "dev": 1, "ino": 2}
    return SourceRow(**(given | more))


@contextmanager
def failing(store):
    """A transaction that something goes wrong in, at its end."""
    with suppress(RuntimeError), store.transaction():
        yield
        raise RuntimeError


def reopened(store):
    store.close()
    return open_store(store.path.parent)


# ---------------------------------------------------------------------------------------------- transactions


def test_offsets_and_findings_are_stored_together_or_not_at_all(store):
    """The one rule: an offset never moves without what was found before it."""
    row = source()
    store.save_source(row)
    with failing(store):
        store.add_finding(b"1" * 8, "LW-1", finding(), 1.0)
        store.save_source(replace(row, offset=100))
    assert store.rows("SELECT * FROM finding") == []
    assert [one.offset for one in store.sources()] == [0]
    with store.transaction():
        store.add_finding(b"1" * 8, "LW-1", finding(), 1.0)
        store.save_source(replace(row, offset=100))
    assert len(store.rows("SELECT * FROM finding")) == 1
    assert [one.offset for one in store.sources()] == [100]


def test_a_nested_transaction_is_part_of_the_outer_one(store):
    """Whatever ended well inside is undone when the outer block fails."""
    with failing(store), store.transaction():
        store.set_meta("a", "1")
    assert store.meta("a") is None
    with store.transaction(), store.transaction():
        store.set_meta("a", "2")
    assert store.meta("a") == "2"


def test_a_commit_that_fails_leaves_nothing_open(store):
    """Otherwise the next transaction would join the failed one and never be stored."""
    db = store.connection
    db.executescript(
        "PRAGMA foreign_keys = ON; CREATE TABLE up (id INTEGER PRIMARY KEY);"
        "CREATE TABLE down (up INTEGER REFERENCES up (id) DEFERRABLE INITIALLY DEFERRED);"
    )
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        db.execute("INSERT INTO down VALUES (7)")
    store.set_meta("after", "1")
    assert not db.in_transaction
    assert store.rows("SELECT * FROM down") == []
    looking = read_only(store.path.parent)
    assert looking.execute("SELECT value FROM meta WHERE name = 'after'").fetchone()[0] == "1"
    looking.close()


def test_a_full_disk_raises_and_changes_nothing(store):
    """SQLite itself says so; what was there stays, and goes on when there is room again."""
    row = source()
    store.save_source(row)
    pages = store.one("PRAGMA page_count")[0]
    store.connection.execute(f"PRAGMA max_page_count = {pages}")

    def write():
        with store.transaction():
            store.save_source(replace(row, offset=1))
            for number in range(1000):
                store.add_finding(b"%8d" % number, "LW-1", finding(), 1.0)

    with pytest.raises(sqlite3.OperationalError, match="full"):
        write()
    assert [one.offset for one in store.sources()] == [0]
    assert store.rows("SELECT * FROM finding") == []
    store.connection.execute("PRAGMA max_page_count = 1000000")
    store.save_source(replace(row, offset=1))
    assert [one.offset for one in store.sources()] == [1]


def test_a_source_whose_first_storing_failed_is_stored_whole_later(tmp_path):
    """Its number was assigned in a transaction that was rolled back; it keeps it, and no other log gets it."""
    store = open_store(tmp_path / "state")
    lost, other = source(), source(ino=3)
    with failing(store):
        store.save_source(lost)
    store.save_source(other)
    assert lost.uid != other.uid
    store.save_source(replace(lost, offset=5))
    assert {one.uid: one.offset for one in store.sources()} == {lost.uid: 5, other.uid: 0}
    store = reopened(store)
    third = source(ino=4)
    store.save_source(third)
    assert third.uid not in {lost.uid, other.uid}
    store.close()


# ---------------------------------------------------------------------------------------------- rows


def test_every_row_comes_back_as_it_was(tmp_path):
    """Bytes of names included, which need not be UTF-8, and survive a restart."""
    store = open_store(tmp_path / "state")
    row = source(name=b"\xb4\xfb.log", head=b"h", head_len=1, offset=9, line=3, col=4, encoding="gb18030", gone_at=2.0)
    store.save_source(row)
    export = ExportRow("exports", b"/e/\xff.csv", 1, 2, 3, 2**62, attempts=2, state="done", updated_at=5.0)
    store.save_export(export)
    store.save_export(replace(export, watch="other", attempts=1))
    one = incident(backlog=True, logger=None)
    store.save_incident(one)
    stored_gap = store.open_gap(gap())
    store = reopened(store)
    assert store.sources() == [row]
    assert store.export("exports", export.path) == export
    assert store.exports("exports") == [export]
    assert store.export("exports", b"/e/no") is None
    assert store.incident(one.id) == store.incident_by_key(one.key) == one
    assert store.incident("LW-NONE") is store.incident_by_key("none") is None
    assert store.gap(stored_gap.number) == gap()
    assert store.gap(99) is None
    store.close()


def test_the_same_bytes_found_again_are_nothing_new(store):
    """A known value at another place is another finding, but no other subject."""
    assert store.add_finding(b"a", "LW-1", finding(), 1.0) is Added.NEW_VALUE
    assert store.add_finding(b"a", "LW-1", finding(), 2.0) is Added.AGAIN
    assert store.add_finding(b"b", "LW-1", finding(), 2.0) is Added.KNOWN_VALUE
    assert store.add_finding(b"c", "LW-2", finding(), 2.0) is Added.NEW_VALUE
    for number, place in enumerate(PLACES):
        assert store.add_finding(b"p%d" % number, "LW-3", finding(place=place, inside=("a", "b")), 2.0)


def test_incidents_are_listed_newest_first_without_summary_cards(store):
    """Those of a backlog, and those of a place within a time, can be asked for."""
    for number in range(3):
        store.save_incident(
            incident(
                f"LW-{number}", key=f"k{number}", last_seen=float(number), first_seen=float(number), backlog=number > 0
            )
        )
    store.save_incident(incident("LW-CARD", key="card", kind="backlog", place="3 places", last_seen=99.0))
    assert [one.id for one in store.incidents()] == ["LW-2", "LW-1", "LW-0"]
    assert [one.id for one in store.incidents(1)] == ["LW-2"]
    assert {one.id for one in store.backlog("loan-api")} == {"LW-1", "LW-2"}
    assert store.templates_of("loan-api", "com.example.LoanService", 1.0) == 2
    assert store.templates_of("loan-api", "elsewhere", 0.0) == 0
    store.save_incident(incident("LW-1", key="k1", severity=Severity.CRITICAL, last_seen=5.0))
    assert store.incidents(1)[0].severity is Severity.CRITICAL


def test_a_gap_is_open_once_and_closed_once(store):
    """The same kind and place again is the same gap; another path, or after closing, is another one."""
    first = store.open_gap(gap())
    assert store.open_gap(gap(detail="again", opened_at=9.0)) is None
    bare = store.open_gap(gap(path=None))
    assert store.open_gap(gap(path=None)) is None
    assert store.gaps_like(gap(), 0.0) == 2
    assert store.gaps_like(gap(GapKind.OVERFLOW), 0.0) == 0
    assert [one.number for one in store.open_gaps()] == [first.number, bare.number]
    assert store.close_gap(GapKind.DENIED, gap().root, None, 5.0).number == bare.number
    assert store.close_gap(GapKind.DENIED, gap().root, None, 6.0) is None
    closed = store.close_gap(GapKind.DENIED, gap().root, gap().path, 7.0)
    assert (closed.number, closed.gap) == (first.number, gap(closed_at=7.0))
    assert store.open_gaps() == []
    assert store.open_gap(gap()).number not in {first.number, bare.number}
    assert store.open_gap(gap(GapKind.TRUNCATED, closed_at=8.0)) is not None
    assert store.open_gap(gap(GapKind.TRUNCATED, closed_at=8.0)) is not None  # what is over can happen again


def test_only_old_tombstones_are_forgotten(store):
    """A live log is never forgotten, a gone one after its time."""
    rows = [source(ino=1), source(ino=2, state="gone", gone_at=10.0), source(ino=3, state="gone", gone_at=20.0)]
    for row in rows:
        store.save_source(row)
    store.forget_sources(15.0)
    assert [one.ino for one in store.sources()] == [1, 3]


def test_the_last_word_about_a_fact_counts(store):
    """Facts are replaced, not gathered."""
    store.set_meta("a", "1")
    store.set_meta("a", "2")
    assert (store.meta("a"), store.meta("b")) == ("2", None)


# ---------------------------------------------------------------------------------------------- opening


def test_state_is_readable_by_its_owner_only(tmp_path):
    """Directory 0700, every file 0600, whatever the umask."""
    mask = os.umask(0)
    try:
        store = open_store(tmp_path / "deep" / "state")
        store.set_meta("a", "1")
        modes = {path.name: path.stat().st_mode & 0o777 for path in store.path.parent.iterdir()}
    finally:
        os.umask(mask)
    assert store.path.parent.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys([DATABASE, LOCK, f"{DATABASE}-wal", f"{DATABASE}-shm"], 0o600)
    store.close()


def test_it_is_durable_and_leaves_no_trace_of_what_was_deleted(store):
    """The settings everything else relies on."""
    asked = {name: store.one(f"PRAGMA {name}")[0] for name in ("journal_mode", "synchronous", "secure_delete")}
    assert asked == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_a_second_owner_is_refused_until_the_first_is_gone(tmp_path):
    """Two daemons on one state would read and alert everything twice."""
    store = open_store(tmp_path / "state")
    with pytest.raises(AlreadyRunningError, match="already runs on state_dir") as refused:
        open_store(store.path.parent)
    assert refused.value.exit_code is Exit.USAGE
    reopened(store).close()


def test_a_killed_owner_leaves_no_lock(tmp_path):
    """The kernel gives the lock up with the process; what it committed is there, what it did not is not."""
    program = (
        "import os, sys, pathlib; from leakwatch.state.store import open_store\n"
        "store = open_store(pathlib.Path(sys.argv[1])); store.set_meta('kept', '1')\n"
        "store.connection.execute('BEGIN IMMEDIATE')\n"
        "store.connection.execute(\"INSERT INTO meta VALUES ('lost', '1')\")\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == -9
    store = open_store(tmp_path)
    assert (store.meta("kept"), store.meta("lost"), store.lost) == ("1", None, None)
    store.close()


def test_a_state_directory_that_cannot_be_written_is_a_plain_error(tmp_path):
    """What, where and how to mend it; the daemon must not be restarted for ever."""
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="make it writable for this user"):
        open_store(tmp_path / "file" / "state")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(StateError, match=r"state_dir .*/locked: Permission denied; make it writable") as error:
        without_privileges(lambda: open_store(locked))
    assert error.value.exit_code is Exit.USAGE


def test_a_database_that_cannot_be_opened_is_an_error_and_gives_the_lock_up(tmp_path):
    """Not being able to use it is no damage: nothing is set aside."""
    (tmp_path / DATABASE).mkdir()
    with pytest.raises(StateError):
        open_store(tmp_path)
    (tmp_path / DATABASE).rmdir()
    open_store(tmp_path).close()


def test_a_state_of_the_first_schema_is_taken_over(tmp_path):
    """Its incidents get no labels, and the next ones are stored with theirs."""
    path = tmp_path / "leakwatch.db"
    with closing(sqlite3.connect(path)) as first:
        first.executescript(
            (resources.files("leakwatch.state.store.migrations") / "001_initial.sql").read_text("utf-8")
        )
        known = asdict(incident()) | {"severity": 3, "entities": '{"CN_MOBILE": 1}'}
        del known["labels"]
        marks = ", ".join("?" * len(known))
        first.execute(f"INSERT INTO incident ({', '.join(known)}) VALUES ({marks})", tuple(known.values()))
        first.execute("PRAGMA user_version = 1")
        first.commit()
    store = open_store(tmp_path)
    assert store.incident("LW-7Q2K").labels == {}
    store.save_incident(incident(labels={"zone": "dmz"}))
    assert store.incident("LW-7Q2K").labels == {"zone": "dmz"}
    store.close()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path):
    """An older program must not write into what it does not understand."""
    store = open_store(tmp_path)
    store.connection.execute("PRAGMA user_version = 99")
    store.close()
    for _ in range(2):
        with pytest.raises(StateError, match=r"newer leakwatch \(schema 99\); install that version again"):
            open_store(tmp_path)
    assert not list(tmp_path.glob("*damaged*"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"this is no database at all, but it is longer than a header" * 10,
        lambda data: data[: len(data) // 2],
        lambda data: data[:100] + bytes(len(data) - 100),
        lambda data: data[:4096] + b"\xff" * 4096 + data[8192:],
    ],
    ids=["text", "truncated", "zeroed", "overwritten"],
)
def test_a_damaged_database_is_kept_aside_and_a_new_one_begun(tmp_path, damage):
    """And it is said; the daemon goes on instead of crashing again and again."""
    store = open_store(tmp_path)
    with store.transaction():
        for number in range(200):
            store.add_finding(b"%d" % number, "LW-1", finding(), 1.0)
    store.close()
    broken = damage((tmp_path / DATABASE).read_bytes())
    (tmp_path / DATABASE).write_bytes(broken)
    store = open_store(tmp_path)
    [aside] = tmp_path.glob("*.damaged-*")
    assert aside.read_bytes() == broken
    assert store.lost == f"the database was damaged; renamed to {aside.name}"
    assert store.rows("SELECT * FROM finding") == []
    store = reopened(store)
    assert store.lost is None
    store.close()


@functools.cache
def filled() -> bytes:
    """The bytes of a database that holds something."""
    with tempfile.TemporaryDirectory() as directory:
        store = open_store(Path(directory))
        with store.transaction():
            for number in range(20):
                store.add_finding(b"%d" % number, "LW-1", finding(), 1.0)
        store.close()
        return store.path.read_bytes()


# the first page is where a flip hurts most, and where one looks like a newer version
_PLACES = st.one_of(st.integers(0, 199), st.integers(0, 1 << 20))


@settings(max_examples=60, deadline=None)
@example(flips=[(18, 1)])  # a write version that SQLite does not know
@given(flips=st.lists(st.tuples(_PLACES, st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_never_end_in_anything_but_a_database_or_a_plain_error(flips):
    """Wherever a disk goes bad."""
    content = bytearray(filled())
    for place, bits in flips:
        content[place % len(content)] ^= bits
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, DATABASE).write_bytes(content)
        try:
            store = open_store(Path(directory))
        except StateError as error:
            assert "newer leakwatch" in str(error)  # noqa: PT017  # either outcome is right, another is not
        else:
            store.set_meta("alive", "1")
            store.close()


def test_looking_needs_no_lock_and_changes_nothing(store, tmp_path):
    """``status`` looks at a state whether or not its daemon runs."""
    store.set_meta("a", "1")
    connection = read_only(store.path.parent)
    assert connection.execute("SELECT value FROM meta").fetchone()["value"] == "1"
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM meta")
    connection.close()
    (tmp_path / DATABASE).write_bytes(b"no database" * 100)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / DATABASE).touch()
    for where in (tmp_path / "nowhere", tmp_path, tmp_path / "empty"):
        with pytest.raises(StateError, match="has leakwatch run here, as this user"):
            read_only(where)
