"""The thread that follows logs stores every line once, whatever happens to the state meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from support import pool_factories
from support.daemon_state import FINGERPRINTER, LINE, MOBILE, WATCHED, Room, analyzer, running, wait_until
from support.ordinary_lines import without_privileges
from support.sample_findings import finding

from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import GapKind, Severity
from leakwatch.core.places import LinePlace
from leakwatch.daemon import change_hints as hints_module
from leakwatch.daemon import log_follower as module
from leakwatch.daemon import log_watch as watch_module
from leakwatch.daemon.change_hints import ChangeHints
from leakwatch.daemon.log_follower import ALL_DIRECTORIES, LogFollower
from leakwatch.daemon.log_recorder import LogRecorder
from leakwatch.daemon.log_watch import LogWatch
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.detection.analyze import Analysis
from leakwatch.files.tail import Follower
from leakwatch.files.tail import follower as follower_module
from leakwatch.files.watch_paths import roots_of
from leakwatch.pipeline import Pool


class ScriptedAnalyzer:
    """Returns prepared analyses, then one finding per line."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.seen = []

    def warm(self):
        return

    def redact(self, text):
        return text.replace(MOBILE, "139****1234")

    def analyze(self, chunk):
        lines = chunk.data.decode().splitlines()
        self.seen += lines
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        return Analysis(
            tuple(
                finding(place=LinePlace(chunk.first_line + number, 1, 5), fingerprint=FINGERPRINTER.value("X", line))
                for number, line in enumerate(lines)
            )
        )


class Bench(Room):
    """The log thread with one watch on a directory of logs."""

    def __init__(self, directory: Path, by=None, *, since=0.0, backlog=False, clock=None):
        super().__init__(directory)
        self.logs = directory / "logs"
        self.logs.mkdir(exist_ok=True)
        self.log = self.logs / "app.log"
        self.ready = 0
        self.analyzer = by or ScriptedAnalyzer()
        follower = Follower(
            "logs",
            roots_of([f"{self.logs}/*.log"], recursive=True),
            lambda data: bytes.fromhex(FINGERPRINTER.digest("bytes", data.hex())),
            lambda row: self.log_follower.recorder.save(row),  # noqa: PLW0108  # it is assigned below
            clock or (lambda: self.now),
            since,
        )
        follower.resume(self.store.sources())
        self.watch = LogWatch(WATCHED, follower, backlog)
        recorder = LogRecorder(self.analyzer, FINGERPRINTER, self.ledger, self.metrics)
        self.log_follower = LogFollower([self.watch], recorder, self._on_ready)

    def _on_ready(self):
        self.ready += 1

    def write(self, text, name="app.log"):
        with (self.logs / name).open("a") as log:
            log.write(text)
        self.log_follower.hints.add(str(self.logs / name))

    def turn(self):
        """One turn of the thread without waiting for hints."""
        self.log_follower.hints.add_all()
        self.log_follower._reconcile(None)
        while self.log_follower._drain():
            pass
        self.log_follower._finish_backlog()
        self.log_follower._poll()

    @property
    def offsets(self):
        return {os.fsdecode(row.name): row.offset for row in self.store.sources()}


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.watch.follower.close()
    bench.close()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    """Shorten waits of seconds."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)


# ---------------------------------------------------------------------------------------------- the thread


def test_a_written_line_becomes_a_stored_finding_and_a_due_alert(tmp_path):
    """By a hint alone, with the real detectors."""
    bench = Bench(tmp_path, analyzer())
    with running(bench.log_follower.run):
        wait_until(lambda: bench.ready)
        bench.write(LINE)
        wait_until(bench.store.incidents)
    [incident] = bench.store.incidents()
    assert (incident.place, dict(incident.entities), incident.field_key) == (
        "com.example.Loan",
        {"CN_MOBILE": 1},
        "mobile",
    )
    assert len(bench.due()) == 1
    assert bench.offsets == {"app.log": len(LINE.encode())}
    assert bench.counted("leakwatch_findings_total", watch="logs", entity="CN_MOBILE") == 1
    assert bench.counted("leakwatch_read_bytes_total", watch="logs") == len(LINE.encode())
    assert bench.counted("leakwatch_record_seconds_count") == 1
    bench.close()


def test_on_ready_is_called_once_after_the_first_listing(tmp_path):
    """All existing logs are known then."""
    bench = Bench(tmp_path)
    bench.write("one\n")
    known = []
    bench.log_follower.on_ready = lambda: known.append(len(bench.watch.follower.sources))
    with running(bench.log_follower.run):
        wait_until(lambda: bench.findings() == 1)
    assert known == [1]
    assert bench.log_follower.reconciled_from > 0
    bench.close()


def test_growth_is_found_without_hints(tmp_path):
    """Network file systems give none."""
    bench = Bench(tmp_path)
    bench.write("one\n")
    with running(bench.log_follower.run):
        wait_until(lambda: bench.findings() == 1)
        with bench.log.open("a") as log:
            log.write("two\n")
        wait_until(lambda: bench.findings() == 2)
        bench.log.rename(bench.logs / "app.log.1")
        (bench.logs / "app.log").write_text("three\n")
        bench.log_follower.hints.add(str(bench.logs / "app.log.1"))
        bench.log_follower.hints.add(str(bench.log))
        wait_until(lambda: bench.findings() == 3)
    bench.close()


def test_a_stop_stores_what_was_read(tmp_path):
    """A stop under load neither loses nor repeats a line."""
    bench = Bench(tmp_path)
    with running(bench.log_follower.run) as thread:
        wait_until(lambda: bench.ready)
        bench.log.write_text("line\n" * 5000)
        bench.log_follower.hints.add(str(bench.log))
        wait_until(lambda: bench.findings() > 0)
        thread.stopping.set()
    found = bench.findings()
    assert bench.offsets["app.log"] == 5 * found
    assert all(source.fd < 0 for source in bench.watch.follower.sources)
    bench.close()


def test_a_restart_continues_at_the_stored_offset(tmp_path):
    """Nothing is analysed twice."""
    bench = Bench(tmp_path)
    bench.write("one\ntwo\n")
    bench.turn()
    bench.watch.follower.close()
    bench.close()
    bench = Bench(tmp_path)
    bench.write("three\n")
    bench.turn()
    assert bench.analyzer.seen == ["three"]
    [incident] = bench.store.incidents()
    assert (incident.count, incident.subjects) == (3, 3)
    bench.watch.follower.close()
    bench.close()


# ---------------------------------------------------------------------------------------------- a full disk


def test_a_full_disk_delays_and_loses_nothing(tmp_path):
    """The thread reports the problem and retries; afterwards everything is stored once."""
    bench = Bench(tmp_path)
    with running(bench.log_follower.run):
        wait_until(lambda: bench.ready)
        bench.write("one\n")
        wait_until(lambda: bench.findings() == 1)
        with bench.full_disk():
            bench.write("".join(f"line {number}\n" for number in range(3000)))
            bench.write("new\n", "new.log")
            wait_until(lambda: bench.log_follower.problem)
            assert "is the disk full?" in bench.log_follower.problem
            seen = len(bench.analyzer.seen)
            wait_until(lambda: len(bench.analyzer.seen) > seen)
            assert (bench.findings(), bench.offsets["app.log"], bench.offsets.get("new.log", 0)) == (1, 4, 0)
        wait_until(lambda: bench.findings() == 3002)
        wait_until(lambda: bench.log_follower.problem is None)
    [incident] = bench.store.incidents()
    assert (incident.count, incident.subjects) == (3002, 3002)
    assert bench.offsets == {"app.log": bench.log.stat().st_size, "new.log": 4}
    assert bench.counted("leakwatch_findings_total", watch="logs", entity="CN_MOBILE") == 3002
    assert len(bench.opened) == 1
    bench.close()


def test_a_disk_that_is_full_at_the_start_delays_readiness(tmp_path):
    """Ready means that all existing logs are known and stored."""
    bench = Bench(tmp_path)
    for number in range(200):
        bench.write("one\n", f"{number}.log")
    with bench.full_disk(), running(bench.log_follower.run):
        wait_until(lambda: bench.log_follower.problem)
        assert bench.ready == 0
    assert bench.findings() == 0
    with running(bench.log_follower.run):
        wait_until(lambda: bench.findings() == 200)
    assert len(bench.store.sources()) == 200
    assert {source.row.uid for source in bench.watch.follower.sources} == {row.uid for row in bench.store.sources()}
    bench.close()


def test_a_gap_that_could_not_be_stored_is_stored_later(tmp_path):
    """The disk was full when it was noticed."""
    bench = Bench(tmp_path)
    bench.log.write_text("one\n")
    bench.log_follower._reconcile(None)
    bench.log.unlink()
    bench.log_follower._reconcile(None)
    with bench.full_disk(), running(bench.log_follower.run):
        wait_until(lambda: bench.log_follower.problem or bench.ready)
    with running(bench.log_follower.run):
        wait_until(lambda: bench.gaps)
    assert [gap.kind for gap in bench.gaps] == [GapKind.DELETED]
    bench.close()


# ---------------------------------------------------------------------------------------------- gaps


def test_a_failing_detector_is_a_gap_and_the_offset_moves(bench):
    """The gap has the place but no text. Reading the lines again would only fail again."""
    bench.analyzer.answers = [AnalysisError("detector cn-mobile failed on lines 1 to 1: ValueError")]
    bench.write(f"{MOBILE}\n")
    bench.turn()
    bench.write("two\n")
    bench.turn()
    assert bench.findings() == 1
    [gap] = bench.gaps
    assert gap.kind is GapKind.TIME_OUT
    assert gap.path == str(bench.log)
    assert gap.detail == "analysis failed in lines from 1: detector cn-mobile failed on lines 1 to 1: ValueError"
    assert bench.store.open_gaps() == [], "the lines are skipped for good, so the gap does not stay open"
    assert len(bench.due()) == 2
    assert bench.offsets == {"app.log": bench.log.stat().st_size}


def test_a_pattern_timeout_is_a_gap_and_other_findings_stay(bench):
    """Only the detector that timed out loses findings."""
    bench.analyzer.answers = [Analysis((finding(),), 1, 2, 3, ("cn-address",))]
    bench.write("one\n")
    bench.turn()
    assert bench.findings() == 1
    assert [gap.detail for gap in bench.gaps] == ["a pattern ran out of time (cn-address)"]
    counted = {
        why: bench.counted("leakwatch_quiet_total", watch="logs", why=why)
        for why in ("suppressed", "masked", "placeholder")
    }
    assert counted == {"suppressed": 1, "masked": 2, "placeholder": 3}


def test_paths_are_masked_in_gaps(bench):
    """A path can contain a value."""
    bench.analyzer.answers = [AnalysisError("detector failed")]
    bench.write("one\n", f"{MOBILE}.log")
    bench.turn()
    bench.write("two\n", f"gone-{MOBILE}.log")
    bench.log_follower._reconcile(None)
    (bench.logs / f"gone-{MOBILE}.log").unlink()
    bench.turn()
    bench.turn()
    assert [gap.kind for gap in bench.gaps] == [GapKind.TIME_OUT, GapKind.DELETED]
    assert all(MOBILE not in repr(gap) and "139****1234" in gap.path for gap in bench.gaps)


def test_an_unreadable_log_is_a_gap_until_it_is_readable(bench):
    """It is reported once, with the fix."""
    bench.write("one\n")
    bench.log.chmod(0)
    without_privileges(bench.turn)
    without_privileges(bench.turn)
    [gap] = bench.gaps
    assert (gap.kind, gap.path) == (GapKind.DENIED, str(bench.log))
    assert "give this user the right to (group or ACL)" in gap.detail
    bench.log.chmod(0o600)
    without_privileges(bench.turn)
    without_privileges(bench.turn)
    assert bench.store.open_gaps() == []
    assert bench.findings() == 1


def test_undecodable_text_is_counted(bench):
    """A wrong encoding shows in the metrics."""
    bench.log.write_bytes("信息 客户\n".encode() + b"broken \xff\n")
    bench.turn()
    assert bench.counted("leakwatch_decode_errors_total", watch="logs") == 1


def test_paths_are_masked_in_the_state_and_logs_recognized_by_inode(tmp_path):
    """A path can contain a value. After a restart the listing provides the real one."""
    bench = Bench(tmp_path)
    name = f"{MOBILE}.log"
    bench.write("one\n", name)
    bench.turn()
    bench.watch.follower.close()
    bench.close()
    assert bench.store.path.read_bytes().find(MOBILE.encode()) < 0
    bench = Bench(tmp_path)
    assert list(bench.offsets) == ["139****1234.log"]
    bench.write("two\n", name)
    bench.turn()
    assert bench.analyzer.seen == ["two"]
    assert [source.path for source in bench.watch.follower.sources] == [f"{bench.logs}/{name}"]
    bench.analyzer.redact = refuse
    bench.write("three\n", f"{name}.log")
    bench.turn()
    assert sorted(bench.offsets) == ["139****1234.log", "<name withheld>"]
    bench.watch.follower.close()
    bench.close()


def refuse(_text):
    raise AnalysisError("a detector failed on a name")


# ---------------------------------------------------------------------------------------------- partial lines


def test_a_leak_in_a_partial_line_is_found_once(bench):
    """A program may crash in the middle of a line. Completing the line adds no finding."""
    bench.write("one\nhalf")
    bench.turn()
    assert bench.findings() == 1
    bench.now += 5.5
    bench.turn()
    assert bench.findings() == 2
    offsets = bench.offsets
    bench.turn()
    bench.now += 60
    bench.turn()
    assert bench.findings() == 2
    bench.write(" and the rest\n")
    bench.turn()
    assert bench.findings() == 2
    assert offsets == {"app.log": 4}
    assert bench.offsets == {"app.log": bench.log.stat().st_size}
    assert bench.store.incidents()[0].count == 2


def test_a_partial_line_is_found_by_the_thread(tmp_path):
    """Polling sizes does not restart the wait."""
    moment = [1000.0]
    bench = Bench(tmp_path, clock=lambda: moment[0])
    with running(bench.log_follower.run):
        wait_until(lambda: bench.ready)
        bench.write("half")
        wait_until(lambda: bench.watch.follower.sources and bench.watch.follower.sources[0].half_line_size == 4)
        moment[0] += 6
        wait_until(lambda: bench.findings() == 1)
    bench.close()


def test_a_partial_line_that_could_not_be_stored_is_retried(tmp_path):
    """It counts as scanned only once it is stored."""
    moment = [1000.0]
    bench = Bench(tmp_path, clock=lambda: moment[0])
    with running(bench.log_follower.run):
        wait_until(lambda: bench.ready)
        bench.write("half")
        wait_until(lambda: bench.watch.follower.sources and bench.watch.follower.sources[0].half_line_size == 4)
        with bench.full_disk():
            moment[0] += 6
            bench.analyzer.answers = [Analysis(tuple(finding(path="x" * 5000, place=LinePlace(n)) for n in range(9)))]
            wait_until(lambda: bench.log_follower.problem)
        wait_until(lambda: bench.findings() == 1)
    bench.close()


# ---------------------------------------------------------------------------------------------- backlog


def test_the_backlog_is_one_alert_when_it_is_read(tmp_path):
    """Only critical findings in old lines alert on their own. It happens once, even across restarts."""
    bench = Bench(tmp_path, since=2_000_000_000.0, backlog=True)
    bench.analyzer.answers = [
        Analysis((finding(severity=Severity.CRITICAL, template="cc" * 8), finding(place=LinePlace(2, 1, 2))))
    ]
    bench.write("one\ntwo\n")
    bench.turn()
    assert not bench.watch.backlog
    assert bench.store.meta("backlog-read:logs") == "1"
    assert {(alert.reason.value, alert.severity) for alert in bench.due()} == {
        ("first", Severity.CRITICAL),
        ("backlog", Severity.MEDIUM),
    }
    bench.watch.follower.close()
    bench.close()


# ---------------------------------------------------------------------------------------------- hints


def test_hints_are_deduplicated_and_taken_together():
    """A thousand writes to one log cause one read."""
    hints = ChangeHints()
    for _ in range(3):
        hints.add("/l/a")
    hints.add("/l/b")
    assert hints.take(0) == ({"/l/a", "/l/b"}, False)
    assert hints.take(0) == (set(), False)
    hints.add_all()
    assert hints.take(5) == (set(), True)


def test_write_hints_are_delivered_at_a_limited_rate(monkeypatch):
    """A busy log does not cost a commit per line."""
    monkeypatch.setattr(hints_module, "PACE_SECONDS", 0.05)
    hints = ChangeHints()
    hints.add("/l/a", written=True)
    hints.take(5)
    began = time.monotonic()
    hints.add("/l/a", written=True)
    assert hints.take(5) == ({"/l/a"}, False)
    assert time.monotonic() - began >= 0.05


def test_name_changes_are_delivered_at_once(monkeypatch):
    """A rotated file may soon be deleted."""
    monkeypatch.setattr(hints_module, "PACE_SECONDS", 3600)
    hints = ChangeHints()
    hints.take(0)
    hints.add("/l/a", written=True)
    hints.add("/l/b")
    assert hints.take(5) == ({"/l/a", "/l/b"}, False)
    hints.add("/l/a", written=True)
    threading.Timer(0.01, hints.add_all).start()
    assert hints.take(5) == ({"/l/a"}, True)


def test_a_busy_reader_takes_hints_without_waiting(monkeypatch):
    """With a timeout of 0 it takes the hints that are there."""
    monkeypatch.setattr(hints_module, "PACE_SECONDS", 3600)
    monkeypatch.setattr(hints_module, "GATHER_SECONDS", 3600)
    hints = ChangeHints()
    hints.take(0)
    hints.add("/l/a", written=True)
    assert hints.take(0) == ({"/l/a"}, False)


def test_listing_a_directory_takes_at_most_a_tenth_of_the_time(bench):
    """After a listing, ten times its duration passes before the next one."""
    bench.write("one\n")
    bench.turn()
    bench.log_follower.hints.take(0)
    bench.log_follower._cost[str(bench.logs)] = 100.0
    bench.write("new\n", "new.log")
    bench.log_follower._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" not in bench.offsets
    assert bench.log_follower._due[str(bench.logs)] > 0
    bench.log_follower._due[str(bench.logs)] = 0.0
    bench.log_follower._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" in bench.offsets


def test_a_full_reconcile_takes_at_most_a_tenth_of_the_time(bench):
    """With very many logs it takes long."""
    bench.write("one\n")
    bench.turn()
    bench.log_follower._cost[ALL_DIRECTORIES] = 100.0
    bench.write("new\n", "new.log")
    bench.log_follower.hints.take(0)
    for _ in range(2):
        bench.log_follower.hints.add_all()
        bench.log_follower._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" not in bench.offsets
    bench.log_follower._due[ALL_DIRECTORIES] = 0.0
    for _ in range(2):
        bench.log_follower._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" in bench.offsets


class FakeCpuLimit:
    """A CPU limit whose state the test sets."""

    def __init__(self, state="available"):
        self.state = state

    def exhausted(self):
        return self.state != "available"

    def overdrawn(self):
        return self.state == "overdrawn"


def test_an_exhausted_cpu_limit_delays_only_the_backlog(tmp_path, monkeypatch):
    """Once it is overdrawn, live logs wait as well. Later everything is read once."""
    monkeypatch.setattr(follower_module, "TURN_BYTES", 1000)
    bench = Bench(tmp_path, ScriptedAnalyzer())
    cpu_limit = bench.log_follower.cpu_limit = FakeCpuLimit("overdrawn")
    (bench.logs / "old.log").write_text("old\n" * 500)
    bench.log.write_text("new\n")
    seen = bench.log_follower.recorder.analyzer.seen
    with running(bench.log_follower.run):
        wait_until(lambda: bench.ready)
        bench.log_follower.hints.add_all()
        assert seen == []
        cpu_limit.state = "exhausted"
        wait_until(lambda: "new" in seen)
        assert set(seen) == {"new"}
        cpu_limit.state = "available"
        wait_until(lambda: len(seen) == 501)
    bench.close()


def test_a_large_log_does_not_delay_small_ones(tmp_path):
    """Small logs are read in the first turn, however many large ones there are."""
    bench = Bench(tmp_path, ScriptedAnalyzer())
    for number in range(6):
        (bench.logs / f"a{number}.log").write_bytes(b"old\n" * 500_000)
    (bench.logs / "z.log").write_bytes(b"new\n")
    bench.watch.follower.reconcile(None)
    first = next(iter(bench.watch.follower.read(1)))
    assert first.chunk.data == b"new\n"
    bench.close()


def test_reading_that_is_behind_is_a_gap_until_it_catches_up(tmp_path, monkeypatch):
    """It is reported once."""
    monkeypatch.setattr(watch_module, "BEHIND_SECONDS", 0.3)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    bench = Bench(tmp_path, ScriptedAnalyzer())
    cpu_limit = bench.log_follower.cpu_limit = FakeCpuLimit("overdrawn")
    bench.log.write_text("line\n")
    with running(bench.log_follower.run):
        wait_until(bench.store.open_gaps)
        (stored,) = bench.store.open_gaps()
        assert stored.gap.kind is GapKind.BEHIND
        assert "5 bytes are unread" in stored.gap.detail
        assert bench.counted("leakwatch_behind_seconds", watch="logs") > 0.3
        cpu_limit.state = "available"
        wait_until(lambda: not bench.store.open_gaps())
    assert bench.log_follower.recorder.analyzer.seen == ["line"]
    assert len(bench.gaps) == 1
    bench.close()


def test_after_a_crash_lines_are_analysed_in_a_worker(tmp_path, monkeypatch):
    """A batch that kills the worker is a gap. Later lines are found, and in the end this thread analyses again."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent), prepend=os.pathsep)
    bench = Bench(tmp_path, ScriptedAnalyzer())
    bench.log_follower.recorder.pool = Pool(pool_factories.all_mortal, 1, inline_bytes=-1)
    bench.log_follower.isolate_until = time.monotonic() + 1000
    with running(bench.log_follower.run):
        bench.log.write_bytes(pool_factories.POISON + b"\n")
        bench.log_follower.hints.add_all()
        wait_until(lambda: bench.gaps, 60)
        with bench.log.open("a") as file:
            file.write(LINE)
        bench.log_follower.hints.add_all()
        wait_until(lambda: bench.findings() == 1, 60)
        assert bench.log_follower.recorder.analyzer.seen == []
        bench.log_follower.isolate_until = 0.0
        with bench.log.open("a") as file:
            file.write("in this thread\n")
        bench.log_follower.hints.add_all()
        wait_until(lambda: bench.log_follower.recorder.analyzer.seen == ["in this thread"])
        assert bench.log_follower.recorder.pool is None
    (gap,) = bench.gaps
    assert gap.kind is GapKind.TIME_OUT
    assert "pool worker ended with 9" in gap.detail
    bench.close()


def test_a_long_first_listing_keeps_the_thread_alive(bench):
    """It beats for each log, and redacts each path once."""
    for number in range(50):
        bench.write("one\n", f"{number}.log")
    redacted, beats = Counter(), []
    real = bench.analyzer.redact
    bench.analyzer.redact = lambda name: redacted.update([name]) or real(name)
    bench.log_follower.recorder.beat = lambda: beats.append(1)
    bench.turn()
    bench.turn()
    assert len(bench.offsets) >= 50
    assert set(redacted.values()) == {1}
    assert len(beats) >= 100
