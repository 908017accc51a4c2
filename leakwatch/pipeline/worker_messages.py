"""What comes of a piece, as bytes between our own processes: findings as bare tuples, since there may be many."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, get_args

from leakwatch.core.errors import AnalysisError, LeakwatchError
from leakwatch.core.model import Finding, LinePlace, Origin, Place, Skipped, SkipReason
from leakwatch.detection.analyze import Analysis
from leakwatch.pipeline.task import ChunkResult, Outcome, ReadError, TaskDone
from leakwatch.telemetry.library_logging import frames

LOOKED, SKIPPED, UNREAD, ENDED = b"L", b"S", b"U", b"E"
"""What a message begins with."""


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
    """An outcome, and how many bytes were read since the one before."""
    told: tuple[Any, ...]
    if isinstance(outcome, ChunkResult):
        found: Any = outcome.analysis.findings
        if isinstance(found, tuple):  # those of a table are a few lists
            found = [_flat(finding) for finding in found]
        kind, told = LOOKED, (found, _ANALYSIS_VALUES(outcome.analysis), _why(outcome.failure))
    elif isinstance(outcome, Skipped):
        kind, told = SKIPPED, (outcome.reason.value, outcome.bytes)
    elif isinstance(outcome, ReadError):
        kind, told = UNREAD, (_why(outcome.failure), outcome.bytes)
    else:
        kind, told = ENDED, _ENDED_VALUES(outcome)
    inside = () if isinstance(outcome, TaskDone) else outcome.origin.inside
    return kind + pickle.dumps((read, inside, told), pickle.HIGHEST_PROTOCOL)


def unpack(message: bytes, path: str) -> tuple[Outcome, int]:
    """What was packed, of the input at ``path``."""
    read, inside, told = pickle.loads(memoryview(message)[1:])  # noqa: S301 (made by our own process)
    kind, origin = message[:1], Origin(path, inside)
    if kind == LOOKED:
        found, counts, failure = told
        if isinstance(found, list):
            found = tuple(map(_round, found))
        analysis = Analysis(found, **dict(zip(_ANALYSIS_NAMES, counts, strict=True)))
        return ChunkResult(origin, analysis, failure), read
    if kind == SKIPPED:
        return Skipped(origin, SkipReason(told[0]), told[1]), read
    if kind == UNREAD:
        return ReadError(origin, *told), read
    return TaskDone(*told), read


def moved(analysis: Analysis, lines: int) -> Analysis:
    """The analysis of a text before which there are so many lines more."""
    if not lines:
        return analysis
    return replace(analysis, findings=tuple(_moved(finding, lines) for finding in analysis.findings))


def _moved(finding: Finding, lines: int) -> Finding:
    place = finding.place
    if isinstance(place, LinePlace):
        return replace(finding, place=LinePlace(place.line + lines, place.start_column, place.end_column))
    return finding


def _flat(finding: Finding) -> tuple[Any, ...]:
    number = _NUMBERS[type(finding.place)]
    return (number, _PLACE_VALUES[number](finding.place), *_FINDING_VALUES(finding))


def _round(flat: tuple[Any, ...]) -> Finding:
    number, place, *values = flat
    values.insert(_PLACE_AT, _PLACES[number](*place))
    return Finding(*values)


def _why(failure: Exception | None) -> AnalysisError | None:
    """The failure without anything of the text that may hang on it."""
    if failure is None:
        return None
    if isinstance(failure, LeakwatchError):
        return AnalysisError(str(failure))
    way = frames(failure.__traceback__) or ["an unknown place"]
    return AnalysisError(f"{type(failure).__name__} at {way[-1]}")
