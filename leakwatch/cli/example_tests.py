"""Runs the examples of a detector through the scan engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from leakwatch.core.model import Chunk, Field, Origin, RecordChunk, TextChunk
from leakwatch.core.places import LinePlace
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import Decision
from leakwatch.privacy.redaction import MIN_KEY_BYTES, Fingerprinter
from leakwatch.text.messages import message
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector, Role, unmark

_ORIGIN = Origin("example")
_CARD = Field("6200000000000005", LinePlace(2), "bankCardNo")


def example_failures(detector: Detector, lang: str) -> Iterator[str]:
    """The examples whose matches differ from their marks, described without a value.

    Negative detectors report nothing; the detectors they suppress test them.
    """
    if detector.role is Role.NEGATIVE:
        return
    analyzer = Analyzer(_with_dependencies(detector), Fingerprinter(secrets.token_bytes(MIN_KEY_BYTES)))
    for example in detector.examples:
        line, spans = unmark(example.line)
        marked = [(start + 1, end + 1) for start, end in spans]
        found = _found(analyzer, detector, line)
        if found != marked:
            yield message(
                "detectors.test.failure",
                lang,
                found=_columns(found, lang),
                expected=_columns(marked, lang),
                why=example.why,
            )


def _found(analyzer: Analyzer, detector: Detector, line: str) -> list[tuple[int, int]]:
    """The columns of the detector's matches, including placeholders, which are matched but not reported."""
    reported = {
        (finding.place.start_column, finding.place.end_column)
        for finding in analyzer.analyze(_chunk(detector, line)).findings
        if finding.entity == detector.entity and isinstance(finding.place, LinePlace)
    }
    ignored = {
        (candidate.start_column, candidate.end_column)
        for candidate in analyzer.explain(line).candidates
        if candidate.entity == detector.entity and candidate.decision is Decision.PLACEHOLDER
    }
    return sorted(reported | ignored)


def _chunk(detector: Detector, line: str) -> Chunk:
    if detector.traits.needs_card:
        return RecordChunk(_ORIGIN, ((Field(line, LinePlace(1)), _CARD),))
    return TextChunk(_ORIGIN, line.encode())


def _with_dependencies(detector: Detector) -> list[Detector]:
    """The detector, the negative ones, and BANK_CARD, which some entities need in the same record."""
    others = (other for other in detectors() if other.role is Role.NEGATIVE or other.entity == "BANK_CARD")
    return [detector, *(other for other in others if other is not detector)]


def _columns(spans: list[tuple[int, int]], lang: str) -> str:
    return ", ".join(f"{start}-{end}" for start, end in spans) or message("detectors.test.no_column", lang)
