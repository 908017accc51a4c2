"""A detector's examples, run through the engine that scans."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from leakwatch.core.model import Chunk, Field, LinePlace, Origin, RecordChunk, TextChunk
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import Decision
from leakwatch.privacy.redaction import MIN_KEY_BYTES, Fingerprinter
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector, Role, unmark

_ORIGIN = Origin("example")
_CARD = Field("6200000000000005", LinePlace(2), "bankCardNo")


def failures(detector: Detector) -> Iterator[str]:
    """What is wrong, in words without any value: the examples that are not found exactly at their marks.

    Detectors whose only purpose is to keep others silent have nothing to report and are proved by those others.
    """
    if detector.role is Role.NEGATIVE:
        return
    analyzer = Analyzer(_with_company(detector), Fingerprinter(secrets.token_bytes(MIN_KEY_BYTES)))
    for example in detector.examples:
        line, spans = unmark(example.line)
        marked = [(start + 1, end + 1) for start, end in spans]
        found = _found(analyzer, detector, line)
        if found != marked:
            yield f"found at {_columns(found)} instead of {_columns(marked)} in the example: {example.why}"


def _found(analyzer: Analyzer, detector: Detector, line: str) -> list[tuple[int, int]]:
    """Where the detector finds something. A placeholder counts: it was found, and is known to be nobody's."""
    reported = {
        (finding.place.start_column, finding.place.end_column)
        for finding in analyzer.analyze(_chunk(detector, line)).findings
        if finding.entity == detector.entity and isinstance(finding.place, LinePlace)
    }
    ignored = {
        (one.start_column, one.end_column)
        for one in analyzer.explain(line).candidates
        if one.entity == detector.entity and one.decision is Decision.PLACEHOLDER
    }
    return sorted(reported | ignored)


def _chunk(detector: Detector, line: str) -> Chunk:
    if detector.traits.needs_card:
        return RecordChunk(_ORIGIN, ((Field(line, LinePlace(1)), _CARD),))
    return TextChunk(_ORIGIN, line.encode())


def _with_company(detector: Detector) -> list[Detector]:
    """The detector, those that keep others silent, and the one of cards, which some need beside them."""
    company = (other for other in detectors() if other.role is Role.NEGATIVE or other.entity == "BANK_CARD")
    return [detector, *(other for other in company if other is not detector)]


def _columns(spans: list[tuple[int, int]]) -> str:
    return ", ".join(f"{start}-{end}" for start, end in spans) or "no column"
