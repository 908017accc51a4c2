"""Candidates in views: the regex engine first, then Presidio for what it finds. Imports Presidio when needed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leakwatch.detection.analyze.regex_engine import RegexEngine, joined_by_nul
from leakwatch.detection.analyze.segments import Segment
from leakwatch.detection.policy import Candidate
from leakwatch_detectors.contract import Detector, Role
from leakwatch_detectors.evidence.context import Evidence

if TYPE_CHECKING:
    from leakwatch_detectors.presidio import Engine

BATCH_SEGMENTS = 256
BATCH_CHARACTERS = 100_000
"""How much goes to Presidio in one call, joined by NUL: no pattern and no context crosses it."""

PRESIDIO_TEXTS = 64
"""How many texts of a chunk Presidio gets for one detector. In a dense chunk the rest is found by the same patterns,
validators and context without it: the same results at a tenth of the cost."""

MAX_TIME_OUTS = 8
"""After this many slow batches of one detector in one chunk, the rest of the chunk is given up and reported."""


class DetectorError(Exception):
    """A detector failed: its id and the type of the error, without the text."""


@contextmanager
def running(detector: Detector) -> Iterator[None]:
    """What fails inside becomes a ``DetectorError`` that names the detector."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (whatever it is, it may hold the text: only its type goes on)
        raise DetectorError(detector.id, type(error).__name__) from None


class DetectionEngine:
    """Runs detectors over segments."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)
        self._reporting = [one for one in detectors if one.role is Role.REPORT]
        self._negative = [one for one in detectors if one.role is Role.NEGATIVE]
        self._direct = RegexEngine()
        self._to_presidio = 0
        self._engine: Engine | None = None

    def warm(self) -> None:
        """Import Presidio and build the engine; its patterns are compiled, so that the first leak does not wait."""
        if self._engine is None:
            from leakwatch_detectors.presidio import LANGUAGE, build_engine  # noqa: PLC0415 (1.6 s, only if needed)

            self._engine = build_engine(self._detectors)
            self._engine.analyze(".", language=LANGUAGE)

    def find(self, segments: Sequence[Segment]) -> tuple[list[list[Candidate]], tuple[str, ...]]:
        """The hits of each segment, and the ids of the detectors that did not finish in time."""
        candidates: list[list[Candidate]] = [[] for _ in segments]
        wanted: dict[str, list[int]] = {}
        for at, segment in enumerate(segments):
            for name in segment.detectors:
                wanted.setdefault(name, []).append(at)
        slow = [
            one.id for one in self._reporting if not self._find_one(one, segments, wanted.get(one.id, []), candidates)
        ]
        # a negative detector matters only where another one found something
        found = [at for at, its_hits in enumerate(candidates) if its_hits]
        slow += [one.id for one in self._negative if not self._find_one(one, segments, found, candidates)]
        return candidates, tuple(slow)

    def _find_one(
        self, detector: Detector, segments: Sequence[Segment], wanted: list[int], candidates: list[list[Candidate]]
    ) -> bool:
        """Add the detector's candidates in the wanted segments; False if some could not be searched in time."""
        self._to_presidio = PRESIDIO_TEXTS
        pending = list(_batches(segments, wanted))[::-1]
        time_outs, finished = 0, True
        while pending:
            batch = pending.pop()
            found = self._find_in(detector, [segments[at].view.text for at in batch])
            if found is None:
                time_outs += 1
                if time_outs >= MAX_TIME_OUTS:
                    return False
                if len(batch) == 1:
                    finished = False
                else:
                    half = len(batch) // 2
                    pending += [batch[half:], batch[:half]]
                continue
            for index, candidate in found:
                if segments[batch[index]].owns(candidate.start, candidate.end):
                    candidates[batch[index]].append(candidate)
        return finished

    def _find_in(self, detector: Detector, texts: list[str]) -> list[tuple[int, Candidate]] | None:
        """The detector's candidates in these texts, each with the index of its text; None if it was too slow."""
        with running(detector):
            try:
                return self._search(detector, texts)
            except TimeoutError:
                return None

    def _search(self, detector: Detector, texts: list[str]) -> list[tuple[int, Candidate]]:
        if detector.recognizer is not None or detector.ner is not None:
            return self.ask_presidio(detector, texts, range(len(texts)))
        found = self._direct.find(detector, texts)
        promising = list(dict.fromkeys(number for number, _ in found))
        asked = promising[: self._to_presidio]
        if not asked:
            return found
        told = self.ask_presidio(detector, texts, asked)
        self._to_presidio -= len(asked)
        return told + [one for one in found if one[0] > asked[-1]]

    def ask_presidio(self, detector: Detector, texts: list[str], numbers: Sequence[int]) -> list[tuple[int, Candidate]]:
        """What Presidio finds in the texts with these numbers."""
        joined, starts = joined_by_nul([texts[number] for number in numbers])
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
        found = []
        for result in results:
            index = bisect_right(starts, result.start) - 1
            base = starts[index]
            metadata = result.recognition_metadata or {}
            key = metadata.get(KEY_SPAN)
            candidate = Candidate(
                detector,
                result.start - base,
                result.end - base,
                joined[result.start : result.end],
                result.score,
                metadata.get(EVIDENCE, Evidence.NONE),
                (key[0] - base, key[1] - base) if key else None,
            )
            found.append((numbers[index], candidate))
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
