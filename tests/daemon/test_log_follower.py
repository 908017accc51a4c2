"""The thread that follows logs: every line once into the state, whatever happens to the state meanwhile."""

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


class Scripted:
    """Stands for the analyzer where a test is about what is made of its answers: one finding for each line."""

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
    """A room with one watch on a directory of logs."""

    def __init__(self, directory: Path, by=None, *, since=0.0, backlog=False, clock=None):
        super().__init__(directory)
        self.logs = directory / "logs"
        self.logs.mkdir(exist_ok=True)
        self.log = self.logs / "app.log"
        self.ready = 0
        self.analyzer = by or Scripted()
        follower = Follower(
            "logs",
            roots_of([f"{self.logs}/*.log"], recursive=True),
            lambda data: bytes.fromhex(FINGERPRINTER.digest("bytes", data.hex())),
            lambda row: self.tailing.recorder.save(row),  # noqa: PLW0108  # it is made further down
            clock or (lambda: self.now),
            since,
        )
        follower.resume(self.store.sources())
        self.watch = LogWatch(WATCHED, follower, backlog)
        recorder = LogRecorder(self.analyzer, FINGERPRINTER, self.ledger, self.metrics)
        self.tailing = LogFollower([self.watch], recorder, self._on_ready)

    def _on_ready(self):
        self.ready += 1

    def write(self, text, name="app.log"):
        with (self.logs / name).open("a") as log:
            log.write(text)
        self.tailing.hints.add(str(self.logs / name))

    def turn(self):
        """What one turn of the thread does, without waiting for hints."""
        self.tailing.hints.add_all()
        self.tailing._reconcile(None)
        while self.tailing._drain():
            pass
        self.tailing._finish_backlog()
        self.tailing._poll()

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
def quick(monkeypatch):
    """Waits that are seconds in life."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)


# ---------------------------------------------------------------------------------------------- the thread


def test_what_is_written_is_found_stored_and_told(tmp_path):
    """From a line to a due alert, by a hint alone, with the real detectors."""
    bench = Bench(tmp_path, analyzer())
    with running(bench.tailing.run):
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


def test_ready_is_said_once_after_everything_was_looked_at(tmp_path):
    """Not before the logs that are there are known."""
    bench = Bench(tmp_path)
    bench.write("one\n")
    known = []
    bench.tailing.on_ready = lambda: known.append(len(bench.watch.follower.sources))
    with running(bench.tailing.run):
        wait_until(lambda: bench.findings() == 1)
    assert known == [1]
    assert bench.tailing.reconciled_from > 0
    bench.close()


def test_without_any_hint_growth_is_seen_by_looking(tmp_path):
    """Events are hints; network file systems give none."""
    bench = Bench(tmp_path)
    bench.write("one\n")
    with running(bench.tailing.run):
        wait_until(lambda: bench.findings() == 1)
        with bench.log.open("a") as log:
            log.write("two\n")
        wait_until(lambda: bench.findings() == 2)
        bench.log.rename(bench.logs / "app.log.1")
        (bench.logs / "app.log").write_text("three\n")
        bench.tailing.hints.add(str(bench.logs / "app.log.1"))
        bench.tailing.hints.add(str(bench.log))
        wait_until(lambda: bench.findings() == 3)
    bench.close()


def test_when_it_is_told_to_stop_what_is_there_is_stored_first(tmp_path):
    """A stop under load loses nothing and repeats nothing."""
    bench = Bench(tmp_path)
    with running(bench.tailing.run) as thread:
        wait_until(lambda: bench.ready)
        bench.log.write_text("line\n" * 5000)
        bench.tailing.hints.add(str(bench.log))
        wait_until(lambda: bench.findings() > 0)
        thread.stopping.set()
    found = bench.findings()
    assert bench.offsets["app.log"] == 5 * found
    assert all(source.fd < 0 for source in bench.watch.follower.sources)
    bench.close()


def test_a_restart_goes_on_where_it_stood(tmp_path):
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


def test_while_the_disk_is_full_nothing_moves_and_then_all_is_stored_once(tmp_path):
    """The thread lives on and says so; lines, offsets and counts come when there is room."""
    bench = Bench(tmp_path)
    with running(bench.tailing.run):
        wait_until(lambda: bench.ready)
        bench.write("one\n")
        wait_until(lambda: bench.findings() == 1)
        with bench.full_disk():
            bench.write("".join(f"line {number}\n" for number in range(3000)))
            bench.write("new\n", "new.log")
            wait_until(lambda: bench.tailing.problem)
            assert "is the disk full?" in bench.tailing.problem
            seen = len(bench.analyzer.seen)
            wait_until(lambda: len(bench.analyzer.seen) > seen)
            assert (bench.findings(), bench.offsets["app.log"], bench.offsets.get("new.log", 0)) == (1, 4, 0)
        wait_until(lambda: bench.findings() == 3002)
        wait_until(lambda: bench.tailing.problem is None)
    [incident] = bench.store.incidents()
    assert (incident.count, incident.subjects) == (3002, 3002)
    assert bench.offsets == {"app.log": bench.log.stat().st_size, "new.log": 4}
    assert bench.counted("leakwatch_findings_total", watch="logs", entity="CN_MOBILE") == 3002
    assert len(bench.opened) == 1
    bench.close()


def test_a_disk_that_is_full_at_the_start_delays_it(tmp_path):
    """Being ready means that what is there is known and stored."""
    bench = Bench(tmp_path)
    for number in range(200):
        bench.write("one\n", f"{number}.log")
    with bench.full_disk(), running(bench.tailing.run):
        wait_until(lambda: bench.tailing.problem)
        assert bench.ready == 0
    assert bench.findings() == 0
    with running(bench.tailing.run):
        wait_until(lambda: bench.findings() == 200)
    assert len(bench.store.sources()) == 200
    assert {source.row.uid for source in bench.watch.follower.sources} == {row.uid for row in bench.store.sources()}
    bench.close()


def test_a_loss_that_could_not_be_stored_is_stored_later(tmp_path):
    """A gap is not forgotten because the disk was full when it was noticed."""
    bench = Bench(tmp_path)
    bench.log.write_text("one\n")
    bench.tailing._reconcile(None)
    bench.log.unlink()
    bench.tailing._reconcile(None)
    with bench.full_disk(), running(bench.tailing.run):
        wait_until(lambda: bench.tailing.problem or bench.ready)
    with running(bench.tailing.run):
        wait_until(lambda: bench.gaps)
    assert [gap.kind for gap in bench.gaps] == [GapKind.DELETED]
    bench.close()


# ---------------------------------------------------------------------------------------------- gaps


def test_a_detector_that_fails_is_a_gap_and_reading_goes_on(bench):
    """With the place, without the text; the offset moves, since reading it again would fail again."""
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
    assert bench.store.open_gaps() == [], "what is passed over is over; it must not look like a state that lasts"
    assert len(bench.due()) == 2
    assert bench.offsets == {"app.log": bench.log.stat().st_size}


def test_a_pattern_that_ran_out_of_time_is_a_gap_beside_what_was_found(bench):
    """The findings of the other detectors stay."""
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


def test_names_are_masked_in_gaps(bench):
    """A path can hold a value."""
    bench.analyzer.answers = [AnalysisError("detector failed")]
    bench.write("one\n", f"{MOBILE}.log")
    bench.turn()
    bench.write("two\n", f"gone-{MOBILE}.log")
    bench.tailing._reconcile(None)
    (bench.logs / f"gone-{MOBILE}.log").unlink()
    bench.turn()
    bench.turn()
    assert [gap.kind for gap in bench.gaps] == [GapKind.TIME_OUT, GapKind.DELETED]
    assert all(MOBILE not in repr(gap) and "139****1234" in gap.path for gap in bench.gaps)


def test_a_log_that_may_not_be_read_is_a_gap_that_ends_when_it_may(bench):
    """Told once, with the way to mend it."""
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


def test_names_in_the_state_are_masked_and_the_logs_known_again(tmp_path):
    """A name can hold a value; after a restart the inode says which log it is, and its name is that of the listing."""
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


# ---------------------------------------------------------------------------------------------- half lines


def test_a_leak_in_a_line_without_its_end_is_found_within_seconds_and_once(bench):
    """A program that crashed in the middle of a line still leaks; the end of the line makes no second finding."""
    bench.write("one\nhalf")
    bench.turn()
    assert bench.findings() == 1
    bench.now += 5.5
    bench.turn()
    assert bench.findings() == 2
    stood = bench.offsets
    bench.turn()
    bench.now += 60
    bench.turn()
    assert bench.findings() == 2
    bench.write(" and the rest\n")
    bench.turn()
    assert bench.findings() == 2
    assert stood == {"app.log": 4}
    assert bench.offsets == {"app.log": bench.log.stat().st_size}
    assert bench.store.incidents()[0].count == 2


def test_a_half_line_is_found_by_the_thread_too(tmp_path):
    """Its looks at the sizes of logs must not keep it from being quiet."""
    moment = [1000.0]
    bench = Bench(tmp_path, clock=lambda: moment[0])
    with running(bench.tailing.run):
        wait_until(lambda: bench.ready)
        bench.write("half")
        wait_until(lambda: bench.watch.follower.sources and bench.watch.follower.sources[0].half_line_size == 4)
        moment[0] += 6
        wait_until(lambda: bench.findings() == 1)
    bench.close()


def test_a_half_line_that_could_not_be_stored_is_tried_again(tmp_path):
    """Looked at once means stored once."""
    moment = [1000.0]
    bench = Bench(tmp_path, clock=lambda: moment[0])
    with running(bench.tailing.run):
        wait_until(lambda: bench.ready)
        bench.write("half")
        wait_until(lambda: bench.watch.follower.sources and bench.watch.follower.sources[0].half_line_size == 4)
        with bench.full_disk():
            moment[0] += 6
            bench.analyzer.answers = [Analysis(tuple(finding(path="x" * 5000, place=LinePlace(n)) for n in range(9)))]
            wait_until(lambda: bench.tailing.problem)
        wait_until(lambda: bench.findings() == 1)
    bench.close()


# ---------------------------------------------------------------------------------------------- backlog


def test_the_backlog_is_told_as_one_card_when_it_is_read(tmp_path):
    """Old lines alone are no alarm; criticals are. It is done once, also over restarts."""
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


def test_hints_are_held_once_and_taken_all():
    """A thousand writes to one log are one look."""
    hints = ChangeHints()
    for _ in range(3):
        hints.add("/l/a")
    hints.add("/l/b")
    assert hints.take(0) == ({"/l/a", "/l/b"}, False)
    assert hints.take(0) == (set(), False)
    hints.add_all()
    assert hints.take(5) == (set(), True)


def test_what_is_only_written_to_is_served_at_a_pace(monkeypatch):
    """A log that is written to all the time does not cost a commit for each line."""
    monkeypatch.setattr(hints_module, "PACE_SECONDS", 0.05)
    hints = ChangeHints()
    hints.add("/l/a", written=True)
    hints.take(5)
    began = time.monotonic()
    hints.add("/l/a", written=True)
    assert hints.take(5) == ({"/l/a"}, False)
    assert time.monotonic() - began >= 0.05


def test_names_that_come_and_go_do_not_wait_for_the_pace(monkeypatch):
    """What was rotated away may soon be gone."""
    monkeypatch.setattr(hints_module, "PACE_SECONDS", 3600)
    hints = ChangeHints()
    hints.take(0)
    hints.add("/l/a", written=True)
    hints.add("/l/b")
    assert hints.take(5) == ({"/l/a", "/l/b"}, False)
    hints.add("/l/a", written=True)
    threading.Timer(0.01, hints.add_all).start()
    assert hints.take(5) == ({"/l/a"}, True)


def test_whoever_has_more_to_read_waits_for_nothing(monkeypatch):
    """Hints are taken along, and not waited for."""
    monkeypatch.setattr(hints_module, "PACE_SECONDS", 3600)
    monkeypatch.setattr(hints_module, "GATHER_SECONDS", 3600)
    hints = ChangeHints()
    hints.take(0)
    hints.add("/l/a", written=True)
    assert hints.take(0) == ({"/l/a"}, False)


def test_a_storm_of_new_names_lists_a_directory_no_more_often_than_is_cheap(bench):
    """Listing costs; ten times its cost passes before the next one."""
    bench.write("one\n")
    bench.turn()
    bench.tailing.hints.take(0)
    bench.tailing._cost[str(bench.logs)] = 100.0
    bench.write("new\n", "new.log")
    bench.tailing._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" not in bench.offsets
    assert bench.tailing._due[str(bench.logs)] > 0
    bench.tailing._due[str(bench.logs)] = 0.0
    bench.tailing._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" in bench.offsets


def test_looking_at_everything_leaves_time_to_read(bench):
    """Where there are very many logs a look is long: ten times that passes before the next one."""
    bench.write("one\n")
    bench.turn()
    bench.tailing._cost[ALL_DIRECTORIES] = 100.0
    bench.write("new\n", "new.log")
    bench.tailing.hints.take(0)
    for _ in range(2):
        bench.tailing.hints.add_all()
        bench.tailing._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" not in bench.offsets
    bench.tailing._due[ALL_DIRECTORIES] = 0.0
    for _ in range(2):
        bench.tailing._turn(SupervisedThread("unused", lambda _: None))
    assert "new.log" in bench.offsets


class Purse:
    """A budget whose state a test sets."""

    def __init__(self, state="rich"):
        self.state = state

    def exhausted(self):
        return self.state != "rich"

    def overdrawn(self):
        return self.state == "overdrawn"


def test_backlog_waits_for_the_budget_and_live_logs_do_not(tmp_path, monkeypatch):
    """While the share is spent what is being written is read; overdrawn, nothing is; then everything is, once."""
    monkeypatch.setattr(follower_module, "TURN_BYTES", 1000)
    bench = Bench(tmp_path, Scripted())
    purse = bench.tailing.cpu_limit = Purse("overdrawn")
    (bench.logs / "old.log").write_text("old\n" * 500)
    bench.log.write_text("new\n")
    seen = bench.tailing.recorder.analyzer.seen
    with running(bench.tailing.run):
        wait_until(lambda: bench.ready)
        bench.tailing.hints.add_all()
        assert seen == []
        purse.state = "spent"
        wait_until(lambda: "new" in seen)
        assert set(seen) == {"new"}
        purse.state = "rich"
        wait_until(lambda: len(seen) == 501)
    bench.close()


def test_a_big_log_keeps_no_other_waiting(tmp_path):
    """However many big logs there are, the small ones are read in the first turn."""
    bench = Bench(tmp_path, Scripted())
    for number in range(6):
        (bench.logs / f"a{number}.log").write_bytes(b"old\n" * 500_000)
    (bench.logs / "z.log").write_bytes(b"new\n")
    bench.watch.follower.reconcile(None)
    first = next(iter(bench.watch.follower.read(1)))
    assert first.chunk.data == b"new\n"
    bench.close()


def test_reading_that_stays_behind_is_told_until_it_is_not(tmp_path, monkeypatch):
    """A gap opens after the bound, is told once, and closes when reading has caught up."""
    monkeypatch.setattr(watch_module, "BEHIND_SECONDS", 0.3)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    bench = Bench(tmp_path, Scripted())
    purse = bench.tailing.cpu_limit = Purse("overdrawn")
    bench.log.write_text("line\n")
    with running(bench.tailing.run):
        wait_until(bench.store.open_gaps)
        (stored,) = bench.store.open_gaps()
        assert stored.gap.kind is GapKind.BEHIND
        assert "5 bytes are unread" in stored.gap.detail
        assert bench.counted("leakwatch_behind_seconds", watch="logs") > 0.3
        purse.state = "rich"
        wait_until(lambda: not bench.store.open_gaps())
    assert bench.tailing.recorder.analyzer.seen == ["line"]
    assert len(bench.gaps) == 1
    bench.close()


def test_after_a_crash_lines_are_analysed_in_another_process(tmp_path, monkeypatch):
    """A batch that ends that process is a gap; the next ones are found, and later this thread does it again."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent), prepend=os.pathsep)
    bench = Bench(tmp_path, Scripted())
    bench.tailing.recorder.pool = Pool(pool_factories.all_mortal, 1, inline_bytes=-1)
    bench.tailing.isolate_until = time.monotonic() + 1000
    with running(bench.tailing.run):
        bench.log.write_bytes(pool_factories.POISON + b"\n")
        bench.tailing.hints.add_all()
        wait_until(lambda: bench.gaps, 60)
        with bench.log.open("a") as file:
            file.write(LINE)
        bench.tailing.hints.add_all()
        wait_until(lambda: bench.findings() == 1, 60)
        assert bench.tailing.recorder.analyzer.seen == []
        bench.tailing.isolate_until = 0.0
        with bench.log.open("a") as file:
            file.write("by ourselves\n")
        bench.tailing.hints.add_all()
        wait_until(lambda: bench.tailing.recorder.analyzer.seen == ["by ourselves"])
        assert bench.tailing.recorder.pool is None
    (gap,) = bench.gaps
    assert gap.kind is GapKind.TIME_OUT
    assert "pool worker ended with 9" in gap.detail
    bench.close()


def test_a_first_look_at_many_logs_is_no_hang(bench):
    """However long it takes: it beats for each log, and judges each name once."""
    for number in range(50):
        bench.write("one\n", f"{number}.log")
    judged, beats = Counter(), []
    real = bench.analyzer.redact
    bench.analyzer.redact = lambda name: judged.update([name]) or real(name)
    bench.tailing.recorder.beat = lambda: beats.append(1)
    bench.turn()
    bench.turn()
    assert len(bench.offsets) >= 50
    assert set(judged.values()) == {1}
    assert len(beats) >= 100
