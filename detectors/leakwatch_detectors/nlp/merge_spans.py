"""Merges what the pattern and the NER model found in the same text. Imports no model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leakwatch_detectors.contract import Detector, NerSpan
from leakwatch_detectors.evidence.context import Context, Evidence, judge, score

MAX_CONTRADICTED_SCORE = 0.55
"""The highest score of a pattern's match that the model takes for a place or an organisation."""


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """``text[start:end]`` with its final score and the context that it is based on."""

    start: int
    end: int
    score: float
    context: Context


def score_span(detector: Detector, text: str, start: int, end: int) -> ScoredSpan:
    """A match of the pattern, scored by its context."""
    context = judge(detector, text, start, end)
    return ScoredSpan(start, end, score(detector, context.evidence, text[start:end]), context)


def merge_spans(
    detector: Detector, text: str, matches: Sequence[ScoredSpan], spans: Iterable[NerSpan]
) -> list[ScoredSpan]:
    """Matches and model spans as one list: agreement raises a score, contradiction lowers it.

    A span that only the model found is added. Keys and words near it count as they do for a match of the pattern.
    """
    merged = list(matches)
    for span in spans:
        overlapping = [
            at for at, one in enumerate(merged) if one.start < span.end and span.start < one.end and one.score > 0
        ]
        for at in overlapping:
            one = merged[at]
            merged[at] = ScoredSpan(one.start, one.end, _combined_score(one.score, span.score), one.context)
        if span.score > 0 and not overlapping:
            merged.append(_model_only(detector, text, span))
    return [one for one in merged if one.score > 0]


def _combined_score(pattern: float, model: float) -> float:
    if not model:
        return min(pattern, MAX_CONTRADICTED_SCORE)
    best = max(pattern, model)
    return round(best + (1 - best) / 2, 2)


def _model_only(detector: Detector, text: str, span: NerSpan) -> ScoredSpan:
    scored = score_span(detector, text, span.start, span.end)
    if scored.context.evidence is Evidence.NEGATIVE:
        return scored
    return ScoredSpan(span.start, span.end, max(scored.score, span.score), scored.context)
