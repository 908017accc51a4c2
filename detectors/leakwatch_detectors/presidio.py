"""Builds Presidio recognisers from detectors: the only module of this package that imports Presidio.

Presidio's own context words need lemmas, which Chinese text without a model does not have. The enhancer below reads the
raw text instead (``evidence/context.py``) and gives every result its final score.
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
from leakwatch_detectors.nlp.merge_spans import merge_spans, score_span

LANGUAGE = "zh"
"""The language code under which all recognisers are registered; pass it to ``analyze``."""

PATTERN_TIMEOUT_SECONDS = 5.0
"""The time limit of one pattern on one text."""

EVIDENCE = "evidence"
KEY_SPAN = "key_span"
"""Names in ``recognition_metadata``: the ``Evidence``, and the span of the key (None without one)."""

NER_SPAN = "ner_span"
"""The same: the ``NerSpan`` of a result that the NER model found."""

_FLAGS = int(regex.ASCII)
_MIN_SCORE = 0.01


Engine = AnalyzerEngine
"""The type of ``build_engine``'s result, for callers that must not import Presidio."""


class PatternTimeoutError(Exception):
    """A pattern ran out of time, so the text was not searched completely. Names the entity, never the text."""

    def __init__(self, entity: str) -> None:
        super().__init__(f"the pattern of {entity} did not finish within {PATTERN_TIMEOUT_SECONDS:g} s")
        self.entity = entity


class _TimedPattern:
    """A compiled pattern that raises on a timeout; Presidio would log it and continue."""

    def __init__(self, entity: str, pattern: str) -> None:
        self._entity = entity
        self._compiled = regex.compile(pattern, _FLAGS)

    def finditer(self, text: str, **_: Any) -> Iterator[regex.Match[str]]:
        try:
            yield from self._compiled.finditer(text, timeout=PATTERN_TIMEOUT_SECONDS)
        except TimeoutError:
            raise PatternTimeoutError(self._entity) from None


class DetectorRecognizer(PatternRecognizer):
    """The Presidio recogniser of one detector.

    Validators only reject: a checksum that one number in ten passes by chance must not force Presidio's score of 1.0.
    """

    def __init__(self, detector: Detector) -> None:
        # Presidio drops results of score 0 before the enhancer can read their context
        pattern = Pattern(detector.id, detector.pattern, max(detector.scores.bare, _MIN_SCORE))
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
        """Whether the detector rejects the matched text."""
        return self.detector.rejects(pattern_text)


class NerRecognizer(DetectorRecognizer):
    """The recogniser of a detector that also has an NER model."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None, regex_flags: int | None = None
    ) -> list[RecognizerResult]:
        """The matches of the pattern, then the spans of the model with their own score in the metadata."""
        results: list[RecognizerResult] = super().analyze(text, entities, nlp_artifacts, regex_flags)
        assert self.detector.ner is not None
        for span in self.detector.ner(text):
            kept_score = max(span.score, _MIN_SCORE)
            metadata = {NER_SPAN: span}
            results.append(
                RecognizerResult(self.detector.entity, span.start, span.end, kept_score, recognition_metadata=metadata)
            )
        return results


class RawTextEnhancer(ContextAwareEnhancer):
    """Scores each result by the raw text around it and drops those that score 0."""

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
        """The results with their final scores, those of 0 left out. ``text`` may be lines joined by NUL."""
        kept, to_merge = [], []
        for result in raw_results:
            detector = self._by_entity.get(result.entity_type)
            if detector is not None and detector.ner is not None:
                to_merge.append(result)
                continue
            if detector is not None:
                found = judge(detector, text, result.start, result.end)
                result.score = score(detector, found.evidence, text[result.start : result.end])
                result.recognition_metadata[EVIDENCE] = found.evidence
                result.recognition_metadata[KEY_SPAN] = found.key
            if result.score > 0:
                kept.append(result)
        for entity in dict.fromkeys(result.entity_type for result in to_merge):
            kept += _merged(self._by_entity[entity], text, [one for one in to_merge if one.entity_type == entity])
        return kept


def _merged(detector: Detector, text: str, results: list[RecognizerResult]) -> list[RecognizerResult]:
    """The results of pattern and model for one detector, merged."""
    spans = [one.recognition_metadata[NER_SPAN] for one in results if NER_SPAN in one.recognition_metadata]
    matches = [one for one in results if NER_SPAN not in one.recognition_metadata]
    scored = [score_span(detector, text, one.start, one.end) for one in matches]
    kept = []
    for one in merge_spans(detector, text, scored, spans):
        metadata = {EVIDENCE: one.context.evidence, KEY_SPAN: one.context.key}
        kept.append(RecognizerResult(detector.entity, one.start, one.end, one.score, recognition_metadata=metadata))
    return kept


def _recognizer(detector: Detector) -> EntityRecognizer:
    if detector.recognizer is not None:
        return detector.recognizer(detector)
    return DetectorRecognizer(detector) if detector.ner is None else NerRecognizer(detector)


def build_engine(detectors: Sequence[Detector]) -> AnalyzerEngine:
    """An engine with these detectors only; it loads no spaCy model and opens no connection."""
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
    """Silence Presidio's loggers: they write matched text and the words around it."""
    for name in ("presidio-analyzer", "decision_process"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.disabled = True
