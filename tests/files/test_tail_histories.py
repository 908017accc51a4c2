"""Random histories of a log: every line is read, and no line is read twice."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TextIO

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import integers
from support.log_host import LogHost


class Histories(RuleBasedStateMachine):
    """An application and an operator write, rotate and delete; the model is the list of written lines."""

    @initialize()
    def start(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.host = LogHost(Path(self.directory.name))
        self.expected: list[str] = []
        self.partial_line: str | None = None
        self.late_writers: list[TextIO] = []
        self.late_lines = 0

    @rule(count=integers(1, 40))
    def write(self, count: int) -> None:
        self._complete_line()
        self.expected += self.host.lines(count)

    @precondition(lambda self: self.partial_line is None)
    @rule()
    def write_partial_line(self) -> None:
        [self.partial_line] = self.host.lines(1, end="")

    @rule()
    def reconcile(self) -> None:
        self.host.reconcile()

    @rule()
    def read(self) -> None:
        self.host.follower.poll()
        self.host.pump()

    @rule()
    def read_a_little(self) -> None:
        self.host.pump(limit=1)

    @precondition(lambda self: self.host.log.exists())
    @rule()
    def rotate_by_rename(self) -> None:
        self._complete_line()
        self.host.reconcile()  # lists the log under its own name
        self.late_writers.append(self.host.log.open("a", encoding="utf-8"))
        self.host.rotate()

    @precondition(lambda self: self.host.log.exists())
    @rule(count=integers(1, 40), times=integers(1, 3))
    def rotate_before_a_listing(self, count: int, times: int) -> None:
        """These logs are known by their events alone, which a crash would lose, so a reconcile follows."""
        self._complete_line()
        for _ in range(times):
            self.expected += self.host.lines(count)
            self.host.rotate()
        self.host.reconcile()

    @precondition(lambda self: self.host.log.exists())
    @rule(count=integers(1, 40))
    def rotate_and_delete_before_a_listing(self, count: int) -> None:
        """A log is created, rotated and deleted between two listings while the daemon runs."""
        self.rotate_before_a_listing(1, 1)
        self.expected += self.host.lines(count)
        self.host.rotate()
        (self.host.directory / "app.log.1").unlink()
        self.host.reconcile()
        self.host.pump()

    @precondition(lambda self: self.late_writers)
    @rule(which=integers(0, 9))
    def write_late(self, which: int) -> None:
        """A writer that still has a rotated log open, however long ago it was rotated."""
        self._write_late(self.late_writers[which % len(self.late_writers)])

    @precondition(lambda self: self.late_writers)
    @rule(which=integers(0, 9))
    def delete_a_rotated_log_that_is_still_written(self, which: int) -> None:
        """It was written less than a minute before, so it is open."""
        writer = self.late_writers.pop(which % len(self.late_writers))
        inode = os.fstat(writer.fileno()).st_ino
        self._write_late(writer)
        self.host.settle()
        for path in self.host.directory.iterdir():
            if path.stat().st_ino == inode:
                path.unlink()
        self._write_late(writer)
        writer.close()
        self.host.settle()

    def _write_late(self, writer: TextIO) -> None:
        self.late_lines += 1
        self.expected.append(f"2026-01-01 WARN late line {self.late_lines}")
        writer.write(self.expected[-1] + "\n")
        writer.flush()

    @precondition(lambda self: self.host.log.exists())
    @rule()
    def rotate_by_copy(self) -> None:
        self._complete_line()
        self.host.reconcile()
        self.host.pump()  # a copy is recognized by what was read of the log before
        self.host.copytruncate()

    @precondition(lambda self: self.host.log.exists())
    @rule()
    def delete_after_reading(self) -> None:
        """A file deleted before it could be opened is out of scope, so it is read first."""
        self._complete_line()
        self.host.settle()
        self.host.log.unlink()

    @precondition(lambda self: self.host.log.exists())
    @rule()
    def replace_by_a_new_file(self) -> None:
        self._complete_line()
        self.host.reconcile()
        self.host.pump()
        fresh = self.host.log.with_name("app.new")
        fresh.touch()
        fresh.rename(self.host.log)

    @rule()
    def crash_before_storing(self) -> None:
        self.host.reconcile()
        self.host.pump(accept=False)
        self.host.crash()

    @rule()
    def restart(self) -> None:
        self.host.crash()

    @rule(seconds=integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.host.now += seconds

    @invariant()
    def nothing_is_read_twice(self) -> None:
        if hasattr(self, "host"):
            assert len(set(self.host.read_lines)) == len(self.host.read_lines)

    def teardown(self) -> None:
        if hasattr(self, "host"):
            self._complete_line()
            self.host.settle()
            missing = set(self.expected) - set(self.host.read_lines)
            self.host.follower.close()
            for writer in self.late_writers:
                writer.close()
            self.directory.cleanup()
            assert not missing, f"{len(missing)} of {len(self.expected)} lines were not read"

    def _complete_line(self) -> None:
        if self.partial_line is not None:
            with self.host.log.open("a", encoding="utf-8") as log:
                log.write("\n")
            self.expected.append(self.partial_line)
            self.partial_line = None


Histories.TestCase.settings = settings(
    max_examples=int(os.environ.get("HISTORIES", "500")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestHistories = Histories.TestCase
