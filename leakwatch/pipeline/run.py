"""Inputs in, findings out: open, read, analyse, count. One input that fails is told, and the next one is scanned.

``Pipeline.run`` serves ``leakwatch scan``; ``Pipeline.scan`` serves whoever has one input, such as a finished export.
Nothing is kept but counts: a finding is handed on as soon as it is made.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import BinaryIO, Protocol

from leakwatch import voice
from leakwatch.analyze import Analysis, Analyzer, Crew
from leakwatch.meter import Metered
from leakwatch.model import Chunk, Finding, Limits, Origin, Severity, Skipped, SkipReason
from leakwatch.readers import open_input
from leakwatch.tally import Tally
from leakwatch.walk import reason_of

WITHHELD = "<name withheld>"


class Input(Protocol):
    """One file to scan; ``size`` in bytes, 0 when nobody knows."""

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        ...

    @property
    def size(self) -> int:
        """Its bytes when it was found."""
        ...

    def open(self) -> BinaryIO:
        """Its content from the beginning; ``OSError`` when it cannot be had."""
        ...


class Pipeline:
    """Scans inputs with one analyzer and counts into one tally. Not thread-safe.

    ``named`` are the paths somebody asked for: one of them unread makes a scan incomplete. Findings below
    ``min_severity`` are only counted as hidden. ``stop`` is asked between chunks; ``advance`` is told bytes read.
    With a ``crew`` chunks are analysed by it, some ahead of the one whose findings are given; their order is the same.
    """

    def __init__(
        self,
        analyzer: Analyzer,
        tally: Tally,
        *,
        limits: Limits | None = None,
        encoding: str = "auto",
        named: Collection[str] = (),
        min_severity: Severity = Severity.INFO,
        stop: Callable[[], bool] = lambda: False,
        advance: Callable[[int], None] = lambda _: None,
        crew: Crew | None = None,
    ) -> None:
        self._analyzer = analyzer
        self._tally = tally
        self._limits = limits or Limits()
        self._encoding = encoding
        self._named = frozenset(named)
        self._min_severity = min_severity
        self._stop = stop
        self._advance = advance
        self._crew = crew

    def run(self, inputs: Iterable[Input | Skipped]) -> Iterator[Finding | Skipped]:
        """What is in ``inputs``, in their order, until there are no more or somebody says stop."""
        yield from self._analysed(self._items(inputs))

    def shown(self, name: str) -> str:
        """The name of an input or a member as it may be shown; never an error."""
        try:
            return self._analyzer.redact(name)
        except Exception:  # noqa: BLE001  a name that cannot be checked may hold a value, and is kept back
            return WITHHELD

    def scan(self, source: Input) -> Iterator[Finding | Skipped]:
        """What is in one input. A problem with it is a ``Skipped``, never an error."""
        yield from self._analysed(self._read(source))

    def _items(self, inputs: Iterable[Input | Skipped]) -> Generator[Chunk | Skipped, None, None]:
        for source in inputs:
            if self._stop():
                return
            if isinstance(source, Skipped):
                yield source
            else:
                yield from self._read(source)

    def _read(self, source: Input) -> Generator[Chunk | Skipped, None, None]:
        """The chunks of one input; a problem with it comes last."""
        self._tally.files += 1
        if voice.heard(logging.DEBUG):
            voice.say(logging.DEBUG, "scanning", path=self._shown(source.origin), bytes=source.size)
        members: set[Origin] = set()
        try:
            with source.open() as file:
                stream = Metered(file, self._advance)
                try:
                    for item in open_input(stream, source.origin, self._limits, self._encoding):
                        if not isinstance(item, Skipped):
                            members.add(item.origin)
                        yield item
                finally:
                    self._tally.bytes_read += stream.seen
                    self._tally.members += len(members - {source.origin})
        except OSError as error:
            yield Skipped(source.origin, reason_of(error), source.size)
        except Exception as error:  # noqa: BLE001  a reader that trips over one input must not keep the next ones unread
            self._tell(source.origin, error)
            yield Skipped(source.origin, SkipReason.DAMAGED, source.size)

    def _analysed(self, items: Generator[Chunk | Skipped, None, None]) -> Iterator[Finding | Skipped]:
        blind: set[Origin] = set()
        with closing(items), closing(self._asked(items)) as asked:
            for item, answer in asked:
                if isinstance(item, Skipped):
                    yield self._skip(item)
                else:
                    yield from self._chunk(item, answer, blind)
                if self._stop():
                    return

    def _asked(
        self, items: Iterable[Chunk | Skipped]
    ) -> Generator[tuple[Chunk | Skipped, Callable[[], Analysis]], None, None]:
        """Each item with what gives its analysis; a crew works on the next ones meanwhile."""
        waiting: deque[tuple[Chunk | Skipped, Callable[[], Analysis]]] = deque()
        for item in items:
            if isinstance(item, Skipped):
                waiting.append((item, Analysis))
            elif self._crew is None:
                waiting.append((item, partial(self._analyzer.analyze, item)))
            else:
                waiting.append((item, self._crew.ask(item).result))
            while len(waiting) > (self._crew.ahead if self._crew is not None else 0):
                yield waiting.popleft()
        yield from waiting

    def _chunk(self, chunk: Chunk, answer: Callable[[], Analysis], blind: set[Origin]) -> Iterator[Finding | Skipped]:
        try:
            analysis = answer()
        except Exception as error:  # noqa: BLE001  what a detector trips over is a gap in this chunk, never a clean one
            self._tell(chunk.origin, error)
            yield from self._gap(chunk.origin, SkipReason.DAMAGED, blind)
            return
        yield from self._findings(analysis)
        if analysis.timed_out:
            path = self._shown(chunk.origin)
            voice.say(logging.WARNING, "detectors ran out of time", path=path, detectors=analysis.timed_out)
            yield from self._gap(chunk.origin, SkipReason.TIME_OUT, blind)

    def _findings(self, analysis: Analysis) -> Iterator[Finding]:
        self._tally.suppressed += analysis.suppressed
        self._tally.by_rule.update(analysis.by_rule)
        self._tally.masked_seen += analysis.masked_seen
        self._tally.placeholders += analysis.placeholders
        for finding in analysis.findings:
            if finding.severity < self._min_severity:
                self._tally.hidden += 1
            else:
                self._tally.count(finding)
                yield finding

    def _gap(self, origin: Origin, reason: SkipReason, blind: set[Origin]) -> Iterator[Skipped]:
        """Count every blind chunk; tell an input once, however many of its chunks were blind."""
        self._tally.gaps += 1
        if origin not in blind:
            blind.add(origin)
            yield self._skip(Skipped(origin, reason))

    def _skip(self, skipped: Skipped) -> Skipped:
        self._tally.skipped[skipped.reason.value] += 1
        if not skipped.origin.inside and skipped.origin.path in self._named:
            self._tally.named_unread += 1
        return Skipped(self._shown_origin(skipped.origin), skipped.reason, skipped.bytes)

    def _tell(self, origin: Origin, error: Exception) -> None:
        voice.say(logging.ERROR, "part of an input was not scanned", path=self._shown(origin), exc_info=error)

    def _shown(self, origin: Origin) -> str:
        shown = self._shown_origin(origin)
        return "!".join((shown.path, *shown.inside))

    def _shown_origin(self, origin: Origin) -> Origin:
        return Origin(self.shown(origin.path), tuple(map(self.shown, origin.inside)))
