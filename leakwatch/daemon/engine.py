"""Everything that runs for one configuration: built whole before anything of the old one is stopped."""

from __future__ import annotations

import functools
import os
import resource
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from leakwatch.config.config_model import Config, Watch
from leakwatch.config.detect import Detect
from leakwatch.config.problems import InvalidConfigError
from leakwatch.core.errors import ConfigError, LeakwatchError
from leakwatch.core.model import Gap, GapKind, Incident
from leakwatch.daemon.channels import Channels
from leakwatch.daemon.coverage import Coverage
from leakwatch.daemon.cpu_limit import CpuLimit, used_by
from leakwatch.daemon.export_scanner import ExportScanner, ExportWatch
from leakwatch.daemon.ledger import Ledger
from leakwatch.daemon.log_follower import NOT_FOLLOWED, LogScanner, LogWatch
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.out_of_band_alerts import OutOfBandAlerts
from leakwatch.daemon.schedule import Schedule
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.detection.analyze import Analyzer
from leakwatch.files.finished_exports import FinishedExports
from leakwatch.files.inotify import Watcher
from leakwatch.files.tail import Follower
from leakwatch.files.watch_paths import WatchPath, roots_of
from leakwatch.notify.dispatch import told_of
from leakwatch.pipeline import Pool, engine, watching
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.incidents import Watched
from leakwatch.state.outbox import StoredOutbox
from leakwatch.state.store import SourceRow, Store

_log = structlog.get_logger("leakwatch")

SILENT_SECONDS = 30.0
"""A thread that has not beaten for this long counts as hanging."""

SENDING_SECONDS = 120.0
"""The same for a channel: one attempt may take as long as its deadlines allow."""

_OF_A_ROOT = frozenset({GapKind.ROOT_MISSING, GapKind.WATCH_LIMIT, GapKind.DENIED, GapKind.RECEIVER})
"""Gaps of a root (or channel) that end when nobody asks for it any more."""

MAX_OPEN = 1024
"""At most this many logs of a watch stay open, and all of them together use half of the descriptors there may be."""

RECONCILE_SECONDS = 30.0
MISSING_ROOT_SECONDS = 5.0
STOP_SECONDS = 6.0

Analyzers = Callable[[Detect], Analyzer]


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
    tailing: LogScanner = field(init=False)
    exporting: ExportScanner = field(init=False)
    _pulses: list[SupervisedThread] = field(default_factory=list)
    _names: Analyzer = field(init=False)
    _watcher: Watcher = field(init=False)
    _coverage: Coverage = field(init=False)
    _out_of_band: OutOfBandAlerts = field(init=False)
    _schedule: Schedule = field(default_factory=Schedule)
    _roots: list[WatchPath] = field(default_factory=list)
    _overflowed: threading.Event = field(default_factory=threading.Event)
    _look: threading.Event = field(default_factory=threading.Event)
    _blind_since: float | None = None
    _failing: set[str] = field(default_factory=set)
    """Channels that an earlier run left in trouble and that have not delivered since."""
    careful_until: float = 0.0
    """Until then (monotonic) lines are analysed in another process, since they may have ended an earlier run."""
    _stopped: bool = False

    def __post_init__(self) -> None:
        """Build all parts; nothing runs yet. ``ConfigError`` when the configuration cannot work."""
        outbox = StoredOutbox(self.store, told_of)
        self.channels = Channels(self.config, outbox, self._trouble, self._recovered)
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
        self._names = engine(self.config, self.fingerprinter)
        tails, scans = self._analyzers(), self._analyzers()
        logs = [self._log_watch(watch, tails) for watch in self.config.watch if watch.kind == "log"]
        exports = [self._export_watch(watch, scans) for watch in self.config.watch if watch.kind == "export"]
        self.tailing = LogScanner(
            logs,
            tails(self._everywhere),
            self.fingerprinter,
            self.ledger,
            self.metrics,
            self.ready.set,
            budget=self._budget(),
        )
        self.exporting = ExportScanner(
            exports,
            scans(self._everywhere),
            self.fingerprinter,
            self.ledger,
            self.metrics,
            self.config.limits.reading,
            self._pool("export", self.config.limits.workers),
            self._budget(),
        )

    # ---------------------------------------------------------------------------------------- life

    def start(self) -> None:
        """Watch, read and tell from now on; ``ready`` is set once everything was looked at."""
        try:
            self._watcher = Watcher(self._hint, self._moved, self._events_lost)
        except OSError as error:
            raise LeakwatchError(f"inotify: {error.strerror}; raise fs.inotify.max_user_instances") from None
        self._watcher.start()
        self._coverage = Coverage(self._roots, self._watcher, self.ledger, self._names)
        self._resume()
        self._coverage.check()
        if self.careful_until > time.monotonic():
            self.tailing.pool, self.tailing.careful_until = self._pool("log", 1), self.careful_until
        self._pulses = [SupervisedThread("tail", self.tailing.run)]
        if self.exporting.watches:
            self._pulses.append(SupervisedThread("exports", self.exporting.run))
        for thread in self._pulses:
            thread.start()
        self.channels.start()
        self._schedule.every(RECONCILE_SECONDS, "reconcile", self._look.set)
        if self.config.alerts.heartbeat:
            self._out_of_band.beat.set()
            self._schedule.every(self.config.alerts.heartbeat, "heartbeat", self._out_of_band.beat.set)
        self._schedule.start()

    def _resume(self) -> None:
        """Go on from what is stored: only now, since until now another engine may have been at work."""
        sources = self.store.sources()
        for log in self.tailing.watches:
            log.follower.resume(row for row in sources if row.watch == log.watched.watch)
            log.backlog = self._has_backlog(log.watched)
        for export in self.exporting.watches:
            export.exports.resume(self.store.exports(export.watched.watch))
            export.backlog = self._has_backlog(export.watched)
        for stored in self.store.open_gaps():
            self._take_up(stored.gap)

    def _take_up(self, gap: Gap) -> None:
        """Let a gap that an earlier run left open be closed by whoever would have; close it when nobody can."""
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
        elif gap.kind in _OF_A_ROOT and gap.root not in {root.pattern for root in self._roots}:
            self.ledger.close_gap(gap.kind, gap.root, gap.path)

    def _following(self, base: str) -> list[LogWatch]:
        return [log for log in self.tailing.watches if base in {root.base for root in log.follower.roots}]

    def stop(self) -> None:
        """Store what was read, and end every thread."""
        self._stopped = True
        self._schedule.stop()
        self._watcher.stop()
        for thread in self._pulses:
            thread.stopping.set()
        self.tailing.hints.everything()
        self.exporting.hints.everything()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._pulses:
            thread.join(max(0.1, deadline - time.monotonic()))
        self.channels.stop()
        self._watcher.join()

    def tick(self) -> None:
        """Do what is due: notices, coverage of the roots, overflow, scheduled looks, the state of channels."""
        if self.ready.is_set():
            self._out_of_band.alive()
        self._out_of_band.unwritten(next(self._troubles(), None))
        if self._overflowed.is_set():
            self._overflowed.clear()
            detail = "the kernel dropped events; everything is looked at again"
            self.ledger.gap(Gap(GapKind.OVERFLOW, "inotify", detail, time.time()))
            self._blind_since = time.monotonic()
            self._look.set()
        if self._look.is_set() or self._coverage.due(MISSING_ROOT_SECONDS):
            self._look.clear()
            self._coverage.check()
            self.tailing.hints.everything()
            self.exporting.hints.everything()
        self._schedule.nudge()
        if self._blind_since is not None and self._seen_since(self._blind_since):
            self._blind_since = None
            self._forget_moves()  # once more: of events from before the overflow
            self.ledger.close_gap(GapKind.OVERFLOW, "inotify")
        self.metrics.open_gaps.set(len(self.store.open_gaps()))
        for state in self.channels.states():
            self.metrics.pending.labels(state.name).set(state.pending)
            if state.name in self._failing and state.last_ok is not None:
                self._failing.discard(state.name)
                self._recovered(state.name)

    def _seen_since(self, moment: float) -> bool:
        """Whether both threads began, after that moment, to look at everything, and finished."""
        exports_too = not self.exporting.watches or self.exporting.seen_from > moment
        return self.tailing.seen_from > moment and exports_too

    def dead(self) -> str | None:
        """Which thread died, hangs or is missing; None while all live, or when it was stopped."""
        if self._stopped:
            return None
        for thread in self._pulses:
            if not thread.is_alive():
                return f"thread {thread.name} died ({thread.failed})"
            if thread.silent > SILENT_SECONDS and self.ready.is_set():
                return f"thread {thread.name} has not moved for {thread.silent:.0f} s"
        if not self._watcher.alive():
            return "the inotify thread died"
        if not self._schedule.alive:
            return "the scheduler died"
        return self.channels.silent(SENDING_SECONDS)

    # ---------------------------------------------------------------------------------------- parts

    def _watched(self, watch: Watch) -> Watched:
        service = watch.service or watch.name
        host = socket.gethostname()
        return Watched(watch.name, watch.kind, service, self.config.env, watch.owner, host, watch.labels)

    def _since(self, watch: Watch) -> float:
        """When this watch was first started."""
        name = f"first-start:{watch.name}"
        known = self.store.meta(name)
        if known is None:
            known = repr(time.time())
            self.store.set_meta(name, known)
        return float(known)

    def _has_backlog(self, watch: Watched) -> bool:
        return self.store.meta(f"backlog-read:{watch.watch}") is None

    def _digest(self, data: bytes) -> bytes:
        return bytes.fromhex(self.fingerprinter.digest("bytes", data.hex()))

    def _save(self, row: SourceRow) -> None:
        self.tailing.save(row)

    @property
    def _everywhere(self) -> Detect:
        """The detection of a watch that has no settings of its own."""
        return self.config.detect.laid_over(None, None)

    def _analyzers(self) -> Analyzers:
        """The analyzers of one thread: one for each detection that differs, made when it is first wanted."""

        @functools.cache
        def made(detect: Detect) -> Analyzer:
            return engine(self.config.model_copy(update={"detect": detect}), self.fingerprinter)

        return made

    def _analyzer(self, watch: Watch, analyzers: Analyzers) -> Analyzer:
        try:
            own = analyzers(self.config.for_watch(watch).detect)
        except InvalidConfigError:
            raise  # a rule file, which is named
        except ConfigError as error:
            raise ConfigError(f"watch {watch.name}: {error}") from None
        return own.serving(watch.service or watch.name, analyzers(self._everywhere))

    def _pool(self, kind: str, workers: int) -> Pool:
        """Processes for watches of a kind; what they are told holds no address and no secret of a receiver."""
        watches = {
            watch.name: (watch.service or watch.name, self.config.for_watch(watch).detect.sought)
            for watch in self.config.watch
            if watch.kind == kind
        }
        everywhere = replace(self.config.settings, detect=self._everywhere.sought)
        make = functools.partial(watching, watches, everywhere, self.fingerprinter)
        return Pool(make, workers, alone=-1, warm=True)

    def _budget(self) -> CpuLimit:
        return CpuLimit(self.config.limits.cpu, functools.partial(used_by, os.getpid()))

    def _log_watch(self, watch: Watch, analyzers: Analyzers) -> LogWatch:
        follower = Follower(
            watch.name,
            roots_of(watch.paths, recursive=watch.recursive),
            self._digest,
            self._save,
            time.time,
            self._since(watch),
            watch.encoding,
            watch.start_at == "end",
            max_open=self._max_open(),
        )
        self._roots += follower.roots
        return LogWatch(self._watched(watch), follower, analyzer=self._analyzer(watch, analyzers))

    def _max_open(self) -> int:
        watches = sum(watch.kind == "log" for watch in self.config.watch)
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return max(1, min(MAX_OPEN, allowed // 2 // watches))

    def _export_watch(self, watch: Watch, analyzers: Analyzers) -> ExportWatch:
        roots = roots_of(watch.paths, recursive=watch.recursive)
        exports = FinishedExports(watch.name, roots, watch.settle, time.monotonic, time.time, self._digest)
        self._roots += roots
        analyzer = self._analyzer(watch, analyzers)
        return ExportWatch(self._watched(watch), exports, self._since(watch), watch.encoding, analyzer=analyzer)

    def _hint(self, path: str, written: bool) -> None:
        self.tailing.hints.add(path, written=written)
        if self.exporting.watches:
            self.exporting.hints.add(path, written=written)

    def _moved(self, old: str | None, new: str | None) -> None:
        for log in self.tailing.watches:
            log.follower.pending_renames.moved(old, new)

    def _events_lost(self) -> None:
        self._forget_moves()
        self._overflowed.set()

    def _forget_moves(self) -> None:
        for log in self.tailing.watches:
            log.follower.pending_renames.forget()

    def _trouble(self, channel: str, reason: str) -> None:
        with suppress(sqlite3.Error):  # the trouble may be just that; the channel's thread has to live on
            self.ledger.gap(Gap(GapKind.RECEIVER, channel, reason, time.time()))

    def _recovered(self, channel: str) -> None:
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

    def _troubles(self) -> Iterator[str]:
        """Why nothing can be stored now."""
        yield from (trouble for trouble in (self.tailing.trouble, self.exporting.trouble) if trouble)

    def problems(self) -> Iterator[str]:
        """What a person has to know, in words; nothing while all is well."""
        dead = self.dead()
        if dead:
            yield dead
        yield from set(self._troubles())
        for stored in self.store.open_gaps():
            if stored.gap.kind is not GapKind.SKIPPED:
                yield f"{stored.gap.kind.value}: {stored.gap.detail}"
