"""The daemon: start, reload, stop. No argv, no signals, no environment: those are passed in."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from leakwatch.config.config_model import Config
from leakwatch.core.errors import Exit, LeakwatchError, StateError
from leakwatch.core.model import Gap, GapKind
from leakwatch.daemon.control import Commands, ControlServer, socket_paths
from leakwatch.daemon.coverage import mode_of
from leakwatch.daemon.engine import SILENT_SECONDS, Engine
from leakwatch.daemon.log_follower import report_unwritable
from leakwatch.daemon.metrics import HealthServer, Metrics
from leakwatch.daemon.sdnotify import ServiceManager
from leakwatch.daemon.subject_lookups import SubjectLookups
from leakwatch.detection.rules import catalogue
from leakwatch.privacy.keyring import Keyring, keyring
from leakwatch.privacy.redaction import Fingerprinter, load_key
from leakwatch.state.store import Store, open_store

_log = structlog.get_logger("leakwatch")

TICK_SECONDS = 1.0
READY_SECONDS = 120.0
"""A start that takes longer than this is a hang."""

TOMBSTONE_SECONDS = 7 * 86400.0

CRASHES = 3
CRASH_SECONDS = 600.0
"""This many restarts after crashes within this time are reported: between two crashes the daemon looks healthy."""


@dataclass(slots=True)
class Daemon:
    """One daemon on one state directory. ``load`` reads the configuration again, for a reload."""

    config: Config
    load: Callable[[], Config]
    env: Mapping[str, str]
    stop: threading.Event
    reload: threading.Event
    wake: threading.Event = field(default_factory=threading.Event)
    _store: Store = field(init=False)
    _key: Fingerprinter = field(init=False)
    _engine: Engine = field(init=False)
    _servers: list[ControlServer | HealthServer] = field(default_factory=list)
    _crashes: int = 0
    _metrics: Metrics = field(default_factory=Metrics)
    _started: float = field(default_factory=time.time)
    _configured: float = field(default_factory=time.monotonic)

    def run(self) -> Exit:
        """Run until ``stop`` is set. Set ``wake`` together with ``stop`` or ``reload``.

        Raises ``LeakwatchError`` if it cannot start. Returns ``Exit.INTERNAL`` if a thread died: the service manager
        then restarts it, and what was read but not stored is read again.
        """
        manager = ServiceManager.of(self.env)
        self._store = open_store(self.config.state_dir)
        try:
            keys = self._keys()
            self._engine = self._build(self.config)
            if self._store.lost:
                now = time.time()
                self._engine.ledger.gap(
                    Gap(GapKind.STATE_LOST, str(self.config.state_dir), self._store.lost, now, closed_at=now)
                )
            self._store.forget_sources(time.time() - TOMBSTONE_SECONDS)
            self._crashes = self._count_crashes()
            if self._crashes:
                self._engine.isolate_until = time.monotonic() + CRASH_SECONDS
            if self.config.metrics.listen:
                self._servers.append(HealthServer(self.config.metrics.listen, self._metrics, self.problems))
            self._servers.append(ControlServer(self._socket(), self._commands(keys)))
            self._engine.start()
            self._engine.ledger.close_gap(GapKind.CONFIG, str(self.config.state_dir))
            for server in self._servers:
                server.start()
            return self._supervise(manager)
        finally:
            for server in self._servers:
                server.stop()
            self._store.close()

    def _keys(self) -> Keyring:
        """The keys of this state, earlier ones included; the current one is used for new findings."""
        key = load_key(self.config.fingerprint_key_file, self.config.state_dir, None, ephemeral=False)
        try:
            keys = keyring(self.config.state_dir, key, keep=True)
        except StateError as error:  # a full disk, perhaps: the next start tries again
            _log.warning("new findings cannot be looked up once the key changes", error=str(error))
            keys = keyring(self.config.state_dir, key)
        if len(keys.epochs) > 1:
            _log.info("the fingerprint key has changed before", keys=len(keys.epochs), in_use=key.id)
        self._store.enter_epoch(key.id)
        self._key = keys.current
        return keys

    def _commands(self, keys: Keyring) -> Commands:
        lookups = SubjectLookups(self.config.state_dir, keys, lambda: catalogue(self.config))
        return {"status": lambda _: self.status(), "lookup": lookups.answer}

    def _count_crashes(self) -> int:
        """How many of the recent starts, this one included, followed a run that was not stopped but died."""
        now = time.time()
        recent = [at for at in json.loads(self._store.meta("crashed-at") or "[]") if now - at < CRASH_SECONDS]
        if self._store.meta("running") == "1":
            recent.append(now)
        self._store.set_meta("crashed-at", json.dumps(recent))
        self._store.set_meta("running", "1")
        return len(recent)

    def problems(self) -> list[str]:
        """What an operator has to know, in words; nothing while all is well."""
        crashes = []
        if self._crashes >= CRASHES and time.time() - self._started < CRASH_SECONDS:
            crashes.append(
                f"it died {self._crashes} times within {CRASH_SECONDS / 60:.0f} minutes; see: journalctl -u leakwatch"
            )
        return [*crashes, *self._engine.problems()]

    def _build(self, config: Config) -> Engine:
        return Engine(config, self._store, self._metrics, self._key)

    def _socket(self) -> Path:
        return socket_paths(self.config.state_dir, self.env.get("RUNTIME_DIRECTORY"))[0]

    def _supervise(self, manager: ServiceManager) -> Exit:
        """Feed the watchdog of the service manager only while every thread is alive; reload and stop on request."""
        ready = False
        code = Exit.OK
        while not self.stop.is_set():
            dead = self._engine.dead() or self._unheard()
            if dead or (not ready and time.monotonic() - self._configured > READY_SECONDS):
                _log.critical("cannot go on", reason=dead or "the first listing of all directories did not finish")
                code = Exit.INTERNAL
                break
            if not ready and self._engine.ready.is_set():
                ready = True
                manager.tell("READY=1", f"STATUS={self._summary()}")
                _log.info("watching", summary=self._summary())
            manager.tell("WATCHDOG=1")
            try:
                self._engine.tick()
            except sqlite3.Error as error:
                report_unwritable(error)
            if self.reload.is_set():
                self.reload.clear()
                self._reload()
            self.wake.wait(0.05 if not ready else TICK_SECONDS)
            self.wake.clear()
        manager.tell("STOPPING=1")
        self._engine.stop()
        if code is Exit.OK:
            self._store.set_meta("running", "0")
        _log.info("stopped", code=int(code))
        return code

    def _unheard(self) -> str | None:
        """The first of control socket and metrics server that does not respond, in words."""
        silent = (server.silent(SILENT_SECONDS) for server in self._servers)
        return next((why for why in silent if why is not None), None)

    def _reload(self) -> None:
        """Apply a changed configuration; an invalid one changes nothing and is reported."""
        root = str(self.config.state_dir)
        try:
            config = self.load()
            if config.state_dir != self.config.state_dir:
                raise LeakwatchError("state_dir cannot change while running; restart instead")  # noqa: TRY301
            engine = self._build(config)
        except LeakwatchError as error:
            _log.error("reload refused; the old configuration stays in force", error=str(error))  # meant for a person
            detail = "reload refused, the old configuration stays in force; run: leakwatch config check"
            self._engine.ledger.gap(Gap(GapKind.CONFIG, root, detail, time.time()))
            return
        for key in ("metrics", "fingerprint_key_file"):
            if getattr(config, key) != getattr(self.config, key):
                _log.warning(f"{key} changes at the next restart")
        self._engine.stop()
        engine.start()
        self.config, self._engine, self._configured = config, engine, time.monotonic()
        engine.ledger.close_gap(GapKind.CONFIG, root)
        _log.info("reloaded", summary=self._summary())

    def _summary(self) -> str:
        files = sum(len(watch.follower.sources) for watch in self._engine.log_follower.watches)
        channels = len(self.config.alerts.channels)
        return f"{len(self.config.watch)} watches, {files} logs followed, {channels} channels"

    def status(self) -> dict[str, Any]:
        """What ``leakwatch status`` shows; holds no value, no URL and no secret."""
        engine = self._engine
        incidents = self._store.incidents(10)
        return {
            "pid": os.getpid(),
            "state_dir": str(self.config.state_dir),
            "started_at": self._started,
            "ready": engine.ready.is_set(),
            "problems": self.problems(),
            "watches": [
                told | _settings(engine.config, told["name"])
                for told in (
                    *map(_log_status, engine.log_follower.watches),
                    *map(_export_status, engine.export_scanner.watches),
                )
            ],
            "incidents": {
                "by_severity": self._severities(),
                "latest": [
                    {
                        "id": one.id,
                        "severity": one.severity.label,
                        "service": one.service,
                        "place": one.place,
                        "key": one.field_key,
                        "entities": dict(one.entities),
                        "count": one.count,
                        "subjects": one.subjects,
                        "sample": one.sample,
                        "last_seen": one.last_seen,
                    }
                    for one in incidents
                ],
            },
            "channels": [
                {
                    "name": state.name,
                    "type": state.type,
                    "state": state.state.value,
                    "last_ok": state.last_ok,
                    "pending": state.pending,
                    "last_reason": state.last_reason,
                }
                for state in engine.channels.states()
            ],
            "gaps": [
                {
                    "kind": stored.gap.kind.value,
                    "root": stored.gap.root,
                    "path": stored.gap.path,
                    "detail": stored.gap.detail,
                    "since": stored.gap.opened_at,
                }
                for stored in self._store.open_gaps()
            ],
        }

    def _severities(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for incident in self._store.incidents(-1):
            counts[incident.severity.label] += 1
        return dict(counts)


def _settings(config: Config, name: str) -> dict[str, Any]:
    """The settings of a watch that differ: detection, labels."""
    watch = next(one for one in config.watch if one.name == name)
    own = watch.detect.model_dump(mode="json", exclude_defaults=True) if watch.detect is not None else {}
    if watch.ner is not None:
        own["ner"] = watch.ner
    return {"detect": own, "labels": dict(watch.labels)}


def _log_status(watch: Any) -> dict[str, Any]:
    follower = watch.follower
    return {
        "name": watch.watched.watch,
        "kind": "log",
        "roots": [root.pattern for root in follower.roots],
        "mode": mode_of(follower.roots),
        "files": sum(source.row.state in {"live", "rotated"} for source in follower.sources),
        "behind_seconds": round(watch.lag.seconds, 1),
        "lag_bytes": sum(source.lag for source in follower.sources),
        "backlog": watch.backlog,
        "unreadable": len(follower.denied),
        "compressed_not_followed": follower.compressed,
        "passed_over_bytes": follower.skipped_bytes,
    }


def _export_status(watch: Any) -> dict[str, Any]:
    return {
        "name": watch.watched.watch,
        "kind": "export",
        "roots": [root.pattern for root in watch.exports.roots],
        "mode": mode_of(watch.exports.roots),
        "files": watch.exports.known,
        "waiting": watch.exports.waiting,
        "backlog": watch.backlog,
    }
