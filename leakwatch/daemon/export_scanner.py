"""The thread that scans finished exports, each as a whole."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from leakwatch.core.model import Finding, Gap, GapKind, Limits, Skipped, SkipReason
from leakwatch.daemon.change_hints import ChangeHints
from leakwatch.daemon.cpu_limit import MEASURE_SECONDS, CpuLimit
from leakwatch.daemon.export_watch import ExportWatch
from leakwatch.daemon.finding_group import FindingGroup
from leakwatch.daemon.ledger import Ledger, LocatedFinding
from leakwatch.daemon.log_follower import RETRY_SECONDS, report_unwritable
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.redacted_paths import shown
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.detection.analyze import Analyzer
from leakwatch.files.finished_exports import MAX_ATTEMPTS, as_input
from leakwatch.files.watch_paths import ListedFile
from leakwatch.pipeline import Pipeline, Pool
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.store import ExportRow
from leakwatch.telemetry.scan_stats import ScanStats

CHECK_SECONDS = 1.0
"""How often exports are checked at least while one is not finished."""

NOT_OPENED = frozenset({SkipReason.PERMISSION, SkipReason.NOT_REGULAR, SkipReason.VANISHED})
"""Nothing of such an export was read, and it may be readable soon: it is retried."""

IDLE_SECONDS = 600.0
"""After this long without an export the workers are stopped."""


@dataclass(slots=True)
class ExportScanner:
    """The body of the thread."""

    watches: Sequence[ExportWatch]
    analyzer: Analyzer
    fingerprinter: Fingerprinter
    ledger: Ledger
    metrics: Metrics
    limits: Limits
    pool: Pool | None = None
    """Workers that read and analyse; None: this thread does."""
    cpu_limit: CpuLimit = field(default_factory=lambda: CpuLimit(None, float))
    hints: ChangeHints = field(default_factory=ChangeHints)
    reconciled_from: float = 0.0
    """When (monotonic) the last complete reconcile began."""
    _idle_since: float | None = None
    problem: str | None = None
    """Why nothing can be stored now; None while it can."""

    def run(self, thread: SupervisedThread) -> None:
        """Scan finished exports until the thread is stopped; an interrupted one is started again next time."""
        if self.pool is not None:
            self.pool.on_wait = partial(self._wait, thread)
            with suppress(OSError):  # logged when a worker is needed and cannot be started
                self.pool.start()
        else:
            for analyzer in dict.fromkeys((self.analyzer, *(watch.analyzer for watch in self.watches))):
                if analyzer is not None:
                    analyzer.warm()
                    thread.beat()
        try:
            self._work(thread)
        finally:
            if self.pool is not None:
                self.pool.close()

    def _work(self, thread: SupervisedThread) -> None:
        listed = False
        while not thread.stopping.is_set():
            thread.beat()
            try:
                if not listed:
                    self._reconcile()
                    listed = True
                self._turn(thread)
                self.problem = None
            except sqlite3.Error as error:
                self.problem = report_unwritable(error)
                thread.stopping.wait(RETRY_SECONDS)

    def _turn(self, thread: SupervisedThread) -> None:
        for watch in self.watches:
            for file in watch.exports.finished():
                if thread.stopping.is_set():
                    return
                self._scan(watch, file, thread)
            if watch.backlog and not watch.exports.waiting:
                with self.ledger.entry():
                    self.ledger.store.set_meta(f"backlog-read:{watch.watched.watch}", "1")
                    self.ledger.backlog_done(watch.watched)
                watch.backlog = False
        paths, everything = self.hints.take(self._timeout())
        if everything or paths:
            self._reconcile()

        busy = any(watch.exports.waiting for watch in self.watches)
        if busy or self._idle_since is None:
            self._idle_since = None if busy else time.monotonic()
        elif self.pool is not None and time.monotonic() - self._idle_since > IDLE_SECONDS:
            self.pool.close()

    def _wait(self, thread: SupervisedThread) -> None:
        """Between two steps, and while a worker is busy: pause as long as the CPU limit is exhausted."""
        thread.beat()
        if not self.cpu_limit.exhausted():
            return
        if self.pool is not None:
            self.pool.pause()
        while self.cpu_limit.exhausted() and not thread.stopping.wait(MEASURE_SECONDS):
            thread.beat()
        if self.pool is not None:
            self.pool.resume()

    def _reconcile(self) -> None:
        began = time.monotonic()
        for watch in self.watches:
            watch.exports.reconcile()
            for path, (base, why) in list(watch.exports.special.items()):
                shown_path, now = shown(self.analyzer, path), self.ledger.clock()
                self.ledger.gap(Gap(GapKind.SKIPPED, base, f"not scanned: {why}", now, shown_path))
                del watch.exports.special[path]
        self.reconciled_from = began

    def _timeout(self) -> float:
        due = [at for at in (watch.exports.next_at() for watch in self.watches) if at is not None]
        return max(0.05, min([CHECK_SECONDS, *(at - time.monotonic() for at in due)]))

    def _scan(self, watch: ExportWatch, file: ListedFile, thread: SupervisedThread) -> None:
        """Scan one export. The attempt is stored first, so that a file that crashes the daemon is given up."""
        row = self._row(watch, file)
        if row.attempts > MAX_ATTEMPTS:
            row.state = "quarantined"
            detail = f"scanning it crashed the daemon {MAX_ATTEMPTS} times; it is no longer scanned"
            with self.ledger.entry():
                self.ledger.store.save_export(row)
                self.ledger.gap(self._gap(GapKind.QUARANTINE, file, detail))
            watch.exports.scanned(file)
            return
        self.ledger.store.save_export(row)
        backlog = file.mtime_ns / 1e9 < watch.since
        for group in self._groups(watch, file, row, thread):
            while not self._store(watch, file, group, row, backlog=backlog):
                if thread.stopping.wait(RETRY_SECONDS):
                    break
                thread.beat()
            else:
                if group.last:
                    watch.exports.scanned(file)
                    self.metrics.read_bytes.labels(watch.watched.watch).inc(file.size)
                    return
        row.attempts -= 1  # neither a stop nor a denied open is the fault of the file
        self.ledger.store.save_export(row)
        watch.exports.retry(file)

    def _row(self, watch: ExportWatch, file: ListedFile) -> ExportRow:
        path = watch.exports.key(file.path)
        known = self.ledger.store.export(watch.watched.watch, path)
        same = known is not None and (known.dev, known.ino, known.size, known.mtime_ns) == (
            file.dev,
            file.ino,
            file.size,
            file.mtime_ns,
        )
        attempts = known.attempts + 1 if known is not None and same else 1
        return ExportRow(
            watch.watched.watch,
            path,
            file.dev,
            file.ino,
            file.size,
            file.mtime_ns,
            attempts,
            updated_at=self.ledger.clock(),
        )

    def _groups(
        self, watch: ExportWatch, file: ListedFile, row: ExportRow, thread: SupervisedThread
    ) -> Iterator[FindingGroup]:
        """The findings and gaps of an export, in groups to store together."""
        group = FindingGroup()
        stats = ScanStats()
        pipeline = Pipeline(
            watch.analyzer or self.analyzer,
            stats,
            limits=self.limits,
            encoding=watch.encoding,
            stop=thread.stopping.is_set,
            advance=lambda _: self._wait(thread),
            pool=self.pool,
            analyzer_name=watch.watched.watch,
        )
        opened = True
        unread: set[str] = set()
        for result in pipeline.scan(as_input(file)):
            if thread.stopping.is_set():
                return
            if isinstance(result, Skipped):
                opened &= bool(result.origin.inside) or result.reason not in NOT_OPENED
                group.skipped.append(result)
                gap = self._unread(file, result)
                group.gaps.append(gap)
                unread.add(str(gap.path))
            else:
                group.located.append(LocatedFinding(self._identity(row, result), result))
            if group.full():
                yield group
                group = FindingGroup()
        if thread.stopping.is_set():
            return
        group.last, group.unread = opened, frozenset(unread)
        yield group
        for why, count in (
            ("suppressed", stats.suppressed),
            ("masked", stats.masked_seen),
            ("placeholder", stats.placeholders),
        ):
            self.metrics.quiet.labels(watch.watched.watch, why).inc(count)

    def _store(
        self, watch: ExportWatch, file: ListedFile, group: FindingGroup, row: ExportRow, *, backlog: bool
    ) -> bool:
        """Store a group in one transaction, and with the last one that the export is done; False if that fails."""
        name = watch.watched.watch
        try:
            with self.ledger.entry():
                self.ledger.record(watch.watched, group.located, backlog=backlog)
                for gap in group.gaps:
                    self.ledger.gap(gap)
                if group.last:
                    done = replace(row, state="done", updated_at=self.ledger.clock())
                    self.ledger.store.save_export(done)
                    if shown(self.analyzer, file.path) == file.path:  # several files may share a masked name
                        self.ledger.close_read(file.base, file.path, group.unread)
        except sqlite3.Error as error:
            self.problem = report_unwritable(error)
            return False
        self.problem = None
        for one in group.located:
            self.metrics.findings.labels(name, one.finding.entity).inc()
        for skipped in group.skipped:
            self.metrics.skipped.labels(name, skipped.reason.value).inc()
        return True

    def _unread(self, file: ListedFile, skipped: Skipped) -> Gap:
        inside = "".join(f"!{name}" for name in skipped.origin.inside)
        return self._gap(GapKind.SKIPPED, file, f"not scanned: {skipped.reason.value}", inside)

    def _gap(self, kind: GapKind, file: ListedFile, detail: str, inside: str = "") -> Gap:
        path = shown(self.analyzer, file.path) + inside
        return Gap(kind, file.base, detail, self.ledger.clock(), path)

    def _identity(self, row: ExportRow, finding: Finding) -> bytes:
        place = json.dumps(finding.place.record(), sort_keys=True)
        version = f"{row.dev}:{row.ino}:{row.size}:{row.mtime_ns}"
        digest = self.fingerprinter.digest(
            "sighting", "export", row.path.hex(), version, "!".join(finding.inside), place, finding.entity
        )
        return bytes.fromhex(digest)
