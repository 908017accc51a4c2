"""Detectors and explanations, rendered for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from leakwatch.detection.analyze import Considered, Explanation
from leakwatch.detection.profiles import PROFILES
from leakwatch.reports.text_columns import pad_columns, truncate
from leakwatch.text.messages import message
from leakwatch_detectors.contract import Detector, Prefilter, Role

_LITERALS_SHOWN = 3
_LABEL_CELLS = 10


def detector_table(detectors: Sequence[Detector], lang: str, width: int | None) -> Iterator[str]:
    """A heading and one line per detector, truncated to ``width`` terminal cells; None: no limit."""
    for cells in pad_columns([_headings(lang), *(_row(detector, lang) for detector in detectors)]):
        yield truncate("  ".join(cells).rstrip(), width)


def _headings(lang: str) -> tuple[str, ...]:
    return (
        message("detectors.head.id", lang),
        message("detectors.head.severity", lang),
        "JR/T 0171",
        message("detectors.head.region", lang),
        message("detectors.head.default", lang),
        message("detectors.head.finds", lang),
        message("detectors.head.prefilter", lang),
    )


def _row(detector: Detector, lang: str) -> tuple[str, ...]:
    reports = detector.role is Role.REPORT
    return (
        detector.id,
        message(f"severity.{detector.severity}", lang) if reports else "–",
        detector.grades.get("jrt0171", "–"),
        detector.region.value,
        _default(detector, lang) if reports else "–",
        getattr(detector.title, lang),
        prefilter_text(detector.prefilter, lang),
    )


def prefilter_text(prefilter: Prefilter, lang: str) -> str:
    """What a line must contain for the detector to check it."""
    parts = []
    if prefilter.digits:
        parts.append(message("detectors.prefilter.digits", lang, count=prefilter.digits))
    if prefilter.literals:
        words = ", ".join(word.strip() for word in prefilter.literals[:_LITERALS_SHOWN])
        more = len(prefilter.literals) - _LITERALS_SHOWN
        if more > 0:
            parts.append(message("detectors.prefilter.more_words", lang, words=words, count=more))
        else:
            parts.append(message("detectors.prefilter.words", lang, words=words))
    return message("detectors.prefilter.and", lang).join(parts) or message("detectors.prefilter.every_line", lang)


def detector_details(detector: Detector, lang: str) -> Iterator[str]:
    """The full description of one detector."""
    yield f"{detector.id}  {getattr(detector.title, lang)}"
    for label, value in _details(detector, lang):
        yield f"  {set_cell_size(label, max(_LABEL_CELLS, cell_len(label)))} {value}"
    for example in detector.examples:
        yield f"    {example.line}"
        yield f"      {example.why}"


def _details(detector: Detector, lang: str) -> Iterator[tuple[str, str]]:
    yield message("detectors.label.entity", lang), detector.entity
    yield message("detectors.label.region", lang), detector.region.value
    yield message("detectors.label.default", lang), _default(detector, lang)
    if detector.role is Role.REPORT:
        yield message("detectors.label.severity", lang), message(f"severity.{detector.severity}", lang)
        label = message("detectors.label.grades", lang)
        for profile in PROFILES.values():
            grade = profile.grade(detector)
            if grade:
                severity = message(f"severity.{profile.severities[grade].label}", lang)
                yield label, f"{profile.name:<9} {message('detectors.grade', lang, grade=grade, severity=severity)}"
            else:
                yield label, f"{profile.name:<9} –"
            label = ""
    yield message("detectors.label.prefilter", lang), prefilter_text(detector.prefilter, lang)
    yield message("detectors.label.pattern", lang), detector.pattern
    validator = "detectors.validator" if detector.validator else "detectors.no_validator"
    yield message("detectors.label.validator", lang), message(validator, lang)
    yield message("detectors.label.score", lang), _scores(detector, lang)
    for name in ("keys", "negative_keys", "words", "negative_words"):
        if words := getattr(detector, name):
            yield message(f"detectors.label.{name}", lang), ", ".join(words)
    yield message("detectors.label.advice", lang), getattr(detector.advice, lang)
    yield message("detectors.label.examples", lang), message("detectors.example_marks", lang)


def _scores(detector: Detector, lang: str) -> str:
    scores = detector.scores
    return message(
        "detectors.scores",
        lang,
        bare=f"{scores.bare:.2f}" if scores.bare else message("detectors.never_reported", lang),
        key=scores.key,
        context=scores.context,
        negative=scores.negative,
    )


def _default(detector: Detector, lang: str) -> str:
    if detector.role is Role.NEGATIVE:
        return message("detectors.negative", lang)
    return message("detectors.on" if detector.default else "detectors.off", lang)


def explanation_lines(explanation: Explanation, lang: str) -> Iterator[str]:
    """Every candidate in a text, with its evidence and the decision."""
    if not explanation.candidates:
        yield message("detectors.explain.none", lang)
    for candidate in explanation.candidates:
        place = f"{candidate.line}:{candidate.start_column}-{candidate.end_column}"
        yield f"{place}  {candidate.detector}  {candidate.masked}"
        yield f"    {_evidence(candidate, lang)}"
        if candidate.tolerance:
            yield f"    {getattr(candidate.tolerance.reason, lang)}"
        yield f"    → {_decision(candidate, lang)}"


def _evidence(candidate: Considered, lang: str) -> str:
    validity = {
        True: "detectors.explain.valid",
        False: "detectors.explain.invalid",
        None: "detectors.explain.no_validator",
    }[candidate.valid]
    key = message("text.parentheses", lang, text=candidate.key) if candidate.key else ""
    return message(
        "detectors.explain.evidence",
        lang,
        validity=message(validity, lang),
        evidence=message(f"detectors.evidence.{candidate.evidence}", lang) + key,
        score=candidate.score,
        threshold=candidate.threshold,
    )


def _decision(candidate: Considered, lang: str) -> str:
    decision = message(f"detectors.decision.{candidate.decision}", lang)
    return (
        message("detectors.explain.decided_by", lang, decision=decision, by=candidate.by) if candidate.by else decision
    )
