"""Explains why a text is, or is not, reported: every candidate with evidence and verdict. Values are masked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import regex

from leakwatch.detection.analyze.segments import one_line
from leakwatch.detection.combination import counts_beside
from leakwatch.detection.policy import Candidate, Decision, Verdict, decide
from leakwatch.detection.prefilter import Gate
from leakwatch.privacy.redaction import mask
from leakwatch.text.unescape import View, view
from leakwatch_detectors.contract import Detector, Role, Tolerance
from leakwatch_detectors.evidence.context import Evidence
from leakwatch_detectors.nlp.merge_spans import ScoredSpan, merge_spans, score_span


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate. ``line`` and columns count from 1, in code points, end exclusive.

    ``valid`` is the result of the validator (None: there is none), ``evidence`` one of key, context, none, negative.
    ``by`` is the entity or suppression that decided, if any; ``tolerance`` is why it counts although its check fails.
    """

    detector: str
    entity: str
    line: int
    start_column: int
    end_column: int
    masked: str
    valid: bool | None
    evidence: str
    key: str | None
    score: float
    threshold: float
    decision: Decision
    by: str | None = None
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All candidates of a text, in their order."""

    candidates: tuple[Considered, ...]


def explain(
    text: str,
    detectors: Sequence[Detector],
    gate: Gate,
    min_score: float,
    redact: Callable[[str], str],
    suppressed_by: Callable[[Candidate, str], str | None],
) -> Explanation:
    """Why each line of ``text`` is, or is not, reported. Needs no Presidio: it reads the same data."""
    found: list[Considered] = []
    for number, line in enumerate(map(one_line, text.split("\n")), 1):
        seen = view(line)
        passed = frozenset().union(*(found.detectors for found in gate.scan(line.encode())))
        looking = [one for one in detectors if one.id in passed or one.role is Role.NEGATIVE]
        for verdict in _rulings(seen.text, looking, min_score):
            rule = suppressed_by(verdict.candidate, seen.text) if verdict.decision is Decision.REPORTED else None
            if rule is not None:
                verdict = Verdict(verdict.candidate, Decision.SUPPRESSED, rule)  # noqa: PLW2901 (one step further)
            found.append(_considered(verdict, seen, number, min_score, redact))
    return Explanation(tuple(found))


def _rulings(text: str, detectors: Iterable[Detector], min_score: float) -> list[Verdict]:
    found, refused = [], []
    for detector in detectors:
        patterned: list[ScoredSpan] = []
        for match in regex.finditer(detector.pattern, text, regex.ASCII, timeout=5.0):
            one = score_span(detector, text, match.start(), match.end())
            if detector.rejects(match[0]):
                refused.append(Verdict(_candidate(detector, text, one), Decision.REFUSED))
            else:
                patterned.append(one)
        if detector.ner is not None:
            patterned = merge_spans(detector, text, patterned, detector.ner(text))
        found += [_candidate(detector, text, one) for one in patterned]
    decided = decide(text, found, min_score)
    reported = {verdict.candidate.detector.entity for verdict in decided if verdict.decision is Decision.REPORTED}
    verdicts = [*refused, *(_beside(verdict, reported) for verdict in decided)]
    # "no key names it" is shown only where no other candidate covers the same characters
    better = [
        verdict.candidate
        for verdict in verdicts
        if verdict.candidate.score > 0 and verdict.decision is not Decision.REFUSED
    ]
    verdicts = [
        verdict
        for verdict in verdicts
        if verdict.candidate.score > 0
        or not any(one.start < verdict.candidate.end and verdict.candidate.start < one.end for one in better)
    ]
    return sorted(
        verdicts,
        key=lambda verdict: (verdict.candidate.start, verdict.candidate.end, verdict.candidate.detector.entity),
    )


def _candidate(detector: Detector, text: str, one: ScoredSpan) -> Candidate:
    value, context = text[one.start : one.end], one.context
    return Candidate(detector, one.start, one.end, value, one.score, context.evidence, context.key)


def _beside(verdict: Verdict, reported: Collection[str]) -> Verdict:
    if verdict.decision is Decision.REPORTED and not counts_beside(verdict.candidate.detector.entity, reported):
        return Verdict(verdict.candidate, Decision.ALONE)
    return verdict


def _considered(verdict: Verdict, seen: View, line: int, min_score: float, redact: Callable[[str], str]) -> Considered:
    candidate = verdict.candidate
    start, end = seen.original(candidate.start, candidate.end)
    return Considered(
        detector=candidate.detector.id,
        entity=candidate.detector.entity,
        line=line,
        start_column=start + 1,
        end_column=end + 1,
        masked=mask(candidate.value, candidate.detector.mask),
        valid=None if candidate.detector.validator is None else candidate.detector.validator(candidate.value),
        evidence=Evidence(candidate.evidence).value,
        key=redact(seen.text[slice(*candidate.key)]) if candidate.key else None,
        score=0.0 if verdict.decision is Decision.REFUSED else candidate.score,
        threshold=min_score,
        decision=verdict.decision,
        by=verdict.by,
        tolerance=candidate.detector.tolerance(candidate.value),
    )
