"""The thread that scans finished exports: whole, once, and a bad file stops nothing but itself."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import zipfile
from pathlib import Path

import pytest
from support import pool_factories
from support.daemon_state import FINGERPRINTER, MOBILE, WATCHED, Room, analyzer, running, wait_until

from leakwatch.core.alert import Reason
from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import GapKind, Limits
from leakwatch.daemon import export_scanner as module
from leakwatch.daemon.export_scanner import ExportScanner, ExportWatch
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.files.finished_exports import MAX_ATTEMPTS, FinishedExports
from leakwatch.files.walk import FoundFile
from leakwatch.files.watch_paths import roots_of
from leakwatch.pipeline import Pool
from leakwatch.state.store import ExportRow


def digest(data):
    return bytes.fromhex(FINGERPRINTER.digest("bytes", data.hex()))


class Bench(Room):
    """A room with one watch on a directory of exports, which are finished at once."""

    def __init__(self, directory: Path, *, since=0.0, backlog=False, settle=0.0):
        super().__init__(directory)
        self.files = directory / "exports"
        self.files.mkdir(exist_ok=True)
        exports = FinishedExports(
            "exports", roots_of([str(self.files)], recursive=True), settle, time.monotonic, time.time, digest
        )
        exports.resume(self.store.exports("exports"))
        self.watch = ExportWatch(WATCHED, exports, since, "auto", backlog)
        self.watch.watched = WATCHED.__class__("exports", "export", "crm", "prod", "data-team", "web-1")
        self.exporting = ExportScanner([self.watch], analyzer(), FINGERPRINTER, self.ledger, self.metrics, Limits())

    def drop(self, name="users.csv", text=None, rows=3):
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or "id,手机号\n" + "".join(f"{n},1390000{n:04d}\n" for n in range(rows)))
        self.exporting.hints.add(str(path))
        return path

    def state(self, path):
        row = self.store.export("exports", digest(os.fsencode(path)))
        return None if row is None else (row.state, row.attempts)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Waits that are seconds in life."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.05)


def test_a_dropped_export_is_scanned_whole_and_done(bench):
    """One incident for its column, every row counted, nothing left to do."""
    with running(bench.exporting.run):
        path = bench.drop(rows=120)
        wait_until(lambda: bench.state(path) == ("done", 1))
    [incident] = bench.store.incidents()
    assert (incident.count, incident.subjects, incident.field_key, incident.kind) == (120, 120, "手机号", "export")
    assert len(bench.due(now=bench.now + 1)) == 1
    assert bench.watch.exports.known == 1
    assert bench.counted("leakwatch_findings_total", watch="exports", entity="CN_MOBILE") == 120
    assert bench.counted("leakwatch_read_bytes_total", watch="exports") == path.stat().st_size
    assert bench.exporting.reconciled_from > 0


def test_findings_are_told_while_a_large_export_is_still_scanned(bench, monkeypatch):
    """They are stored in groups; the export is done with the last one."""
    monkeypatch.setattr(module, "GROUP", 10)
    counts = []
    bench.ledger.on_new = lambda _: counts.append(bench.state(path))
    path = bench.files / "users.csv"
    with running(bench.exporting.run):
        bench.drop(rows=100)
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert counts == [("scanning", 1)]
    assert bench.findings() == 100


def test_a_rewritten_export_is_scanned_again_and_its_values_are_known(bench):
    """More findings, no more people."""
    with running(bench.exporting.run):
        path = bench.drop(rows=3)
        wait_until(lambda: bench.findings() == 3)
        bench.drop(rows=4)
        wait_until(lambda: bench.findings() == 7)
        wait_until(lambda: bench.state(path) == ("done", 1))
    [incident] = bench.store.incidents()
    assert (incident.count, incident.subjects) == (7, 4)


def test_what_is_done_is_not_scanned_by_the_next_run(tmp_path):
    """And what was only begun is, without counting twice."""
    bench = Bench(tmp_path)
    with running(bench.exporting.run):
        done = bench.drop("done.csv")
        wait_until(lambda: bench.state(done) == ("done", 1))
    begun = bench.drop("begun.csv", rows=5)
    stat = begun.stat()
    row = ExportRow("exports", digest(os.fsencode(begun)), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, 1)
    bench.store.save_export(row)
    bench.close()
    bench = Bench(tmp_path)
    with running(bench.exporting.run):
        wait_until(lambda: bench.state(begun) == ("done", 2))
    assert bench.findings() == 8
    bench.close()


def test_an_export_that_cannot_be_read_is_a_gap(bench):
    """An encrypted archive, and the member is named, masked; the others go on."""
    archive = bench.files / f"{MOBILE}.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("users.csv", "a,b\n" * 10)
    data = bytearray(archive.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1  # the flag that says encrypted
    archive.write_bytes(data)
    with running(bench.exporting.run):
        wait_until(lambda: bench.state(archive) == ("done", 1))
        plain = bench.drop()
        wait_until(lambda: bench.state(plain) == ("done", 1))
    [gap] = bench.gaps
    assert (gap.kind, gap.detail) == (GapKind.SKIPPED, "not scanned: encrypted")
    assert gap.path.endswith("/139****1234.zip!users.csv")
    assert bench.counted("leakwatch_skipped_inputs_total", watch="exports", reason="encrypted") == 1
    assert {alert.reason for alert in bench.due(now=bench.now + 1)} == {Reason.GAP, Reason.FIRST}


def test_an_export_that_ends_the_daemon_again_and_again_is_left_alone(tmp_path):
    """After three attempts; said once, and tried again only when the file has changed."""
    bench = Bench(tmp_path)
    poison = bench.drop("poison.csv")
    stat = poison.stat()
    row = ExportRow("exports", digest(os.fsencode(poison)), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    row.attempts = MAX_ATTEMPTS
    bench.store.save_export(row)
    with running(bench.exporting.run):
        wait_until(lambda: bench.state(poison) == ("quarantined", MAX_ATTEMPTS + 1))
        assert [gap.kind for gap in bench.gaps] == [GapKind.QUARANTINE]
        assert bench.gaps[0].path == str(poison)
        bench.drop("poison.csv", rows=5)
        wait_until(lambda: bench.state(poison) == ("done", 1))
    assert bench.findings() == 5
    assert bench.store.open_gaps() == []
    bench.close()


def test_an_attempt_is_written_down_before_it_begins(bench, monkeypatch):
    """Otherwise a file that kills the process could do so for ever."""
    seen = []
    monkeypatch.setattr(module.Pipeline, "scan", lambda _self, _found: seen.append(bench.state(path)) or iter(()))
    path = bench.drop()
    with running(bench.exporting.run):
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert seen == [("scanning", 1)]


def test_being_stopped_is_no_fault_of_the_file(bench, monkeypatch):
    """The attempt is taken back, and what was stored by then is not stored again."""
    monkeypatch.setattr(module, "GROUP", 1)
    entered, real = threading.Event(), ExportScanner._store
    thread = SupervisedThread("under test", bench.exporting.run)

    def store(self, *args, **more):
        stored = real(self, *args, **more)
        entered.set()
        thread.stopping.set()
        return stored

    monkeypatch.setattr(ExportScanner, "_store", store)
    path = bench.drop(rows=50)
    thread.start()
    assert entered.wait(10)
    thread.join(10)
    assert bench.state(path) == ("scanning", 0)
    assert bench.findings() == 1
    monkeypatch.setattr(ExportScanner, "_store", real)
    with running(bench.exporting.run):
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert bench.findings() == 50


def test_stopping_at_the_very_end_leaves_it_done(bench, monkeypatch):
    """What is stored as done stays done."""
    real = ExportScanner._store
    thread = SupervisedThread("under test", bench.exporting.run)

    def store(self, *args, **more):
        stored = real(self, *args, **more)
        thread.stopping.set()
        return stored

    monkeypatch.setattr(ExportScanner, "_store", store)
    path = bench.drop()
    thread.start()
    thread.join(10)
    assert bench.state(path) == ("done", 1)


def test_no_further_export_is_begun_after_being_told_to_stop(bench, monkeypatch):
    """Those are for the next run."""
    real = ExportScanner._scan
    thread = SupervisedThread("under test", bench.exporting.run)
    scanned = []

    def scan(self, watch, entry, its_pulse):
        real(self, watch, entry, its_pulse)
        scanned.append(entry.path)
        thread.stopping.set()

    monkeypatch.setattr(ExportScanner, "_scan", scan)
    bench.drop("a.csv")
    bench.drop("b.csv")
    thread.start()
    thread.join(10)
    assert len(scanned) == 1


def test_while_the_disk_is_full_an_export_waits_and_is_then_stored_once(bench):
    """No attempt is lost by it, no finding, and the thread lives."""
    with running(bench.exporting.run), bench.full_disk():
        path = bench.drop(rows=2000)
        wait_until(lambda: bench.exporting.problem)
        for _ in range(MAX_ATTEMPTS + 2):
            bench.exporting.problem = None
            wait_until(lambda: bench.exporting.problem)
        assert bench.findings() == 0
    with running(bench.exporting.run):
        wait_until(lambda: (bench.state(path) or [None])[0] == "done")
        assert bench.exporting.problem is None
    assert bench.findings() == 2000
    [incident] = bench.store.incidents()
    assert incident.count == 2000
    assert bench.counted("leakwatch_findings_total", watch="exports", entity="CN_MOBILE") == 2000


def test_the_backlog_of_exports_is_one_card(tmp_path):
    """What was there before the first start, once all of it was scanned."""
    bench = Bench(tmp_path, since=time.time() + 1000, backlog=True)
    bench.drop("old.csv")
    with running(bench.exporting.run):
        wait_until(lambda: not bench.watch.backlog)
    assert bench.store.meta("backlog-read:exports") == "1"
    assert [alert.reason for alert in bench.due(now=bench.now + 10)] == [Reason.BACKLOG]
    bench.close()


def test_a_look_is_taken_when_the_next_candidate_may_be_finished(tmp_path):
    """The settle time is all that is waited, not a poll on top of it."""
    bench = Bench(tmp_path, settle=30.0)
    assert bench.exporting._timeout() == pytest.approx(0.05, abs=0.05)
    bench.drop()
    bench.watch.exports.reconcile()
    assert bench.exporting._timeout() <= module.CHECK_SECONDS
    bench.close()


def test_a_pipe_among_exports_is_told_once_also_when_the_disk_was_full(bench):
    """It can never be read; a first look that cannot be stored is taken again."""
    os.mkfifo(bench.files / f"{MOBILE}.csv")
    for number in range(60):
        os.mkfifo(bench.files / ("p" * 150 + str(number)))
    with bench.full_disk(), running(bench.exporting.run):
        wait_until(lambda: bench.exporting.problem)
    with running(bench.exporting.run):
        wait_until(lambda: len(bench.store.open_gaps()) == 61)
        wait_until(lambda: bench.exporting.problem is None)
    assert len(bench.gaps) == 61
    assert {gap.detail for gap in bench.gaps} == {"not scanned: not-regular"}
    assert f"{bench.files}/139****1234.csv" in {gap.path for gap in bench.gaps}


def test_a_state_that_cannot_be_written_before_a_scan_costs_no_attempt(bench, monkeypatch):
    """The scan begins when the attempt could be written down."""
    failures = [sqlite3.OperationalError("database or disk is full")] * 3
    real = bench.store.__class__.save_export

    def save(self, row):
        if failures:
            raise failures.pop()
        real(self, row)

    monkeypatch.setattr(bench.store.__class__, "save_export", save)
    with running(bench.exporting.run):
        path = bench.drop()
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert bench.findings() == 3


def test_a_name_that_no_detector_can_judge_is_withheld(bench, monkeypatch):
    """It may hold a value; and the thread goes on."""

    def refuse(_self, _text):
        raise AnalysisError("a detector failed on a name")

    monkeypatch.setattr(analyzer().__class__, "redact", refuse)
    os.mkfifo(bench.files / f"{MOBILE}.csv")
    with running(bench.exporting.run):
        wait_until(lambda: bench.gaps)
    assert [gap.path for gap in bench.gaps] == ["<name withheld>"]


def test_stopping_while_the_disk_is_full_costs_no_attempt(bench, monkeypatch):
    """What could not be stored is begun again by the next run."""
    path = bench.drop(rows=50)

    def fail(self, *_args, **_more):
        self.problem = "full"
        return False

    monkeypatch.setattr(ExportScanner, "_store", fail)
    with running(bench.exporting.run):
        wait_until(lambda: bench.exporting.problem)
    assert bench.state(path) == ("scanning", 0)


def test_an_export_that_cannot_be_opened_yet_is_tried_until_it_can(bench, monkeypatch):
    """Not let in is not scanned: the same file, unchanged, is read once it may be, and its attempts are not held against it."""
    refused = []
    real = FoundFile.open

    def sometimes(found):
        if len(refused) <= MAX_ATTEMPTS:
            refused.append(found)
            raise PermissionError(13, "Permission denied")
        return real(found)

    monkeypatch.setattr(FoundFile, "open", sometimes)
    with running(bench.exporting.run):
        path = bench.drop(rows=3)
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert bench.findings() == 3
    assert len(refused) == MAX_ATTEMPTS + 1


def zipped(path: Path, *, encrypted: tuple[str, ...] = ()) -> None:
    """An archive of two tables; of some the header says that they are encrypted."""
    with zipfile.ZipFile(path, "w") as file:
        for name in ("a.csv", "b.csv"):
            file.writestr(name, "x,y\n1,2\n")
    data = bytearray(path.read_bytes())
    for name in encrypted:
        first = data.index(name.encode())
        data[first - 24] |= 1  # of the member
        data[data.index(name.encode(), first + 1) - 38] |= 1  # of the central directory
    path.write_bytes(data)


def open_paths(bench):
    return [stored.gap.path.rpartition("/")[2] for stored in bench.store.open_gaps()]


def test_a_gap_ends_when_what_was_skipped_is_read_after_all(bench):
    """Member by member, of this export alone; the end is told."""
    archive, other = bench.files / "users.zip", bench.files / "users.zip.zip"
    zipped(archive, encrypted=("a.csv", "b.csv"))
    zipped(other, encrypted=("a.csv",))
    with running(bench.exporting.run):
        wait_until(lambda: len(open_paths(bench)) == 3)
        zipped(archive, encrypted=("b.csv",))
        bench.exporting.hints.add_all()
        wait_until(lambda: sorted(open_paths(bench)) == ["users.zip!b.csv", "users.zip.zip!a.csv"])
        zipped(archive)
        bench.exporting.hints.add_all()
        wait_until(lambda: open_paths(bench) == ["users.zip.zip!a.csv"])


def test_a_gap_of_a_masked_name_stays_open(bench):
    """Two files may be shown as one: reading one of them proves nothing of the other."""
    zipped(bench.files / f"{MOBILE}.zip", encrypted=("a.csv",))
    with running(bench.exporting.run):
        wait_until(lambda: len(open_paths(bench)) == 1)
        twin = bench.files / f"{MOBILE[:3]}1111{MOBILE[7:]}.zip"
        zipped(twin)
        bench.exporting.hints.add_all()
        wait_until(lambda: bench.state(twin) == ("done", 1))
    assert open_paths(bench) == ["139****1234.zip!a.csv"]


def test_an_export_is_analysed_in_another_process(bench, monkeypatch):
    """What ends that process is a gap of the export, which is done; the process goes home when there is nothing to do."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent), prepend=os.pathsep)
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.2)
    hands = bench.exporting.pool = Pool(pool_factories.all_mortal, 1, inline_bytes=-1)
    with running(bench.exporting.run):
        good = bench.drop("a.log", f"mobile={MOBILE}\n")
        wait_until(lambda: bench.state(good) == ("done", 1), 60)
        bad = bench.drop("b.log", pool_factories.POISON.decode() + "\n")
        wait_until(lambda: bench.state(bad) == ("done", 1), 60)
        wait_until(lambda: not hands.pids)
    assert bench.findings() == 1
    assert [(gap.kind, gap.detail) for gap in bench.gaps] == [(GapKind.SKIPPED, "not scanned: damaged")]


def test_exports_stand_still_while_the_share_of_the_processors_is_spent(bench, monkeypatch):
    """The other process is stopped, not asked; it goes on when there is something to spend."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent), prepend=os.pathsep)
    hands = bench.exporting.pool = Pool(pool_factories.all_good, 1, inline_bytes=-1)
    empty = threading.Event()

    class Purse:
        exhausted = staticmethod(empty.is_set)

    bench.exporting.cpu_limit = Purse()
    empty.set()
    with running(bench.exporting.run):
        path = bench.drop("a.log", f"mobile={MOBILE}\n")
        wait_until(lambda: hands.pids and state_of(hands.pids[0]) == "T", 60)
        assert bench.state(path) == ("scanning", 1)
        empty.clear()
        wait_until(lambda: bench.state(path) == ("done", 1), 60)
    assert bench.findings() == 1


def state_of(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
