"""Presidio recognisers made of detectors: the only module here that imports Presidio.

Presidio's own context words work on lemmas, which Chinese text without a model does not have; the enhancer below
reads the raw text instead (``context.py``) and gives every result its final score.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import regex
from presidio_analyzer import (
    AnalyzerEngine,
    ContextAwareEnhancer,
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine

from leakwatch_detectors.contract import Detector
from leakwatch_detectors.evidence.context import judge, score
from leakwatch_detectors.nlp.merge_spans import settle, weighed

LANGUAGE = "zh"
"""The one language code under which everything is registered; pass it to ``analyze``."""

TIME_OUT = 5.0
"""Seconds one pattern may take on one text."""

EVIDENCE = "evidence"
KEY_SPAN = "key_span"
"""Names in ``recognition_metadata``: the ``Evidence``, and the span of the key that was found or None."""

NER_SPAN = "prose"
"""The same for the ``NerSpan`` of a result that a reader of running text found."""

_FLAGS = int(regex.ASCII)
_KEPT = 0.01


class PatternTimeoutError(Exception):
    """A pattern did not finish in time: the text was not (wholly) looked at. Names the entity, never the text."""

    def __init__(self, entity: str) -> None:
        super().__init__(f"the pattern of {entity} did not finish within {TIME_OUT:g} s")
        self.entity = entity


class _TimedPattern:
    """A compiled pattern whose time-out cannot pass unseen (Presidio only logs it and goes on)."""

    def __init__(self, entity: str, pattern: str) -> None:
        self._entity = entity
        self._compiled = regex.compile(pattern, _FLAGS)

    def finditer(self, text: str, **_: Any) -> Iterator[regex.Match[str]]:
        try:
            yield from self._compiled.finditer(text, timeout=TIME_OUT)
        except TimeoutError:
            raise PatternTimeoutError(self._entity) from None


class DetectorRecognizer(PatternRecognizer):
    """The Presidio recogniser of one detector.

    Validators only refuse: a check that one number in ten passes by chance must not force Presidio's score of 1.0.
    """

    def __init__(self, detector: Detector) -> None:
        # Presidio drops results of score 0 before the enhancer has seen their context.
        pattern = Pattern(detector.id, detector.pattern, max(detector.scores.bare, _KEPT))
        compiled: Any = pattern
        compiled.compiled_regex = _TimedPattern(detector.entity, detector.pattern)
        compiled.compiled_with_flags = _FLAGS
        self.detector = detector
        super().__init__(
            supported_entity=detector.entity,
            name=detector.id,
            supported_language=LANGUAGE,
            patterns=[pattern],
            global_regex_flags=_FLAGS,
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """True when the detector refuses the text."""
        return self.detector.rejects(pattern_text)


class NerRecognizer(DetectorRecognizer):
    """The recogniser of a detector that also reads running text."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None, regex_flags: int | None = None
    ) -> list[RecognizerResult]:
        """What the pattern finds, then what the reader sees, each span with its own score in the metadata."""
        results: list[RecognizerResult] = super().analyze(text, entities, nlp_artifacts, regex_flags)
        assert self.detector.ner is not None
        for span in self.detector.ner(text):
            metadata = {NER_SPAN: span}
            least = max(span.score, _KEPT)
            results.append(
                RecognizerResult(self.detector.entity, span.start, span.end, least, recognition_metadata=metadata)
            )
        return results


class RawTextEnhancer(ContextAwareEnhancer):
    """Sets each result's score from the raw text around it; drops those that end at 0."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        super().__init__(0.0, 0.0, 0, 0)
        self._by_entity = {detector.entity: detector for detector in detectors}

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,  # noqa: ARG002 (Presidio's signature)
        recognizers: list[EntityRecognizer],  # noqa: ARG002
        context: list[str] | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """The results that have evidence enough, with their final scores. ``text`` may be lines joined by NUL."""
        kept, read = [], []
        for result in raw_results:
            detector = self._by_entity.get(result.entity_type)
            if detector is not None and detector.ner is not None:
                read.append(result)
                continue
            if detector is not None:
                found = judge(detector, text, result.start, result.end)
                result.score = score(detector, found.evidence, text[result.start : result.end])
                result.recognition_metadata[EVIDENCE] = found.evidence
                result.recognition_metadata[KEY_SPAN] = found.key
            if result.score > 0:
                kept.append(result)
        for entity in dict.fromkeys(result.entity_type for result in read):
            kept += _settled(self._by_entity[entity], text, [one for one in read if one.entity_type == entity])
        return kept


def _settled(detector: Detector, text: str, results: list[RecognizerResult]) -> list[RecognizerResult]:
    """What pattern and reader agree on."""
    spans = [one.recognition_metadata[NER_SPAN] for one in results if NER_SPAN in one.recognition_metadata]
    plain = [one for one in results if NER_SPAN not in one.recognition_metadata]
    patterned = [weighed(detector, text, one.start, one.end) for one in plain]
    kept = []
    for one in settle(detector, text, patterned, spans):
        metadata = {EVIDENCE: one.context.evidence, KEY_SPAN: one.context.key}
        kept.append(RecognizerResult(detector.entity, one.start, one.end, one.score, recognition_metadata=metadata))
    return kept


def _recognizer(detector: Detector) -> EntityRecognizer:
    if detector.recognizer is not None:
        return detector.recognizer(detector)
    return DetectorRecognizer(detector) if detector.ner is None else NerRecognizer(detector)


def build_engine(detectors: Sequence[Detector]) -> AnalyzerEngine:
    """An engine that knows these detectors and nothing else, needs no model and opens no connection."""
    disable_presidio_loggers()
    recognizers = [_recognizer(detector) for detector in detectors]
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers, global_regex_flags=_FLAGS, supported_languages=[LANGUAGE]),
        nlp_engine=NoOpNlpEngine([{"lang_code": LANGUAGE, "model_name": "none"}]),
        default_score_threshold=0,
        supported_languages=[LANGUAGE],
        context_aware_enhancer=RawTextEnhancer(detectors),
    )


def disable_presidio_loggers() -> None:
    """Close Presidio's loggers: they write matched text and the words around it."""
    for name in ("presidio-analyzer", "decision_process"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.disabled = True
