"""Hits in views: the detectors' patterns first, and Presidio for what they match. Imports Presidio when it must."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import regex

from leakwatch.analyze.segments import Segment
from leakwatch.policy import Hit
from leakwatch_detectors.context import Evidence
from leakwatch_detectors.contract import Detector, Role

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

BATCH_SEGMENTS = 256
BATCH_CHARACTERS = 100_000
"""How much goes to Presidio in one call, joined by NUL: no pattern and no context crosses it."""

PATTERN_SECONDS = 5.0
"""How long one pattern may look at one batch."""

MAX_TIME_OUTS = 8
"""After so many slow batches of one detector in one chunk the rest of the chunk is given up (and said to be)."""


class Detection:
    """Runs detectors over segments. ``current`` is the id of the detector at work."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = detectors
        self._patterns = {one.id: regex.compile(one.pattern, regex.ASCII) for one in detectors}
        self._engine: AnalyzerEngine | None = None
        self.current = ""

    def warm(self) -> None:
        """Import Presidio and build the engine."""
        if self._engine is None:
            from leakwatch_detectors.presidio import build_engine  # noqa: PLC0415 (1.6 s, only when it is needed)

            self._engine = build_engine(self._detectors)

    def find(self, segments: Sequence[Segment]) -> tuple[list[list[Hit]], tuple[str, ...]]:
        """The hits of each segment, and the ids of the detectors that did not finish in time."""
        hits: list[list[Hit]] = [[] for _ in segments]
        slow: list[str] = []
        for role in (Role.REPORT, Role.NEGATIVE):
            # a negative detector has something to say only where another one found something
            open_indices = [at for at in range(len(segments)) if role is Role.REPORT or hits[at]]
            for detector in (one for one in self._detectors if one.role is role):
                self.current = detector.id
                wanted = [at for at in open_indices if role is Role.NEGATIVE or detector.id in segments[at].detectors]
                finished = self._find_one(detector, segments, wanted, hits)
                if not finished:
                    slow.append(detector.id)
        return hits, tuple(slow)

    def _find_one(
        self, detector: Detector, segments: Sequence[Segment], wanted: list[int], hits: list[list[Hit]]
    ) -> bool:
        """Add the detector's hits in the wanted segments; False when some could not be looked at in time."""
        pending = list(_batches(segments, wanted))[::-1]
        time_outs, finished = 0, True
        while pending:
            batch = pending.pop()
            try:
                found = self._find_in(detector, [segments[at].view.text for at in batch])
            except TimeoutError:
                time_outs += 1
                if time_outs >= MAX_TIME_OUTS:
                    return False
                if len(batch) == 1:
                    finished = False
                else:
                    half = len(batch) // 2
                    pending += [batch[half:], batch[:half]]
                continue
            for index, hit in found:
                if segments[batch[index]].owns(hit.start, hit.end):
                    hits[batch[index]].append(hit)
        return finished

    def _find_in(self, detector: Detector, texts: list[str]) -> list[tuple[int, Hit]]:
        """The detector's hits in these texts, each with the number of its text. ``TimeoutError`` when it is slow."""
        joined = "\0".join(texts)
        if detector.recognizer is None and self._patterns[detector.id].search(joined, timeout=PATTERN_SECONDS) is None:
            return []
        self.warm()
        assert self._engine is not None
        from leakwatch_detectors.presidio import (  # noqa: PLC0415 (imported by now)
            EVIDENCE,
            KEY_SPAN,
            LANGUAGE,
            PatternTimeoutError,
        )

        try:
            results = self._engine.analyze(joined, language=LANGUAGE, entities=[detector.entity])
        except PatternTimeoutError:
            raise TimeoutError from None
        starts = [0, *accumulate(len(text) + 1 for text in texts)]
        found = []
        for result in results:
            index = bisect_right(starts, result.start) - 1
            base = starts[index]
            metadata = result.recognition_metadata or {}
            key = metadata.get(KEY_SPAN)
            hit = Hit(
                detector,
                result.start - base,
                result.end - base,
                joined[result.start : result.end],
                result.score,
                metadata.get(EVIDENCE, Evidence.NONE),
                (key[0] - base, key[1] - base) if key else None,
            )
            found.append((index, hit))
        return found


def _batches(segments: Sequence[Segment], wanted: list[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    characters = 0
    for at in wanted:
        length = len(segments[at].view.text)
        if batch and (len(batch) == BATCH_SEGMENTS or characters + length > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(at)
        characters += length
    if batch:
        yield batch
