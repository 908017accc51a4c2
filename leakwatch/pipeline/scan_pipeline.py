"""Scans inputs: opens, reads and analyses them. An input that fails is reported and the next one is scanned.

``leakwatch scan`` uses ``Pipeline.run``; the daemon uses ``Pipeline.scan`` for each finished export. Findings are
yielded as they are made; only counts are kept.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from leakwatch.core.model import Finding, Limits, Origin, Severity, Skipped, SkipReason
from leakwatch.detection.analyze import Analysis, Analyzer
from leakwatch.files.walk import FoundFile
from leakwatch.pipeline.partition import split_input
from leakwatch.pipeline.pool import Pool
from leakwatch.pipeline.task import ChunkResult, Input, Outcome, ReadError, Task, TaskDone, run_task
from leakwatch.pipeline.worker_messages import shift_lines
from leakwatch.telemetry import lazy_log
from leakwatch.telemetry.scan_stats import ScanStats

WITHHELD = "<name withheld>"


@dataclass(slots=True)
class _InputTotals:
    """Sums over the tasks of one input; ``reported_gaps`` holds the origins in it with a reported gap."""

    origin: Origin
    size: int | None
    bytes: int = 0
    lines: int = 0
    errors: int = 0
    abort_reason: SkipReason | None = None
    reported_gaps: set[Origin] = field(default_factory=set)


class Pipeline:
    """Scans inputs with one analyzer and counts into one ``ScanStats``. Not thread-safe.

    ``named`` are the paths the user gave: if one of them cannot be read, the scan is incomplete. Findings below
    ``min_severity`` are only counted as hidden. ``stop`` is polled between chunks; ``advance`` is called with the
    number of bytes read. With a ``pool``, its analyzer ``analyzer_name`` does the work, reading ahead of the findings
    yielded; their order stays the same.
    """

    def __init__(
        self,
        analyzer: Analyzer,
        stats: ScanStats,
        *,
        limits: Limits | None = None,
        encoding: str = "auto",
        named: Collection[str] = (),
        min_severity: Severity = Severity.INFO,
        stop: Callable[[], bool] = lambda: False,
        advance: Callable[[int], None] = lambda _: None,
        pool: Pool | None = None,
        analyzer_name: str = "",
    ) -> None:
        self._analyzer = analyzer
        self._stats = stats
        self._limits = limits or Limits()
        self._encoding = encoding
        self._named = frozenset(named)
        self._min_severity = min_severity
        self._stop = stop
        self._advance = advance
        self._pool = pool
        self._analyzer_name = analyzer_name

    def run(self, inputs: Iterable[Input | Skipped]) -> Iterator[Finding | Skipped]:
        """The findings and skips of ``inputs`` in order, until the end or until ``stop`` returns true."""
        with closing(self._outcomes(inputs)) as outcomes:
            for totals, outcome in outcomes:
                yield from self._results(totals, outcome)
                if self._stop():
                    return

    def redacted_name(self, name: str) -> str:
        """The name of an input or member, safe to show. Never raises."""
        try:
            return self._analyzer.redact(name)
        except Exception:  # noqa: BLE001  # a name that cannot be checked may contain a value
            return WITHHELD

    def scan(self, source: Input) -> Iterator[Finding | Skipped]:
        """The findings of one input. Problems are yielded as ``Skipped``, never raised."""
        yield from self.run([source])

    def _outcomes(self, inputs: Iterable[Input | Skipped]) -> Generator[tuple[_InputTotals, Outcome], None, None]:
        """The outcomes of all tasks in order, while a pool works ahead on the next ones."""
        waiting: deque[tuple[_InputTotals, Iterator[Outcome]]] = deque()
        for totals, outcomes in self._submitted(inputs):
            waiting.append((totals, outcomes))
            while waiting and (self._pool is None or self._pool.is_full):
                yield from _with_totals(*waiting.popleft())
        while waiting:
            yield from _with_totals(*waiting.popleft())

    def _submitted(self, inputs: Iterable[Input | Skipped]) -> Iterator[tuple[_InputTotals, Iterator[Outcome]]]:
        for source in inputs:
            if self._stop():
                return
            if isinstance(source, Skipped):
                yield _InputTotals(source.origin, source.bytes), iter([source])
                continue
            totals = _InputTotals(source.origin, source.size)
            self._stats.files += 1
            if lazy_log.is_enabled(logging.DEBUG):
                lazy_log.log(logging.DEBUG, "scanning", path=self._redacted_path(source.origin), bytes=source.size)
            workers = 1 if self._pool is None else len(self._pool.workers)
            for tasks in split_input(source, self._limits, self._encoding, workers):
                yield totals, self._run_tasks(tasks)
            yield totals, self._undecodable(totals)

    def _run_tasks(self, tasks: tuple[Task, ...]) -> Iterator[Outcome]:
        if self._pool is not None and isinstance(tasks[0].source, FoundFile) and self._pool.should_use(tasks):
            try:
                return self._with_progress(self._pool.submit(tasks, self._limits, self._encoding, self._analyzer_name))
            except OSError as error:
                lazy_log.log(logging.WARNING, "cannot start a pool worker", error=os.strerror(error.errno or 0))
                self._pool = None
        task = replace(tasks[0], shares=1)
        return run_task(self._analyzer, task, self._limits, self._encoding, self._advance)

    def _with_progress(self, outcomes: Iterator[tuple[Outcome, int]]) -> Iterator[Outcome]:
        for outcome, read in outcomes:
            self._advance(read)
            yield outcome

    def _undecodable(self, totals: _InputTotals) -> Iterator[Outcome]:
        """A skip if more than one place in a thousand bytes of a text was undecodable, over all its ranges."""
        if totals.errors * 1000 > totals.bytes:
            yield Skipped(totals.origin, SkipReason.DECODE, totals.size)

    def _results(self, totals: _InputTotals, outcome: Outcome) -> Iterator[Finding | Skipped]:
        if isinstance(outcome, ChunkResult):
            yield from self._chunk(totals, outcome)
        elif isinstance(outcome, TaskDone):
            self._stats.bytes_read += outcome.bytes
            self._stats.members += outcome.members
            totals.bytes += outcome.bytes
            totals.lines += outcome.lines
            totals.errors += outcome.errors
        elif isinstance(outcome, ReadError):
            self._log_failure(outcome.origin, outcome.failure)
            yield from self._skipped(totals, Skipped(outcome.origin, SkipReason.DAMAGED, outcome.bytes))
        else:
            yield from self._skipped(totals, outcome)

    def _chunk(self, totals: _InputTotals, result: ChunkResult) -> Iterator[Finding | Skipped]:
        if result.failure is not None:
            self._log_failure(result.origin, result.failure)
            late = isinstance(result.failure, TimeoutError)
            yield from self._gap(totals, result.origin, SkipReason.TIME_OUT if late else SkipReason.DAMAGED)
            return
        analysis = shift_lines(result.analysis, totals.lines)
        yield from self._findings(analysis)
        if analysis.timed_out:
            path = self._redacted_path(result.origin)
            lazy_log.log(logging.WARNING, "detectors ran out of time", path=path, detectors=analysis.timed_out)
            yield from self._gap(totals, result.origin, SkipReason.TIME_OUT)

    def _findings(self, analysis: Analysis) -> Iterator[Finding]:
        self._stats.suppressed += analysis.suppressed
        self._stats.by_rule.update(analysis.by_rule)
        self._stats.masked_seen += analysis.masked_seen
        self._stats.placeholders += analysis.placeholders
        for finding in analysis.findings:
            if finding.severity < self._min_severity:
                self._stats.hidden += 1
            else:
                self._stats.count(finding)
                yield finding

    def _gap(self, totals: _InputTotals, origin: Origin, reason: SkipReason) -> Iterator[Skipped]:
        """Count every failed chunk, but report each origin once."""
        self._stats.gaps += 1
        if origin not in totals.reported_gaps:
            totals.reported_gaps.add(origin)
            yield self._skip(Skipped(origin, reason))

    def _skipped(self, totals: _InputTotals, skipped: Skipped) -> Iterator[Skipped]:
        """Report an input once when several of its tasks abort for the same reason."""
        if skipped.origin == totals.origin:
            if totals.abort_reason is skipped.reason:
                return
            totals.abort_reason = skipped.reason
        yield self._skip(skipped)

    def _skip(self, skipped: Skipped) -> Skipped:
        self._stats.skipped[skipped.reason.value] += 1
        if not skipped.origin.inside and skipped.origin.path in self._named:
            self._stats.named_unread += 1
        return Skipped(self._redacted_origin(skipped.origin), skipped.reason, skipped.bytes)

    def _log_failure(self, origin: Origin, error: Exception) -> None:
        lazy_log.log(
            logging.ERROR, "part of an input was not scanned", path=self._redacted_path(origin), exc_info=error
        )

    def _redacted_path(self, origin: Origin) -> str:
        redacted = self._redacted_origin(origin)
        return "!".join((redacted.path, *redacted.inside))

    def _redacted_origin(self, origin: Origin) -> Origin:
        return Origin(self.redacted_name(origin.path), tuple(map(self.redacted_name, origin.inside)))


def _with_totals(totals: _InputTotals, outcomes: Iterator[Outcome]) -> Iterator[tuple[_InputTotals, Outcome]]:
    for outcome in outcomes:
        yield totals, outcome
