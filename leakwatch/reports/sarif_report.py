"""SARIF 2.1.0: one result for each leaking place, with how often it leaks and its first places.

Results stay within what code hosts take. What is over the limits is counted in a notification, never dropped
silently; ``jsonl`` has no limits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TextIO
from urllib.parse import quote

from leakwatch.core.model import Finding, LinePlace, Place, Severity, Skipped
from leakwatch.detection.rules import detector_of
from leakwatch.reports.jsonl_report import line
from leakwatch.reports.leak_sites import LeakSite, brief
from leakwatch.reports.spool import Spool
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector, Region

SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"
MAX_RESULTS = 25_000
MAX_LOCATIONS = 100
MAX_ALL_LOCATIONS = 250_000

_LEVELS = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_SECURITY_SEVERITIES = {
    Severity.INFO: "1.0",
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
_PROBLEMS = {"note": "recommendation", "warning": "warning", "error": "error"}
_SURE = 0.8


@dataclass(slots=True)
class _Result:
    """The findings of one leaking place: the first one, how many, and the first places."""

    first: Finding
    count: int = 0
    places: list[Place] = field(default_factory=list)


class SarifReport:
    """Collects leaking places (bounded) and writes the document at the end, in the order of the scan."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rules = {detector.entity: (at, detector) for at, detector in enumerate(detectors())}
        self._results: dict[LeakSite, _Result] = {}
        self._locations = 0
        self._unlisted = 0
        self._notes = Spool()

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        spot = LeakSite.of(finding)
        if finding.entity not in self._rules:
            detector = detector_of(finding.entity)
            assert detector is not None
            self._rules[finding.entity] = (len(self._rules), detector)
        result = self._results.get(spot)
        if result is None:
            if len(self._results) >= MAX_RESULTS:
                self._unlisted += 1
                return
            result = self._results[spot] = _Result(finding)
        result.count += 1
        room = len(result.places) < MAX_LOCATIONS and self._locations < MAX_ALL_LOCATIONS
        if room or not result.places:
            result.places.append(finding.place)
            self._locations += 1

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        origin = skipped.origin
        note = _notification(f"skipped/{skipped.reason}", f"Not scanned: {skipped.reason}.")
        note["locations"] = [_location(origin.path, origin.inside, None)]
        self._notes.append(line(note))

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``."""
        if self._unlisted:
            told = (
                f"{self._unlisted} findings in further places are not listed: a run has at most {MAX_RESULTS} results."
            )
            self._notes.append(line(_notification("limit/results", told)))
        if summary["gaps"]:
            told = f"{summary['gaps']} parts of inputs were read but not analysed."
            self._notes.append(line(_notification("gap/analysis", told)))
        self._write(f'{{"$schema":"{SCHEMA_URI}","version":"2.1.0","runs":[{{"tool":{line(self._tool())},')
        self._write('"automationDetails":{"id":"leakwatch/scan/"},"columnKind":"unicodeCodePoints","results":[')
        self._list(line(self._result(spot, result)) for spot, result in self._results.items())
        complete = "true" if summary["complete"] else "false"
        self._write(f'],"invocations":[{{"executionSuccessful":{complete},"toolExecutionNotifications":[')
        self._list(self._notes)
        self._write(f']}}],"properties":{{"summary":{line(summary)}}}}}]}}\n')
        self._stream.flush()

    def _list(self, items: Iterator[str] | Spool) -> None:
        for number, text in enumerate(items):
            self._write(("," if number else "") + "\n" + text)

    def _write(self, text: str) -> None:
        self._stream.write(text)

    def _tool(self) -> dict[str, Any]:
        release = version("leakwatch-daemon")
        rules = [_rule(detector) for _, detector in self._rules.values()]
        return {"driver": {"name": "leakwatch", "version": release, "semanticVersion": release, "rules": rules}}

    def _result(self, spot: LeakSite, result: _Result) -> dict[str, Any]:
        finding = result.first
        at, detector = self._rules[finding.entity]
        level = _LEVELS[finding.severity]
        text = f"{detector.title.en} {finding.masked}"
        if finding.key:
            text += f" ({finding.key})"
        text += f" at {brief(finding.place)}"
        text += "." if result.count == 1 else f" and {result.count - 1} more in the same place."
        return {
            "ruleId": f"leakwatch/{detector.id}",
            "ruleIndex": at,
            "level": level,
            "kind": "fail",
            "message": {"text": text},
            "locations": [_location(finding.path, finding.inside, place) for place in result.places],
            "partialFingerprints": {
                "leakwatch/place/v1": _digest(spot),
                "leakwatch/template/v1": finding.template,
            },
            "rank": round(finding.score * 100, 1),
            "occurrenceCount": result.count,
            "properties": {
                "entity": finding.entity,
                "severity": finding.severity.label,
                "grade": dict(finding.grade),
                "key": finding.key,
                "masked": finding.masked,
                "fingerprint": finding.fingerprint,
            },
        }


def _rule(detector: Detector) -> dict[str, Any]:
    title, advice = detector.title, detector.advice
    severity = Severity.of(detector.severity)
    level = _LEVELS[severity]
    region = "any region" if detector.region is Region.ANY else detector.region.upper()
    tags = ["privacy", f"region/{detector.region}", *(f"{name}/{grade}" for name, grade in detector.grades.items())]
    return {
        "id": f"leakwatch/{detector.id}",
        "name": "".join(word.capitalize() for word in detector.id.split("-")),
        "shortDescription": {"text": title.en},
        "fullDescription": {"text": f"{title.en} / {title.zh} ({region})."},
        "help": {
            "text": advice.en,
            "markdown": f"**{title.en} / {title.zh}**\n\n{advice.en}\n\n{advice.zh}",
        },
        "defaultConfiguration": {"level": level, "enabled": detector.default},
        "properties": {
            "tags": tags,
            "precision": "high" if detector.scores.bare >= _SURE else "medium",
            "security-severity": _SECURITY_SEVERITIES[severity],
            "problem.severity": _PROBLEMS[level],
        },
    }


def _location(path: str, inside: tuple[str, ...], place: Place | None) -> dict[str, Any]:
    """Where it is: the file outside, what is in it as a logical location, and a region only where lines are its own."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    location: dict[str, Any] = {"physicalLocation": physical}
    if isinstance(place, LinePlace) and not inside:
        physical["region"] = {
            "startLine": place.line,
            "startColumn": place.start_column,
            "endLine": place.line,
            "endColumn": place.end_column,
        }
        return location
    names = [*inside, *([brief(place)] if place is not None else [])]
    if names:
        kind = "member" if place is None else place.kind
        location["logicalLocations"] = [{"fullyQualifiedName": "!".join(names), "kind": kind}]
    return location


def _uri(path: str) -> str:
    quoted = quote(path, safe="/*", errors="surrogateescape")
    return f"file://{quoted}" if path.startswith("/") else quoted


def _notification(about: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": about}, "level": "warning", "message": {"text": text}}


def _digest(spot: LeakSite) -> str:
    """The place without line numbers and without the value: names in it have been through redaction."""
    where = spot.where if not spot.where.startswith("template:") else ""
    parts = (spot.entity, spot.path, *spot.inside, where)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
