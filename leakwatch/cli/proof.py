"""A detector's examples, run through the engine that scans."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from leakwatch.analyze import Analyzer
from leakwatch.model import LinePlace, Origin, TextChunk
from leakwatch.redaction import MIN_KEY_BYTES, Fingerprinter
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector, Role

_OPEN, _CLOSE = "⟦", "⟧"


def failures(detector: Detector) -> Iterator[str]:
    """What is wrong, in words without any value: the examples that are not found exactly at their marks.

    Detectors whose only purpose is to keep others silent have nothing to report and are proved by those others.
    """
    if detector.role is Role.NEGATIVE:
        return
    analyzer = Analyzer(_with_negatives(detector), Fingerprinter(secrets.token_bytes(MIN_KEY_BYTES)))
    for example in detector.examples:
        line, marked = unmark(example.line)
        chunk = TextChunk(Origin("example"), line.encode())
        found = [
            (finding.place.start_column, finding.place.end_column)
            for finding in analyzer.analyze(chunk).findings
            if finding.entity == detector.entity and isinstance(finding.place, LinePlace)
        ]
        if sorted(found) != marked:
            yield f"found at {_columns(found)} instead of {_columns(marked)} in the example: {example.why}"


def unmark(line: str) -> tuple[str, list[tuple[int, int]]]:
    """An example without its marks, and the columns (from 1, the end exclusive) of what was marked."""
    text, spans, start = "", [], 0
    for sign in line:
        if sign == _OPEN:
            start = len(text) + 1
        elif sign == _CLOSE:
            spans.append((start, len(text) + 1))
        else:
            text += sign
    return text, spans


def _with_negatives(detector: Detector) -> list[Detector]:
    return [detector, *(other for other in detectors() if other.role is Role.NEGATIVE)]


def _columns(spans: list[tuple[int, int]]) -> str:
    return ", ".join(f"{start}-{end}" for start, end in spans) or "no column"
