"""The thread that scans finished exports: each whole and once; a bad file affects only itself."""

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
from leakwatch.daemon import finding_group
from leakwatch.daemon.export_scanner import ExportScanner
from leakwatch.daemon.export_watch import ExportWatch
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.files.finished_exports import MAX_ATTEMPTS, FinishedExports
from leakwatch.files.walk import FoundFile
from leakwatch.files.watch_paths import roots_of
from leakwatch.pipeline import Pool
from leakwatch.state.store import ExportRow


def digest(data):
    return bytes.fromhex(FINGERPRINTER.digest("bytes", data.hex()))


class Bench(Room):
    """The export thread with one watch; exports settle at once."""

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
        self.scanner = ExportScanner([self.watch], analyzer(), FINGERPRINTER, self.ledger, self.metrics, Limits())

    def write(self, name="users.csv", text=None, rows=3):
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or "id,手机号\n" + "".join(f"{n},1390000{n:04d}\n" for n in range(rows)))
        self.scanner.hints.add(str(path))
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
def short_waits(monkeypatch):
    """Shorten waits of seconds."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.05)


def test_a_new_export_is_scanned_whole(bench):
    """One incident for its column, with every row counted."""
    with running(bench.scanner.run):
        path = bench.write(rows=120)
        wait_until(lambda: bench.state(path) == ("done", 1))
    [incident] = bench.store.incidents()
    assert (incident.count, incident.subjects, incident.field_key, incident.kind) == (120, 120, "手机号", "export")
    assert len(bench.due(now=bench.now + 1)) == 1
    assert bench.watch.exports.known == 1
    assert bench.counted("leakwatch_findings_total", watch="exports", entity="CN_MOBILE") == 120
    assert bench.counted("leakwatch_read_bytes_total", watch="exports") == path.stat().st_size
    assert bench.scanner.reconciled_from > 0


def test_findings_are_stored_while_a_large_export_is_scanned(bench, monkeypatch):
    """They are stored in groups; the last group completes the export."""
    monkeypatch.setattr(finding_group, "GROUP", 10)
    counts = []
    bench.ledger.on_new = lambda _: counts.append(bench.state(path))
    path = bench.files / "users.csv"
    with running(bench.scanner.run):
        bench.write(rows=100)
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert counts == [("scanning", 1)]
    assert bench.findings() == 100


def test_a_rewritten_export_is_scanned_again(bench):
    """More findings, but known values add no subjects."""
    with running(bench.scanner.run):
        path = bench.write(rows=3)
        wait_until(lambda: bench.findings() == 3)
        bench.write(rows=4)
        wait_until(lambda: bench.findings() == 7)
        wait_until(lambda: bench.state(path) == ("done", 1))
    [incident] = bench.store.incidents()
    assert (incident.count, incident.subjects) == (7, 4)


def test_a_finished_export_is_not_scanned_by_the_next_run(tmp_path):
    """An interrupted one is, without counting twice."""
    bench = Bench(tmp_path)
    with running(bench.scanner.run):
        done = bench.write("done.csv")
        wait_until(lambda: bench.state(done) == ("done", 1))
    begun = bench.write("begun.csv", rows=5)
    stat = begun.stat()
    row = ExportRow("exports", digest(os.fsencode(begun)), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, 1)
    bench.store.save_export(row)
    bench.close()
    bench = Bench(tmp_path)
    with running(bench.scanner.run):
        wait_until(lambda: bench.state(begun) == ("done", 2))
    assert bench.findings() == 8
    bench.close()


def test_an_encrypted_archive_is_a_gap(bench):
    """The gap has the masked path and the member. Other exports are scanned."""
    archive = bench.files / f"{MOBILE}.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("users.csv", "a,b\n" * 10)
    data = bytearray(archive.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1  # the encryption flag
    archive.write_bytes(data)
    with running(bench.scanner.run):
        wait_until(lambda: bench.state(archive) == ("done", 1))
        plain = bench.write()
        wait_until(lambda: bench.state(plain) == ("done", 1))
    [gap] = bench.gaps
    assert (gap.kind, gap.detail) == (GapKind.SKIPPED, "not scanned: encrypted")
    assert gap.path.endswith("/139****1234.zip!users.csv")
    assert bench.counted("leakwatch_skipped_inputs_total", watch="exports", reason="encrypted") == 1
    assert {alert.reason for alert in bench.due(now=bench.now + 1)} == {Reason.GAP, Reason.FIRST}


def test_an_export_that_keeps_crashing_the_daemon_is_quarantined(tmp_path):
    """After three attempts, reported once; scanned again only when the file has changed."""
    bench = Bench(tmp_path)
    bad = bench.write("bad.csv")
    stat = bad.stat()
    row = ExportRow("exports", digest(os.fsencode(bad)), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    row.attempts = MAX_ATTEMPTS
    bench.store.save_export(row)
    with running(bench.scanner.run):
        wait_until(lambda: bench.state(bad) == ("quarantined", MAX_ATTEMPTS + 1))
        assert [gap.kind for gap in bench.gaps] == [GapKind.QUARANTINE]
        assert bench.gaps[0].path == str(bad)
        bench.write("bad.csv", rows=5)
        wait_until(lambda: bench.state(bad) == ("done", 1))
    assert bench.findings() == 5
    assert bench.store.open_gaps() == []
    bench.close()


def test_an_attempt_is_stored_before_the_scan(bench, monkeypatch):
    """Otherwise a file could crash the daemon forever."""
    seen = []
    monkeypatch.setattr(module.Pipeline, "scan", lambda _self, _found: seen.append(bench.state(path)) or iter(()))
    path = bench.write()
    with running(bench.scanner.run):
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert seen == [("scanning", 1)]


def test_a_stop_does_not_count_as_an_attempt(bench, monkeypatch):
    """Findings stored before the stop are not stored again."""
    monkeypatch.setattr(finding_group, "GROUP", 1)
    entered, real = threading.Event(), ExportScanner._store
    thread = SupervisedThread("under test", bench.scanner.run)

    def store(self, *args, **more):
        stored = real(self, *args, **more)
        entered.set()
        thread.stopping.set()
        return stored

    monkeypatch.setattr(ExportScanner, "_store", store)
    path = bench.write(rows=50)
    thread.start()
    assert entered.wait(10)
    thread.join(10)
    assert bench.state(path) == ("scanning", 0)
    assert bench.findings() == 1
    monkeypatch.setattr(ExportScanner, "_store", real)
    with running(bench.scanner.run):
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert bench.findings() == 50


def test_a_stop_after_the_last_group_leaves_the_export_done(bench, monkeypatch):
    """What is stored stays stored."""
    real = ExportScanner._store
    thread = SupervisedThread("under test", bench.scanner.run)

    def store(self, *args, **more):
        stored = real(self, *args, **more)
        thread.stopping.set()
        return stored

    monkeypatch.setattr(ExportScanner, "_store", store)
    path = bench.write()
    thread.start()
    thread.join(10)
    assert bench.state(path) == ("done", 1)


def test_no_export_is_started_after_a_stop(bench, monkeypatch):
    """The next run scans it."""
    real = ExportScanner._scan
    thread = SupervisedThread("under test", bench.scanner.run)
    scanned = []

    def scan(self, watch, entry, its_thread):
        real(self, watch, entry, its_thread)
        scanned.append(entry.path)
        thread.stopping.set()

    monkeypatch.setattr(ExportScanner, "_scan", scan)
    bench.write("a.csv")
    bench.write("b.csv")
    thread.start()
    thread.join(10)
    assert len(scanned) == 1


def test_a_full_disk_delays_an_export(bench):
    """No attempt and no finding is lost, and the thread lives."""
    with running(bench.scanner.run), bench.full_disk():
        path = bench.write(rows=2000)
        wait_until(lambda: bench.scanner.problem)
        for _ in range(MAX_ATTEMPTS + 2):
            bench.scanner.problem = None
            wait_until(lambda: bench.scanner.problem)
        assert bench.findings() == 0
    with running(bench.scanner.run):
        wait_until(lambda: (bench.state(path) or [None])[0] == "done")
        assert bench.scanner.problem is None
    assert bench.findings() == 2000
    [incident] = bench.store.incidents()
    assert incident.count == 2000
    assert bench.counted("leakwatch_findings_total", watch="exports", entity="CN_MOBILE") == 2000


def test_the_backlog_of_exports_is_one_alert(tmp_path):
    """For exports older than the first start, once all are scanned."""
    bench = Bench(tmp_path, since=time.time() + 1000, backlog=True)
    bench.write("old.csv")
    with running(bench.scanner.run):
        wait_until(lambda: not bench.watch.backlog)
    assert bench.store.meta("backlog-read:exports") == "1"
    assert [alert.reason for alert in bench.due(now=bench.now + 10)] == [Reason.BACKLOG]
    bench.close()


def test_the_thread_wakes_when_the_next_export_may_be_finished(tmp_path):
    """It does not wait for another poll interval."""
    bench = Bench(tmp_path, settle=30.0)
    assert bench.scanner._timeout() == pytest.approx(0.05, abs=0.05)
    bench.write()
    bench.watch.exports.reconcile()
    assert bench.scanner._timeout() <= module.CHECK_SECONDS
    bench.close()


def test_a_pipe_among_exports_is_reported_once(bench):
    """Even if the disk is full when it is first listed."""
    os.mkfifo(bench.files / f"{MOBILE}.csv")
    for number in range(60):
        os.mkfifo(bench.files / ("p" * 150 + str(number)))
    with bench.full_disk(), running(bench.scanner.run):
        wait_until(lambda: bench.scanner.problem)
    with running(bench.scanner.run):
        wait_until(lambda: len(bench.store.open_gaps()) == 61)
        wait_until(lambda: bench.scanner.problem is None)
    assert len(bench.gaps) == 61
    assert {gap.detail for gap in bench.gaps} == {"not scanned: not-regular"}
    assert f"{bench.files}/139****1234.csv" in {gap.path for gap in bench.gaps}


def test_a_scan_starts_only_after_its_attempt_was_stored(bench, monkeypatch):
    """A failed write costs no attempt."""
    failures = [sqlite3.OperationalError("database or disk is full")] * 3
    real = bench.store.__class__.save_export

    def save(self, row):
        if failures:
            raise failures.pop()
        real(self, row)

    monkeypatch.setattr(bench.store.__class__, "save_export", save)
    with running(bench.scanner.run):
        path = bench.write()
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert bench.findings() == 3


def test_a_path_that_cannot_be_redacted_is_withheld(bench, monkeypatch):
    """It may contain a value; the thread continues."""

    def refuse(_self, _text):
        raise AnalysisError("a detector failed on a name")

    monkeypatch.setattr(analyzer().__class__, "redact", refuse)
    os.mkfifo(bench.files / f"{MOBILE}.csv")
    with running(bench.scanner.run):
        wait_until(lambda: bench.gaps)
    assert [gap.path for gap in bench.gaps] == ["<name withheld>"]


def test_a_stop_while_the_disk_is_full_does_not_count_as_an_attempt(bench, monkeypatch):
    """The next run starts the export again."""
    path = bench.write(rows=50)

    def fail(self, *_args, **_more):
        self.problem = "full"
        return False

    monkeypatch.setattr(ExportScanner, "_store", fail)
    with running(bench.scanner.run):
        wait_until(lambda: bench.scanner.problem)
    assert bench.state(path) == ("scanning", 0)


def test_an_export_that_cannot_be_opened_is_retried(bench, monkeypatch):
    """The unchanged file is scanned once it can be opened, and failed opens do not count as attempts."""
    refused = []
    real = FoundFile.open

    def sometimes(found):
        if len(refused) <= MAX_ATTEMPTS:
            refused.append(found)
            raise PermissionError(13, "Permission denied")
        return real(found)

    monkeypatch.setattr(FoundFile, "open", sometimes)
    with running(bench.scanner.run):
        path = bench.write(rows=3)
        wait_until(lambda: bench.state(path) == ("done", 1))
    assert bench.findings() == 3
    assert len(refused) == MAX_ATTEMPTS + 1


def write_archive(path: Path, *, encrypted: tuple[str, ...] = ()) -> None:
    """An archive of two tables; the ``encrypted`` members are marked as such."""
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


def test_a_gap_closes_when_the_skipped_member_is_scanned(bench):
    """Member by member, and of this export alone."""
    archive, other = bench.files / "users.zip", bench.files / "users.zip.zip"
    write_archive(archive, encrypted=("a.csv", "b.csv"))
    write_archive(other, encrypted=("a.csv",))
    with running(bench.scanner.run):
        wait_until(lambda: len(open_paths(bench)) == 3)
        write_archive(archive, encrypted=("b.csv",))
        bench.scanner.hints.add_all()
        wait_until(lambda: sorted(open_paths(bench)) == ["users.zip!b.csv", "users.zip.zip!a.csv"])
        write_archive(archive)
        bench.scanner.hints.add_all()
        wait_until(lambda: open_paths(bench) == ["users.zip.zip!a.csv"])


def test_a_gap_with_a_masked_path_stays_open(bench):
    """Two files may share a masked path, so scanning one proves nothing about the other."""
    write_archive(bench.files / f"{MOBILE}.zip", encrypted=("a.csv",))
    with running(bench.scanner.run):
        wait_until(lambda: len(open_paths(bench)) == 1)
        other = bench.files / f"{MOBILE[:3]}1111{MOBILE[7:]}.zip"
        write_archive(other)
        bench.scanner.hints.add_all()
        wait_until(lambda: bench.state(other) == ("done", 1))
    assert open_paths(bench) == ["139****1234.zip!a.csv"]


def test_an_export_is_scanned_in_a_worker(bench, monkeypatch):
    """An export that kills its worker is a gap. Idle workers are stopped."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent), prepend=os.pathsep)
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.2)
    pool = bench.scanner.pool = Pool(pool_factories.all_mortal, 1, inline_bytes=-1)
    with running(bench.scanner.run):
        good = bench.write("a.log", f"mobile={MOBILE}\n")
        wait_until(lambda: bench.state(good) == ("done", 1), 60)
        bad = bench.write("b.log", pool_factories.POISON.decode() + "\n")
        wait_until(lambda: bench.state(bad) == ("done", 1), 60)
        wait_until(lambda: not pool.pids)
    assert bench.findings() == 1
    assert [(gap.kind, gap.detail) for gap in bench.gaps] == [(GapKind.SKIPPED, "not scanned: damaged")]


def test_an_exhausted_cpu_limit_pauses_export_workers(bench, monkeypatch):
    """The worker is stopped by a signal, and continues when there is CPU time again."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent), prepend=os.pathsep)
    pool = bench.scanner.pool = Pool(pool_factories.all_good, 1, inline_bytes=-1)
    limit_reached = threading.Event()

    class FakeCpuLimit:
        exhausted = staticmethod(limit_reached.is_set)

    bench.scanner.cpu_limit = FakeCpuLimit()
    limit_reached.set()
    with running(bench.scanner.run):
        path = bench.write("a.log", f"mobile={MOBILE}\n")
        wait_until(lambda: pool.pids and state_of(pool.pids[0]) == "T", 60)
        assert bench.state(path) == ("scanning", 1)
        limit_reached.clear()
        wait_until(lambda: bench.state(path) == ("done", 1), 60)
    assert bench.findings() == 1


def state_of(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
