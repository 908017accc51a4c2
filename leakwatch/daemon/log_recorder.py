"""Analyses batches of lines and stores their findings and offsets in one transaction."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Finding, Gap, GapKind, Limits
from leakwatch.daemon.ledger import Ledger, LocatedFinding
from leakwatch.daemon.log_watch import LogWatch
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.redacted_paths import shown
from leakwatch.detection.analyze import Analysis, Analyzer
from leakwatch.files.tail import LineBatch
from leakwatch.files.walk import FoundFile
from leakwatch.pipeline import ChunkResult, Pool, Task
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.store import SourceRow

MAX_NAMES = 100_000


@dataclass(slots=True)
class LogRecorder:
    """Everything that is stored about logs goes through here. Used by one thread."""

    analyzer: Analyzer
    fingerprinter: Fingerprinter
    ledger: Ledger
    metrics: Metrics
    pool: Pool | None = None
    """Workers that analyse instead of this thread, while a crash of an earlier run may be due to what is analysed."""
    beat: Callable[[], None] = lambda: None
    """Called before everything that may take long."""
    _names: dict[str, str] = field(default_factory=dict)
    """Redacted paths: to redact one takes longer than to read a quiet log."""

    def redact(self, path: str) -> str:
        """A path as it may be stored and shown."""
        known = self._names.get(path)
        if known is None:
            if len(self._names) >= MAX_NAMES:
                self._names.clear()
            known = self._names[path] = shown(self.analyzer, path)
        return known

    def save(self, row: SourceRow) -> None:
        """Store the offset of a log under its redacted path; the next run finds the real one by its inode."""
        path = os.path.join(os.fsdecode(row.directory), os.fsdecode(row.name))  # noqa: PTH118
        self.beat()  # the first listing of many logs takes long
        folder, _, name = self.redact(path).rpartition("/")
        stored = replace(row, directory=os.fsencode(folder), name=os.fsencode(name))
        self.ledger.store.save_source(stored)
        row.uid = stored.uid

    def record(self, watch: LogWatch, batches: Sequence[LineBatch]) -> None:
        """Analyse and store batches; on ``sqlite3.Error`` nothing is stored and no offset has moved."""
        if not batches:
            return
        began = time.monotonic()
        analysed = [(batch, *self._analyse(watch, batch)) for batch in batches]
        with self.ledger.entry():
            for batch, analysis, failures in analysed:
                for detail in failures:
                    self._report_unscanned(batch, detail)
                located = [LocatedFinding(self._identity(batch, finding), finding) for finding in analysis.findings]
                self.ledger.record(watch.watched, located, backlog=batch.backlog)
                if not batch.partial:
                    self.save(batch.after)
        for batch, analysis, _ in analysed:
            watch.read += 0 if batch.partial else batch.after.offset - batch.source.row.offset
            watch.follower.accept(batch)
            self._count(watch.name, batch, analysis)
        self.metrics.latency.observe(time.monotonic() - began)

    def _analyse(self, watch: LogWatch, batch: LineBatch) -> tuple[Analysis, list[str]]:
        """The analysis of a batch, and why parts of it were not scanned."""
        self.beat()
        try:
            if self.pool is None:
                analysis = (watch.analyzer or self.analyzer).analyze(batch.chunk)
            else:
                analysis = _analyse_in_worker(self.pool, watch.name, batch)
        except (AnalysisError, TimeoutError) as error:
            return Analysis(), [f"analysis failed in lines from {batch.chunk.first_line}: {error}"]
        if analysis.timed_out:
            return analysis, [f"a pattern ran out of time ({', '.join(analysis.timed_out)})"]
        return analysis, []

    def _count(self, watch: str, batch: LineBatch, analysis: Analysis) -> None:
        self.metrics.read_bytes.labels(watch).inc(len(batch.chunk.data))
        if batch.decode_errors:
            self.metrics.decode_errors.labels(watch).inc(batch.decode_errors)
        for why, count in (
            ("suppressed", analysis.suppressed),
            ("masked", analysis.masked_seen),
            ("placeholder", analysis.placeholders),
        ):
            self.metrics.quiet.labels(watch, why).inc(count)
        for finding in analysis.findings:
            self.metrics.findings.labels(watch, finding.entity).inc()

    def _report_unscanned(self, batch: LineBatch, detail: str) -> None:
        path = shown(self.analyzer, batch.source.path)
        now = self.ledger.clock()
        self.ledger.gap(Gap(GapKind.TIME_OUT, batch.source.base, detail, now, path, now))

    def _identity(self, batch: LineBatch, finding: Finding) -> bytes:
        """What makes a finding the same when its line is read again: log, line, column and entity."""
        if not batch.after.uid:  # a new log gets its number in the same transaction
            self.save(batch.after)
        place = finding.place.record()
        digest = self.fingerprinter.digest(
            "sighting", "log", str(batch.after.uid), str(place["line"]), str(place["start_column"]), finding.entity
        )
        return bytes.fromhex(digest)


def _analyse_in_worker(pool: Pool, watch: str, batch: LineBatch) -> Analysis:
    """Analyse a batch in another process. ``AnalysisError`` or ``TimeoutError`` if that process died or hung."""
    chunk = batch.chunk
    task = Task(FoundFile(chunk.origin, len(chunk.data), "", ()), chunk=chunk)
    results, _ = list(pool.submit((task,), Limits(), "auto", watch))
    assert isinstance(results[0], ChunkResult)
    if results[0].failure is not None:
        raise results[0].failure
    return results[0].analysis
