"""The thread that follows logs: hints in, lines read, findings and offsets stored together."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Gap
from leakwatch.daemon.change_hints import ChangeHints
from leakwatch.daemon.cpu_limit import MEASURE_SECONDS, CpuLimit
from leakwatch.daemon.log_recorder import LogRecorder
from leakwatch.daemon.log_watch import LogWatch
from leakwatch.daemon.redacted_paths import shown
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.files.tail import TURN_BYTES, LineBatch

_log = structlog.get_logger("leakwatch")

POLL_SECONDS = 1.0
"""How often the size of open logs is checked, with or without hints."""

UNSETTLED_SECONDS = 0.5
"""How soon to look again for the copy of a truncated log."""

RETRY_SECONDS = 5.0
"""How long to wait after the state could not be written (disk full). No offset moves meanwhile."""

ALL_DIRECTORIES = ""
"""Stands for all directories among those to be reconciled."""


def report_unwritable(error: sqlite3.Error) -> str:
    """Log that the state could not be written and return the text; the error's own text may quote rows."""
    problem = f"the state cannot be written ({type(error).__name__}); nothing is lost, retrying: is the disk full?"
    _log.error(problem)
    return problem


@dataclass(slots=True)
class LogFollower:
    """The body of the thread. ``on_ready`` is called once everything was listed for the first time."""

    watches: Sequence[LogWatch]
    recorder: LogRecorder
    on_ready: Callable[[], None]
    hints: ChangeHints = field(default_factory=ChangeHints)
    reconciled_from: float = 0.0
    """When (monotonic) the last complete reconcile began."""
    problem: str | None = None
    """Why nothing can be stored now; None while it can."""
    cpu_limit: CpuLimit = field(default_factory=lambda: CpuLimit(None, float))
    isolate_until: float = 0.0
    """Until when (monotonic) the recorder's workers analyse."""
    _polled_at: float = 0.0
    _due: dict[str, float] = field(default_factory=dict)
    """When (monotonic) a directory is to be reconciled."""
    _cost: dict[str, float] = field(default_factory=dict)
    """How many seconds the last reconcile of a directory took."""

    def run(self, thread: SupervisedThread) -> None:
        """Follow until the thread is stopped; its workers end with it."""
        self.recorder.beat = thread.beat
        if self.recorder.pool is not None:
            self.recorder.pool.on_wait = thread.beat
        try:
            self._follow(thread)
        finally:
            if self.recorder.pool is not None:
                self.recorder.pool.close()

    def _follow(self, thread: SupervisedThread) -> None:
        for analyzer in dict.fromkeys((self.recorder.analyzer, *(watch.analyzer for watch in self.watches))):
            if analyzer is not None:
                analyzer.warm()
                thread.beat()
        listed = False
        while not thread.stopping.is_set():
            thread.beat()
            try:
                if not listed:
                    self._reconcile(None)
                    listed = True
                    self.on_ready()
                self._turn(thread)
                if not self._has_unread():  # else what could not be stored is still to be retried
                    self.problem = None
            except sqlite3.Error as error:
                self.problem = report_unwritable(error)
                self.hints.add_all()  # finds what was read and not stored
                thread.stopping.wait(RETRY_SECONDS)
        try:
            self._drain()
        except sqlite3.Error as error:
            report_unwritable(error)
        for watch in self.watches:
            watch.follower.close()

    def _turn(self, thread: SupervisedThread) -> None:
        if self.recorder.pool is not None and time.monotonic() > self.isolate_until:
            self.recorder.pool.close()
            self.recorder.pool = None
        busy = self._drain()
        if not busy:
            self._finish_backlog()
        paths, everything = self.hints.take(0 if busy else self._timeout())
        now = time.monotonic()
        if everything:
            self._schedule(ALL_DIRECTORIES, now)
        for directory in {self._directory_to_list(path) for path in paths} - {None}:
            self._schedule(str(directory), now)
        for directory in [one for one, at in self._due.items() if at <= now]:
            del self._due[directory]
            self._reconcile(directory or None)
        thread.beat()
        if now - self._polled_at >= POLL_SECONDS:
            self._polled_at = now
            self._poll()

    def _schedule(self, directory: str, now: float) -> None:
        """Reconcile soon, but spend at most a tenth of the time on it: with many logs a listing is long."""
        self._due.setdefault(directory, now + 10 * self._cost.get(directory, 0.0))

    def _has_unread(self) -> bool:
        return any(source.dirty for watch in self.watches for source in watch.follower.sources)

    def _timeout(self) -> float:
        """How long to wait for hints, in seconds."""
        now = time.monotonic()
        wait = min([POLL_SECONDS, *(at - now for at in self._due.values())])
        if self.cpu_limit.exhausted():
            wait = min(wait, MEASURE_SECONDS)
        if any(watch.follower.unsettled for watch in self.watches):
            wait = min(wait, UNSETTLED_SECONDS)
        return max(wait, 0.0)

    def _directory_to_list(self, path: str) -> str | None:
        """The directory to list because of a hint; None if the hint is about a known log that is still itself."""
        try:
            stat = os.lstat(path)
        except OSError:
            return os.path.dirname(path)  # noqa: PTH120
        known = False
        for watch in self.watches:
            known |= watch.follower.touch(path, FileId(stat.st_dev, stat.st_ino))
        return None if known else os.path.dirname(path)  # noqa: PTH120

    def _reconcile(self, directory: str | None) -> None:
        began = time.monotonic()
        ledger = self.recorder.ledger
        with ledger.entry():
            for watch in self.watches:
                watch.lost += watch.follower.reconcile(directory)
                for gap in watch.lost:
                    ledger.gap(self._redacted(gap))
        for watch in self.watches:
            watch.lost.clear()
        if directory is None:
            self.reconciled_from = began
        self._cost[directory or ALL_DIRECTORIES] = time.monotonic() - began

    def _redacted(self, gap: Gap) -> Gap:
        path = None if gap.path is None else shown(self.recorder.analyzer, gap.path)
        return Gap(gap.kind, gap.root, gap.detail, gap.opened_at, path, gap.closed_at)

    def _poll(self) -> None:
        recorder = self.recorder
        for watch in self.watches:
            watch.follower.poll()
            if watch.follower.unsettled:
                self._schedule(ALL_DIRECTORIES, self._polled_at)
            watch.report_unread(recorder.ledger, lambda path: shown(recorder.analyzer, path))
            self._record(watch, list(watch.follower.partials()))
            recorder.metrics.lag.labels(watch.name).set(sum(source.lag for source in watch.follower.sources))
            watch.report_lag(recorder.ledger, recorder.metrics)

    def _drain(self) -> bool:
        """One turn for every log with something new; whether there is more to read without waiting."""
        busy = False
        for watch in self.watches:
            if self.cpu_limit.overdrawn():
                return False
            batches = list(watch.follower.read(4 * TURN_BYTES, live_only=self.cpu_limit.exhausted()))
            self._record(watch, batches)
            busy |= bool(batches)
        return busy and self._has_unread()

    def _record(self, watch: LogWatch, batches: Sequence[LineBatch]) -> None:
        if batches:
            self.recorder.record(watch, batches)
            self.problem = None

    def _finish_backlog(self) -> None:
        ledger = self.recorder.ledger
        for watch in self.watches:
            if watch.backlog and not any(source.dirty for source in watch.follower.sources):
                with ledger.entry():
                    ledger.store.set_meta(f"backlog-read:{watch.name}", "1")
                    ledger.backlog_done(watch.watched)
                watch.backlog = False
