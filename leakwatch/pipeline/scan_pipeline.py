"""Inputs in, findings out: open, read, analyse, count. One input that fails is told, and the next one is scanned.

``Pipeline.run`` serves ``leakwatch scan``; ``Pipeline.scan`` serves whoever has one input, such as a finished export.
Nothing is kept but counts: a finding is handed on as soon as it is made.
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
from leakwatch.pipeline.partition import turns
from leakwatch.pipeline.pool import Pool
from leakwatch.pipeline.task import ChunkResult, Input, Outcome, ReadError, Task, TaskDone, look
from leakwatch.pipeline.worker_messages import moved
from leakwatch.telemetry import lazy_log
from leakwatch.telemetry.scan_stats import ScanStats

WITHHELD = "<name withheld>"


@dataclass(slots=True)
class _File:
    """What is added up over the pieces of one input; ``blind`` are the origins in it with a gap that was told."""

    origin: Origin
    size: int | None
    bytes: int = 0
    lines: int = 0
    errors: int = 0
    broken: SkipReason | None = None
    blind: set[Origin] = field(default_factory=set)


class Pipeline:
    """Scans inputs with one analyzer and counts into one tally. Not thread-safe.

    ``named`` are the paths somebody asked for: one of them unread makes a scan incomplete. Findings below
    ``min_severity`` are only counted as hidden. ``stop`` is asked between chunks; ``advance`` is told bytes read.
    With a ``pool`` inputs are read and analysed by its analyzers of that ``name``, some ahead of the one whose findings
    are given; their order is the same.
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
        name: str = "",
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
        self._name = name

    def run(self, inputs: Iterable[Input | Skipped]) -> Iterator[Finding | Skipped]:
        """What is in ``inputs``, in their order, until there are no more or somebody says stop."""
        with closing(self._given(inputs)) as given:
            for file, outcome in given:
                yield from self._results(file, outcome)
                if self._stop():
                    return

    def shown(self, name: str) -> str:
        """The name of an input or a member as it may be shown; never an error."""
        try:
            return self._analyzer.redact(name)
        except Exception:  # noqa: BLE001  a name that cannot be checked may hold a value, and is kept back
            return WITHHELD

    def scan(self, source: Input) -> Iterator[Finding | Skipped]:
        """What is in one input. A problem with it is a ``Skipped``, never an error."""
        yield from self.run([source])

    def _given(self, inputs: Iterable[Input | Skipped]) -> Generator[tuple[_File, Outcome], None, None]:
        """What comes of every piece of the inputs, in order; a pool is at work on the next ones meanwhile."""
        waiting: deque[tuple[_File, Iterator[Outcome]]] = deque()
        for file, answers in self._asked(inputs):
            waiting.append((file, answers))
            while waiting and (self._pool is None or self._pool.full):
                yield from _each(*waiting.popleft())
        while waiting:
            yield from _each(*waiting.popleft())

    def _asked(self, inputs: Iterable[Input | Skipped]) -> Iterator[tuple[_File, Iterator[Outcome]]]:
        for source in inputs:
            if self._stop():
                return
            if isinstance(source, Skipped):
                yield _File(source.origin, source.bytes), iter([source])
                continue
            file = _File(source.origin, source.size)
            self._stats.files += 1
            if lazy_log.heard(logging.DEBUG):
                lazy_log.say(logging.DEBUG, "scanning", path=self._shown(source.origin), bytes=source.size)
            hands = 1 if self._pool is None else len(self._pool.hands)
            for pieces in turns(source, self._limits, self._encoding, hands):
                yield file, self._looked(pieces)
            yield file, self._undecodable(file)

    def _looked(self, pieces: tuple[Task, ...]) -> Iterator[Outcome]:
        if self._pool is not None and isinstance(pieces[0].source, FoundFile) and self._pool.wanted(pieces):
            try:
                return self._advancing(self._pool.ask(pieces, self._limits, self._encoding, self._name))
            except OSError as error:
                lazy_log.say(logging.WARNING, "no process to analyse in", error=os.strerror(error.errno or 0))
                self._pool = None
        whole = replace(pieces[0], shares=1)
        return look(self._analyzer, whole, self._limits, self._encoding, self._advance)

    def _advancing(self, answers: Iterator[tuple[Outcome, int]]) -> Iterator[Outcome]:
        for outcome, read in answers:
            self._advance(read)
            yield outcome

    def _undecodable(self, file: _File) -> Iterator[Outcome]:
        """After all ranges of a text: whether more than one place in a thousand bytes was undecodable."""
        if file.errors * 1000 > file.bytes:
            yield Skipped(file.origin, SkipReason.DECODE, file.size)

    def _results(self, file: _File, outcome: Outcome) -> Iterator[Finding | Skipped]:
        if isinstance(outcome, ChunkResult):
            yield from self._chunk(file, outcome)
        elif isinstance(outcome, TaskDone):
            self._stats.bytes_read += outcome.bytes
            self._stats.members += outcome.members
            file.bytes += outcome.bytes
            file.lines += outcome.lines
            file.errors += outcome.errors
        elif isinstance(outcome, ReadError):
            self._tell(outcome.origin, outcome.failure)
            yield from self._skipped(file, Skipped(outcome.origin, SkipReason.DAMAGED, outcome.bytes))
        else:
            yield from self._skipped(file, outcome)

    def _chunk(self, file: _File, looked: ChunkResult) -> Iterator[Finding | Skipped]:
        if looked.failure is not None:
            self._tell(looked.origin, looked.failure)
            late = isinstance(looked.failure, TimeoutError)
            yield from self._gap(file, looked.origin, SkipReason.TIME_OUT if late else SkipReason.DAMAGED)
            return
        analysis = moved(looked.analysis, file.lines)
        yield from self._findings(analysis)
        if analysis.timed_out:
            path = self._shown(looked.origin)
            lazy_log.say(logging.WARNING, "detectors ran out of time", path=path, detectors=analysis.timed_out)
            yield from self._gap(file, looked.origin, SkipReason.TIME_OUT)

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

    def _gap(self, file: _File, origin: Origin, reason: SkipReason) -> Iterator[Skipped]:
        """Count every blind chunk; tell an input once, however many of its chunks were blind."""
        self._stats.gaps += 1
        if origin not in file.blind:
            file.blind.add(origin)
            yield self._skip(Skipped(origin, reason))

    def _skipped(self, file: _File, skipped: Skipped) -> Iterator[Skipped]:
        """An input whose pieces all break off for the same reason is told once."""
        if skipped.origin == file.origin:
            if file.broken is skipped.reason:
                return
            file.broken = skipped.reason
        yield self._skip(skipped)

    def _skip(self, skipped: Skipped) -> Skipped:
        self._stats.skipped[skipped.reason.value] += 1
        if not skipped.origin.inside and skipped.origin.path in self._named:
            self._stats.named_unread += 1
        return Skipped(self._shown_origin(skipped.origin), skipped.reason, skipped.bytes)

    def _tell(self, origin: Origin, error: Exception) -> None:
        lazy_log.say(logging.ERROR, "part of an input was not scanned", path=self._shown(origin), exc_info=error)

    def _shown(self, origin: Origin) -> str:
        shown = self._shown_origin(origin)
        return "!".join((shown.path, *shown.inside))

    def _shown_origin(self, origin: Origin) -> Origin:
        return Origin(self.shown(origin.path), tuple(map(self.shown, origin.inside)))


def _each(file: _File, answers: Iterator[Outcome]) -> Iterator[tuple[_File, Outcome]]:
    for outcome in answers:
        yield file, outcome
