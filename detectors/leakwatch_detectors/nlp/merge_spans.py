"""What a pattern and a reader of running text say about the same characters, made one answer. Imports no model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leakwatch_detectors.contract import Detector, NerSpan
from leakwatch_detectors.evidence.context import Context, Evidence, judge, score

DOUBTED = 0.55
"""The most that is left of a pattern's hit which the reader takes for a place or an organisation."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A value with its final score and what stands around it."""

    start: int
    end: int
    score: float
    context: Context


def weighed(detector: Detector, text: str, start: int, end: int) -> Weighed:
    """A pattern's hit with the score that its context gives it."""
    context = judge(detector, text, start, end)
    return Weighed(start, end, score(detector, context.evidence, text[start:end]), context)


def settle(detector: Detector, text: str, patterned: Sequence[Weighed], spans: Iterable[NerSpan]) -> list[Weighed]:
    """Both as one: agreement raises a score, contradiction lowers it, and what only the reader sees is added.

    A key or a word counts for what the reader sees as it does for a pattern, and a key of something else against it.
    """
    kept = list(patterned)
    for span in spans:
        same = [at for at, one in enumerate(kept) if one.start < span.end and span.start < one.end and one.score > 0]
        for at in same:
            one = kept[at]
            kept[at] = Weighed(one.start, one.end, _together(one.score, span.score), one.context)
        if span.score > 0 and not same:
            kept.append(_alone(detector, text, span))
    return [one for one in kept if one.score > 0]


def _together(pattern: float, reader: float) -> float:
    if not reader:
        return min(pattern, DOUBTED)
    best = max(pattern, reader)
    return round(best + (1 - best) / 2, 2)


def _alone(detector: Detector, text: str, span: NerSpan) -> Weighed:
    found = weighed(detector, text, span.start, span.end)
    if found.context.evidence is Evidence.NEGATIVE:
        return found
    return Weighed(span.start, span.end, max(found.score, span.score), found.context)
