"""Everything that runs for one configuration: built completely before anything of the old one is stopped."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from leakwatch.config.config_model import Config
from leakwatch.core.errors import LeakwatchError
from leakwatch.core.model import Gap, GapKind, Incident
from leakwatch.daemon.channels import Channels
from leakwatch.daemon.coverage import Coverage
from leakwatch.daemon.export_scanner import ExportScanner
from leakwatch.daemon.ledger import Ledger
from leakwatch.daemon.log_follower import LogFollower
from leakwatch.daemon.log_recorder import LogRecorder
from leakwatch.daemon.log_watch import NOT_FOLLOWED, LogWatch
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.out_of_band_alerts import OutOfBandAlerts
from leakwatch.daemon.schedule import Schedule
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.daemon.watch_builder import WatchBuilder
from leakwatch.detection.analyze import Analyzer
from leakwatch.files.inotify import Watcher
from leakwatch.notify.dispatch import notification_after
from leakwatch.pipeline import engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.outbox import StoredOutbox
from leakwatch.state.store import Store

_log = structlog.get_logger("leakwatch")

SILENT_SECONDS = 30.0
"""A thread without a heartbeat for this long counts as hanging."""

SENDING_SECONDS = 120.0
"""The same for a channel: one attempt may take as long as its deadlines allow."""

_ENDS_WITH_ITS_ROOT = frozenset({GapKind.ROOT_MISSING, GapKind.WATCH_LIMIT, GapKind.DENIED, GapKind.RECEIVER})
"""Gaps of a watched path (or channel) that end when it is no longer configured."""

RECONCILE_SECONDS = 30.0
MISSING_ROOT_SECONDS = 5.0
STOP_SECONDS = 6.0


@dataclass(slots=True)
class Engine:
    """The threads of one configuration. ``start`` and ``stop`` are called once each, ``tick`` every second."""

    config: Config
    store: Store
    metrics: Metrics
    fingerprinter: Fingerprinter
    ready: threading.Event = field(default_factory=threading.Event)
    ledger: Ledger = field(init=False)
    channels: Channels = field(init=False)
    log_follower: LogFollower = field(init=False)
    export_scanner: ExportScanner = field(init=False)
    isolate_until: float = 0.0
    """Until when (monotonic) logs are analysed in a worker, since they may have crashed an earlier run."""
    _builder: WatchBuilder = field(init=False)
    _threads: list[SupervisedThread] = field(default_factory=list)
    _path_analyzer: Analyzer = field(init=False)
    _watcher: Watcher = field(init=False)
    _coverage: Coverage = field(init=False)
    _out_of_band: OutOfBandAlerts = field(init=False)
    _schedule: Schedule = field(default_factory=Schedule)
    _overflowed: threading.Event = field(default_factory=threading.Event)
    _reconcile_due: threading.Event = field(default_factory=threading.Event)
    _blind_since: float | None = None
    _failing: set[str] = field(default_factory=set)
    """Channels that failed in an earlier run and have not delivered since."""
    _stopped: bool = False

    def __post_init__(self) -> None:
        """Build all parts; nothing runs yet. ``ConfigError`` when the configuration cannot work."""
        outbox = StoredOutbox(self.store, notification_after)
        self.channels = Channels(self.config, outbox, self._receiver_failed, self._receiver_recovered)
        self.ledger = Ledger(
            self.store,
            outbox,
            self.channels.routes,
            time.time,
            self.channels.wake,
            on_new=self._count_incident,
            on_gap=self._count_gap,
        )
        self._out_of_band = OutOfBandAlerts(self.channels, self.ledger, str(self.config.state_dir))
        self._path_analyzer = engine(self.config, self.fingerprinter)
        builder = self._builder = WatchBuilder(self.config, self.store, self.fingerprinter)
        for_logs, for_exports = builder.analyzers(), builder.analyzers()
        recorder = LogRecorder(for_logs(builder.default_detection), self.fingerprinter, self.ledger, self.metrics)
        logs = builder.log_watches(for_logs, recorder.save)
        self.log_follower = LogFollower(logs, recorder, self.ready.set, cpu_limit=builder.cpu_limit())
        self.export_scanner = ExportScanner(
            builder.export_watches(for_exports),
            for_exports(builder.default_detection),
            self.fingerprinter,
            self.ledger,
            self.metrics,
            self.config.limits.reading,
            builder.pool("export", self.config.limits.workers),
            builder.cpu_limit(),
        )

    def start(self) -> None:
        """Start watching, reading and alerting; ``ready`` is set once everything was listed."""
        try:
            self._watcher = Watcher(self._hint, self._renamed, self._events_lost)
        except OSError as error:
            raise LeakwatchError(f"inotify: {error.strerror}; raise fs.inotify.max_user_instances") from None
        self._watcher.start()
        self._coverage = Coverage(self._builder.roots, self._watcher, self.ledger, self._path_analyzer)
        self._resume()
        self._coverage.check()
        if self.isolate_until > time.monotonic():
            self.log_follower.recorder.pool = self._builder.pool("log", 1)
            self.log_follower.isolate_until = self.isolate_until
        self._threads = [SupervisedThread("tail", self.log_follower.run)]
        if self.export_scanner.watches:
            self._threads.append(SupervisedThread("exports", self.export_scanner.run))
        for thread in self._threads:
            thread.start()
        self.channels.start()
        self._schedule.every(RECONCILE_SECONDS, "reconcile", self._reconcile_due.set)
        if self.config.alerts.heartbeat:
            self._out_of_band.beat.set()
            self._schedule.every(self.config.alerts.heartbeat, "heartbeat", self._out_of_band.beat.set)
        self._schedule.start()

    def _resume(self) -> None:
        """Resume from the stored state: only now, since another engine may have been running until now."""
        sources = self.store.sources()
        for log in self.log_follower.watches:
            log.follower.resume(row for row in sources if row.watch == log.watched.watch)
            log.backlog = self._builder.has_backlog(log.watched)
        for export in self.export_scanner.watches:
            export.exports.resume(self.store.exports(export.watched.watch))
            export.backlog = self._builder.has_backlog(export.watched)
        for stored in self.store.open_gaps():
            self._adopt(stored.gap)

    def _adopt(self, gap: Gap) -> None:
        """Hand a gap that an earlier run left open to the part that will close it; close it if none can."""
        if gap.kind is GapKind.OVERFLOW:
            self._blind_since = time.monotonic()
        elif gap.kind is GapKind.RECEIVER and gap.root in {route.channel for route in self.channels.routes}:
            self._failing.add(gap.root)
        elif gap.kind is GapKind.DENIED and gap.path is not None:
            at = self._following(gap.root)
            for log in at:
                log.denied[gap.path] = gap.root
            if not at:
                self.ledger.close_gap(gap.kind, gap.root, gap.path)
        elif gap.detail == NOT_FOLLOWED and gap.path is not None:
            for log in self._following(gap.root):
                log.foreign[gap.path] = gap.root
        elif gap.kind in _ENDS_WITH_ITS_ROOT and gap.root not in {root.pattern for root in self._builder.roots}:
            self.ledger.close_gap(gap.kind, gap.root, gap.path)

    def _following(self, base: str) -> list[LogWatch]:
        return [log for log in self.log_follower.watches if base in {root.base for root in log.follower.roots}]

    def stop(self) -> None:
        """Store what was read and end every thread."""
        self._stopped = True
        self._schedule.stop()
        self._watcher.stop()
        for thread in self._threads:
            thread.stopping.set()
        self.log_follower.hints.add_all()
        self.export_scanner.hints.add_all()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        self.channels.stop()
        self._watcher.join()

    def tick(self) -> None:
        """Do what is due: out-of-band alerts, coverage, overflow, scheduled reconciles, the state of channels."""
        if self.ready.is_set():
            self._out_of_band.alive()
        self._out_of_band.unwritten(next(self._storage_problems(), None))
        if self._overflowed.is_set():
            self._overflowed.clear()
            detail = "the kernel dropped events; all directories are listed again"
            self.ledger.gap(Gap(GapKind.OVERFLOW, "inotify", detail, time.time()))
            self._blind_since = time.monotonic()
            self._reconcile_due.set()
        if self._reconcile_due.is_set() or self._coverage.due(MISSING_ROOT_SECONDS):
            self._reconcile_due.clear()
            self._coverage.check()
            self.log_follower.hints.add_all()
            self.export_scanner.hints.add_all()
        self._schedule.nudge()
        if self._blind_since is not None and self._reconciled_since(self._blind_since):
            self._blind_since = None
            self._forget_renames()  # again: events from before the overflow came in meanwhile
            self.ledger.close_gap(GapKind.OVERFLOW, "inotify")
        self.metrics.open_gaps.set(len(self.store.open_gaps()))
        for state in self.channels.states():
            self.metrics.pending.labels(state.name).set(state.pending)
            if state.name in self._failing and state.last_ok is not None:
                self._failing.discard(state.name)
                self._receiver_recovered(state.name)

    def _reconciled_since(self, moment: float) -> bool:
        """Whether both threads began a complete reconcile after that moment, and finished it."""
        exports_too = not self.export_scanner.watches or self.export_scanner.reconciled_from > moment
        return self.log_follower.reconciled_from > moment and exports_too

    def dead(self) -> str | None:
        """The thread that died or hangs, in words; None while all are alive, or after ``stop``."""
        if self._stopped:
            return None
        for thread in self._threads:
            if not thread.is_alive():
                return f"thread {thread.name} died ({thread.failed})"
            if thread.silent > SILENT_SECONDS and self.ready.is_set():
                return f"thread {thread.name} has not reported for {thread.silent:.0f} s"
        if not self._watcher.alive():
            return "the inotify thread died"
        if not self._schedule.alive:
            return "the scheduler died"
        return self.channels.silent(SENDING_SECONDS)

    def _hint(self, path: str, written: bool) -> None:
        self.log_follower.hints.add(path, written=written)
        if self.export_scanner.watches:
            self.export_scanner.hints.add(path, written=written)

    def _renamed(self, old: str | None, new: str | None) -> None:
        for log in self.log_follower.watches:
            log.follower.pending_renames.moved(old, new)

    def _events_lost(self) -> None:
        self._forget_renames()
        self._overflowed.set()

    def _forget_renames(self) -> None:
        for log in self.log_follower.watches:
            log.follower.pending_renames.forget()

    def _receiver_failed(self, channel: str, reason: str) -> None:
        with suppress(sqlite3.Error):  # storing may be what fails; the channel's thread has to go on
            self.ledger.gap(Gap(GapKind.RECEIVER, channel, reason, time.time()))

    def _receiver_recovered(self, channel: str) -> None:
        with suppress(sqlite3.Error):
            self.ledger.close_gap(GapKind.RECEIVER, channel)

    def _count_incident(self, incident: Incident) -> None:
        self.metrics.incidents.labels(incident.watch, incident.severity.label).inc()
        _log.info(
            "incident opened",
            incident=incident.id,
            severity=incident.severity.label,
            service=incident.service,
            entities=sorted(incident.entities),
        )

    def _count_gap(self, gap: Gap) -> None:
        self.metrics.gaps.labels(gap.kind.value).inc()
        _log.warning("gap", kind=gap.kind.value, root=gap.root, path=gap.path, detail=gap.detail)

    def _storage_problems(self) -> Iterator[str]:
        """Why nothing can be stored now."""
        yield from (problem for problem in (self.log_follower.problem, self.export_scanner.problem) if problem)

    def problems(self) -> Iterator[str]:
        """What an operator has to know, in words; nothing while all is well."""
        dead = self.dead()
        if dead:
            yield dead
        yield from set(self._storage_problems())
        for stored in self.store.open_gaps():
            if stored.gap.kind is not GapKind.SKIPPED:
                yield f"{stored.gap.kind.value}: {stored.gap.detail}"
