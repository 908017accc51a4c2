"""Whatever happens to a log, in whatever order, every line is read and none is read twice as new."""

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
    """An application and an operator against the follower; the model is the list of lines that were written."""

    @initialize()
    def begin(self) -> None:
        self.room = tempfile.TemporaryDirectory()
        self.host = LogHost(Path(self.room.name))
        self.expected: list[str] = []
        self.half: str | None = None
        self.held: list[TextIO] = []
        self.late = 0

    @rule(count=integers(1, 40))
    def write(self, count: int) -> None:
        self._finish_half()
        self.expected += self.host.lines(count)

    @precondition(lambda self: self.half is None)
    @rule()
    def write_half_a_line(self) -> None:
        [self.half] = self.host.lines(1, end="")

    @rule()
    def look(self) -> None:
        self.host.look()

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
        self._finish_half()
        self.host.look()  # the event of its creation came; a log nobody saw under its own name is not followed
        self.held.append(self.host.log.open("a", encoding="utf-8"))
        self.host.rotate()

    @precondition(lambda self: self.host.log.exists())
    @rule(count=integers(1, 40), times=integers(1, 3))
    def rotate_before_anybody_could_look(self, count: int, times: int) -> None:
        """Only the events tell of those logs; what they told is lost in a crash, so there is a look before one."""
        self._finish_half()
        for _ in range(times):
            self.expected += self.host.lines(count)
            self.host.rotate()
        self.host.look()

    @precondition(lambda self: self.host.log.exists())
    @rule(count=integers(1, 40))
    def rotate_away_before_anybody_could_look(self, count: int) -> None:
        """A log is begun, rotated and deleted between two looks, while the service runs."""
        self.rotate_before_anybody_could_look(1, 1)
        self.expected += self.host.lines(count)
        self.host.rotate()
        (self.host.directory / "app.log.1").unlink()
        self.host.look()
        self.host.pump()

    @precondition(lambda self: self.held)
    @rule(which=integers(0, 9))
    def write_late(self, which: int) -> None:
        """Somebody never heard of the rotation, however long ago it was."""
        self._write_late(self.held[which % len(self.held)])

    @precondition(lambda self: self.held)
    @rule(which=integers(0, 9))
    def delete_a_rotated_one_that_is_still_written(self, which: int) -> None:
        """It was written less than a minute ago, so it is open."""
        writer = self.held.pop(which % len(self.held))
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
        self.late += 1
        self.expected.append(f"2026-01-01 WARN late line {self.late}")
        writer.write(self.expected[-1] + "\n")
        writer.flush()

    @precondition(lambda self: self.host.log.exists())
    @rule()
    def rotate_by_copy(self) -> None:
        self._finish_half()
        self.host.look()
        self.host.pump()  # a copy is known by what was read of the log before it
        self.host.copytruncate()

    @precondition(lambda self: self.host.log.exists())
    @rule()
    def delete_after_reading(self) -> None:
        """What is deleted before anybody could open it is beyond every promise; so it is open and read first."""
        self._finish_half()
        self.host.settle()
        self.host.log.unlink()

    @precondition(lambda self: self.host.log.exists())
    @rule()
    def replace_by_a_new_file(self) -> None:
        self._finish_half()
        self.host.look()
        self.host.pump()
        fresh = self.host.log.with_name("app.new")
        fresh.touch()
        fresh.rename(self.host.log)

    @rule()
    def crash_before_storing(self) -> None:
        self.host.look()
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
            self._finish_half()
            self.host.settle()
            missing = set(self.expected) - set(self.host.read_lines)
            self.host.follower.close()
            for writer in self.held:
                writer.close()
            self.room.cleanup()
            assert not missing, f"{len(missing)} of {len(self.expected)} lines were not read"

    def _finish_half(self) -> None:
        if self.half is not None:
            with self.host.log.open("a", encoding="utf-8") as log:
                log.write("\n")
            self.expected.append(self.half)
            self.half = None


Histories.TestCase.settings = settings(
    max_examples=int(os.environ.get("HISTORIES", "500")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestHistories = Histories.TestCase
