"""Why a text is, or is not, reported: every candidate with its evidence and what was decided. Values only masked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import regex

from leakwatch.detection.analyze.segments import one_line
from leakwatch.detection.combination import stands
from leakwatch.detection.policy import Decision, Hit, Ruling, decide
from leakwatch.detection.prefilter import Gate
from leakwatch.privacy.redaction import mask
from leakwatch.text.unescape import View, view
from leakwatch_detectors.contract import Detector, Doubt, Role
from leakwatch_detectors.evidence.context import Evidence
from leakwatch_detectors.nlp.merge_spans import Weighed, settle, weighed


@dataclass(frozen=True, slots=True)
class Considered:
    """One value that looked like an entity. ``line`` counts from 1; columns too, in code points, end exclusive.

    ``valid`` is the validator's verdict (None: there is none), ``evidence`` one of key, context, none, negative.
    ``by`` is the entity or the suppression that decided, if any; ``doubt`` why it may count though its check fails.
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
    doubt: Doubt | None = None


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
    suppressed_by: Callable[[Hit, str], str | None],
) -> Explanation:
    """Why each line of ``text`` is, or is not, reported. Needs no Presidio: it reads the same data."""
    found: list[Considered] = []
    for number, line in enumerate(map(one_line, text.split("\n")), 1):
        seen = view(line)
        passed = frozenset().union(*(found.detectors for found in gate.scan(line.encode())))
        looking = [one for one in detectors if one.id in passed or one.role is Role.NEGATIVE]
        for ruling in _rulings(seen.text, looking, min_score):
            rule = suppressed_by(ruling.hit, seen.text) if ruling.decision is Decision.REPORTED else None
            if rule is not None:
                ruling = Ruling(ruling.hit, Decision.SUPPRESSED, rule)  # noqa: PLW2901 (one step further)
            found.append(_considered(ruling, seen, number, min_score, redact))
    return Explanation(tuple(found))


def _rulings(text: str, detectors: Iterable[Detector], min_score: float) -> list[Ruling]:
    hits, refused = [], []
    for detector in detectors:
        patterned: list[Weighed] = []
        for match in regex.finditer(detector.pattern, text, regex.ASCII, timeout=5.0):
            one = weighed(detector, text, match.start(), match.end())
            if detector.refuses(match[0]):
                refused.append(Ruling(_hit(detector, text, one), Decision.REFUSED))
            else:
                patterned.append(one)
        if detector.prose is not None:
            patterned = settle(detector, text, patterned, detector.prose(text))
        hits += [_hit(detector, text, one) for one in patterned]
    decided = decide(text, hits, min_score)
    reported = {ruling.hit.detector.entity for ruling in decided if ruling.decision is Decision.REPORTED}
    rulings = [*refused, *(_beside(ruling, reported) for ruling in decided)]
    # "no key names it" is worth saying only where nothing better can be said of the same characters
    better = [ruling.hit for ruling in rulings if ruling.hit.score > 0 and ruling.decision is not Decision.REFUSED]
    rulings = [
        ruling
        for ruling in rulings
        if ruling.hit.score > 0 or not any(one.start < ruling.hit.end and ruling.hit.start < one.end for one in better)
    ]
    return sorted(rulings, key=lambda ruling: (ruling.hit.start, ruling.hit.end, ruling.hit.detector.entity))


def _hit(detector: Detector, text: str, one: Weighed) -> Hit:
    value, context = text[one.start : one.end], one.context
    return Hit(detector, one.start, one.end, value, one.score, context.evidence, context.key)


def _beside(ruling: Ruling, reported: Collection[str]) -> Ruling:
    if ruling.decision is Decision.REPORTED and not stands(ruling.hit.detector.entity, reported):
        return Ruling(ruling.hit, Decision.ALONE)
    return ruling


def _considered(ruling: Ruling, seen: View, line: int, min_score: float, redact: Callable[[str], str]) -> Considered:
    hit = ruling.hit
    start, end = seen.original(hit.start, hit.end)
    return Considered(
        detector=hit.detector.id,
        entity=hit.detector.entity,
        line=line,
        start_column=start + 1,
        end_column=end + 1,
        masked=mask(hit.value, hit.detector.mask),
        valid=None if hit.detector.validator is None else hit.detector.validator(hit.value),
        evidence=Evidence(hit.evidence).value,
        key=redact(seen.text[slice(*hit.key)]) if hit.key else None,
        score=0.0 if ruling.decision is Decision.REFUSED else hit.score,
        threshold=min_score,
        decision=ruling.decision,
        by=ruling.by,
        doubt=hit.detector.doubt(hit.value),
    )
