"""Messages from pool workers to their parent. Findings travel as plain tuples, since there may be many."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, get_args

from leakwatch.core.errors import AnalysisError, LeakwatchError
from leakwatch.core.model import Finding, Origin, Skipped, SkipReason
from leakwatch.core.places import LinePlace, Place
from leakwatch.detection.analyze import Analysis
from leakwatch.pipeline.task import ChunkResult, Outcome, ReadError, TaskDone
from leakwatch.telemetry.library_logging import frames

CHUNK, SKIPPED, READ_ERROR, TASK_DONE = b"L", b"S", b"U", b"E"
"""First byte of a message: its type."""


def _values(of: type) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(one.name for one in fields(of)))


_PLACES: tuple[type[Place], ...] = get_args(Place)
_NUMBERS = {kind: number for number, kind in enumerate(_PLACES)}
_PLACE_VALUES = tuple(map(_values, _PLACES))
_FINDING_VALUES = attrgetter(*(one.name for one in fields(Finding) if one.name != "place"))
_PLACE_AT = next(at for at, one in enumerate(fields(Finding)) if one.name == "place")
_ANALYSIS_VALUES = attrgetter(*(one.name for one in fields(Analysis) if one.name != "findings"))
_ENDED_VALUES = _values(TaskDone)
_ANALYSIS_NAMES = tuple(one.name for one in fields(Analysis) if one.name != "findings")


def pack(outcome: Outcome, read: int) -> bytes:
    """Encode an outcome and the bytes read since the previous one."""
    payload: tuple[Any, ...]
    if isinstance(outcome, ChunkResult):
        findings: Any = outcome.analysis.findings
        if isinstance(findings, tuple):  # column findings are a few lists already
            findings = [_pack_finding(finding) for finding in findings]
        kind, payload = CHUNK, (findings, _ANALYSIS_VALUES(outcome.analysis), _sanitized(outcome.failure))
    elif isinstance(outcome, Skipped):
        kind, payload = SKIPPED, (outcome.reason.value, outcome.bytes)
    elif isinstance(outcome, ReadError):
        kind, payload = READ_ERROR, (_sanitized(outcome.failure), outcome.bytes)
    else:
        kind, payload = TASK_DONE, _ENDED_VALUES(outcome)
    inside = () if isinstance(outcome, TaskDone) else outcome.origin.inside
    return kind + pickle.dumps((read, inside, payload), pickle.HIGHEST_PROTOCOL)


def unpack(message: bytes, path: str) -> tuple[Outcome, int]:
    """Decode a message about the input at ``path``."""
    read, inside, payload = pickle.loads(memoryview(message)[1:])  # noqa: S301  # from our own worker
    kind, origin = message[:1], Origin(path, inside)
    if kind == CHUNK:
        findings, counts, failure = payload
        if isinstance(findings, list):
            findings = tuple(map(_unpack_finding, findings))
        analysis = Analysis(findings, **dict(zip(_ANALYSIS_NAMES, counts, strict=True)))
        return ChunkResult(origin, analysis, failure), read
    if kind == SKIPPED:
        return Skipped(origin, SkipReason(payload[0]), payload[1]), read
    if kind == READ_ERROR:
        return ReadError(origin, *payload), read
    return TaskDone(*payload), read


def shift_lines(analysis: Analysis, lines: int) -> Analysis:
    """The analysis of a range with its line numbers increased by the ``lines`` before the range."""
    if not lines:
        return analysis
    return replace(analysis, findings=tuple(_shift(finding, lines) for finding in analysis.findings))


def _shift(finding: Finding, lines: int) -> Finding:
    place = finding.place
    if isinstance(place, LinePlace):
        return replace(finding, place=LinePlace(place.line + lines, place.start_column, place.end_column))
    return finding


def _pack_finding(finding: Finding) -> tuple[Any, ...]:
    number = _NUMBERS[type(finding.place)]
    return (number, _PLACE_VALUES[number](finding.place), *_FINDING_VALUES(finding))


def _unpack_finding(flat: tuple[Any, ...]) -> Finding:
    number, place, *values = flat
    values.insert(_PLACE_AT, _PLACES[number](*place))
    return Finding(*values)


def _sanitized(failure: Exception | None) -> AnalysisError | None:
    """The failure without its message and arguments, which may contain scanned text."""
    if failure is None:
        return None
    if isinstance(failure, LeakwatchError):
        return AnalysisError(str(failure))
    places = frames(failure.__traceback__) or ["an unknown place"]
    return AnalysisError(f"{type(failure).__name__} at {places[-1]}")
