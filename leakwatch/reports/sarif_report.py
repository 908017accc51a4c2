"""SARIF 2.1.0: one result per leak site, with its number of findings and its first locations.

The limits are those of code hosts. What exceeds them is counted in a notification, never dropped silently; ``jsonl``
has no limits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TextIO
from urllib.parse import quote

from leakwatch.core.model import Finding, Severity, Skipped
from leakwatch.core.places import LinePlace, Place
from leakwatch.detection.rules import detector_of
from leakwatch.reports.jsonl_report import encode_record
from leakwatch.reports.leak_sites import LeakSite, short_place
from leakwatch.reports.render_options import RenderOptions
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
_HIGH_PRECISION = 0.8


@dataclass(slots=True)
class _Result:
    """The findings of one leak site: the first one, their number, and the first places."""

    first: Finding
    count: int = 0
    places: list[Place] = field(default_factory=list)


class SarifReport:
    """Collects leak sites, in bounded memory, and writes the document at the end, in scan order."""

    def __init__(self, stream: TextIO, _options: RenderOptions) -> None:
        self._stream = stream
        self._rules = {detector.entity: (index, detector) for index, detector in enumerate(detectors())}
        self._results: dict[LeakSite, _Result] = {}
        self._locations = 0
        self._unlisted = 0
        self._notifications = Spool()

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        site = LeakSite.of(finding)
        if finding.entity not in self._rules:
            detector = detector_of(finding.entity)
            assert detector is not None
            self._rules[finding.entity] = (len(self._rules), detector)
        result = self._results.get(site)
        if result is None:
            if len(self._results) >= MAX_RESULTS:
                self._unlisted += 1
                return
            result = self._results[site] = _Result(finding)
        result.count += 1
        below_limits = len(result.places) < MAX_LOCATIONS and self._locations < MAX_ALL_LOCATIONS
        if below_limits or not result.places:
            result.places.append(finding.place)
            self._locations += 1

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        origin = skipped.origin
        notification = _notification(f"skipped/{skipped.reason}", f"Not scanned: {skipped.reason}.")
        notification["locations"] = [_location(origin.path, origin.inside, None)]
        self._notifications.append(encode_record(notification))

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``."""
        if self._unlisted:
            text = f"{self._unlisted} more findings are not listed: a run is limited to {MAX_RESULTS} results."
            self._notifications.append(encode_record(_notification("limit/results", text)))
        if summary["gaps"]:
            text = f"{summary['gaps']} parts of inputs were read but not analysed."
            self._notifications.append(encode_record(_notification("gap/analysis", text)))
        self._write(f'{{"$schema":"{SCHEMA_URI}","version":"2.1.0","runs":[{{"tool":{encode_record(self._tool())},')
        self._write('"automationDetails":{"id":"leakwatch/scan/"},"columnKind":"unicodeCodePoints","results":[')
        self._write_list(encode_record(self._result(site, result)) for site, result in self._results.items())
        complete = "true" if summary["complete"] else "false"
        self._write(f'],"invocations":[{{"executionSuccessful":{complete},"toolExecutionNotifications":[')
        self._write_list(self._notifications)
        self._write(f']}}],"properties":{{"summary":{encode_record(summary)}}}}}]}}\n')
        self._stream.flush()

    def _write_list(self, items: Iterator[str] | Spool) -> None:
        for number, text in enumerate(items):
            self._write(("," if number else "") + "\n" + text)

    def _write(self, text: str) -> None:
        self._stream.write(text)

    def _tool(self) -> dict[str, Any]:
        release = version("leakwatch-daemon")
        rules = [_rule(detector) for _, detector in self._rules.values()]
        return {"driver": {"name": "leakwatch", "version": release, "semanticVersion": release, "rules": rules}}

    def _result(self, site: LeakSite, result: _Result) -> dict[str, Any]:
        finding = result.first
        index, detector = self._rules[finding.entity]
        level = _LEVELS[finding.severity]
        text = f"{detector.title.en} {finding.masked}"
        if finding.key:
            text += f" ({finding.key})"
        text += f" at {short_place(finding.place)}"
        text += "." if result.count == 1 else f" and {result.count - 1} more at the same site."
        return {
            "ruleId": f"leakwatch/{detector.id}",
            "ruleIndex": index,
            "level": level,
            "kind": "fail",
            "message": {"text": text},
            "locations": [_location(finding.path, finding.inside, place) for place in result.places],
            "partialFingerprints": {
                "leakwatch/place/v1": _digest(site),
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
            "precision": "high" if detector.scores.bare >= _HIGH_PRECISION else "medium",
            "security-severity": _SECURITY_SEVERITIES[severity],
            "problem.severity": _PROBLEMS[level],
        },
    }


def _location(path: str, inside: tuple[str, ...], place: Place | None) -> dict[str, Any]:
    """A location: the file, members of it as a logical location, and a region only for lines of the file itself."""
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
    names = [*inside, *([short_place(place)] if place is not None else [])]
    if names:
        kind = "member" if place is None else place.kind
        location["logicalLocations"] = [{"fullyQualifiedName": "!".join(names), "kind": kind}]
    return location


def _uri(path: str) -> str:
    quoted = quote(path, safe="/*", errors="surrogateescape")
    return f"file://{quoted}" if path.startswith("/") else quoted


def _notification(identifier: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": identifier}, "level": "warning", "message": {"text": text}}


def _digest(site: LeakSite) -> str:
    """A digest of the site without line numbers or values; names in it are redacted already."""
    where = site.where if not site.where.startswith("template:") else ""
    parts = (site.entity, site.path, *site.inside, where)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
