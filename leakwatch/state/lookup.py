"""Was this person exposed? Fingerprints the value under every known key and searches the database.

The value may be written in any way its detector knows. It is not stored; the answer shows it masked.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import regex

from leakwatch.core.model import Severity
from leakwatch.privacy.redaction import Fingerprinter, mask
from leakwatch.state.store import EPOCHS
from leakwatch.text.unescape import view
from leakwatch_detectors.contract import Detector, Role, Scores

SCHEMA = "leakwatch-lookup/1"
PLACES_SHOWN = 20
"""How many places of one incident are listed, the latest first; all are counted."""

_REGEX_SECONDS = 1.0
_INCIDENTS = """
    SELECT finding.incident, entity, masked, count(*) AS findings,
           min(seen_at) AS first_seen, max(seen_at) AS last_seen,
           incident.severity, service, env, owner, watch, incident.place, field_key
    FROM finding LEFT JOIN incident ON incident.id = finding.incident
    WHERE fingerprint IN ({marks}) GROUP BY finding.incident, entity, masked ORDER BY last_seen DESC
"""
_PLACES = """
    SELECT path, inside, place, seen_at FROM finding
    WHERE fingerprint IN ({marks}) AND incident = ? AND entity = ? AND masked = ? ORDER BY seen_at DESC LIMIT ?
"""


def look_up(
    connection: sqlite3.Connection, epochs: Sequence[Fingerprinter], detectors: Sequence[Detector], value: str
) -> dict[str, Any]:
    """What is known about a value: ``found``, how often, when and where; times are epoch seconds.

    ``kinds`` are the entities it looks like, each with its mask. ``lost`` counts the findings made with a key that is
    gone: they cannot be attributed any more. Raises ``sqlite3.Error``.
    """
    text = view(" ".join(value.split())).text
    prints = tuple(
        epoch.value(one.entity, spelling)
        for one in detectors
        if one.role is Role.REPORT and (spelling := _spelling(one, text)) is not None
        for epoch in epochs
    )
    incidents = list(_incidents(connection, prints))
    return {
        "schema": SCHEMA,
        "found": bool(incidents),
        "kinds": [{"entity": one.entity, "masked": mask(text, one.mask)} for one in _kinds(detectors, text)],
        "findings": sum(one["findings"] for one in incidents),
        "first_seen": min((one["first_seen"] for one in incidents), default=None),
        "last_seen": max((one["last_seen"] for one in incidents), default=None),
        "known_since": connection.execute("SELECT min(first_seen) FROM incident").fetchone()[0],
        "lost": _lost(connection, {epoch.id for epoch in epochs}),
        "incidents": incidents,
    }


def _spelling(detector: Detector, text: str) -> str | None:
    try:
        return detector.canonical_form(text)
    except (ValueError, LookupError):  # no value that this detector finds
        return None


def _kinds(detectors: Sequence[Detector], text: str) -> list[Detector]:
    """The detectors that recognise the value by itself; if none does, those that would under a key of theirs."""
    possible = [one for one in detectors if one.role is Role.REPORT and _looks_like(one, text)]
    return [one for one in possible if _scores(one, text).bare] or possible


def _looks_like(detector: Detector, text: str) -> bool:
    try:
        matches = regex.fullmatch(detector.pattern, text, regex.ASCII, timeout=_REGEX_SECONDS) is not None
    except TimeoutError:
        return False
    return matches and not detector.rejects(text)


def _scores(detector: Detector, text: str) -> Scores:
    return detector.scores if detector.scores_for is None else detector.scores_for(text)


def _incidents(connection: sqlite3.Connection, prints: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    marks = ",".join("?" * len(prints))
    for row in connection.execute(_INCIDENTS.format(marks=marks), prints).fetchall():
        told = dict(row)
        of_it = (row["incident"], row["entity"], row["masked"])
        places = connection.execute(_PLACES.format(marks=marks), (*prints, *of_it, PLACES_SHOWN))
        severity = told.pop("severity")
        yield {
            "id": told.pop("incident"),
            "severity": None if severity is None else Severity(severity).label,
            **told,
            "places": [
                {
                    "path": place["path"],
                    "inside": json.loads(place["inside"]),
                    "place": json.loads(place["place"]),
                    "seen_at": place["seen_at"],
                }
                for place in places
            ],
        }


def _lost(connection: sqlite3.Connection, kept: set[str]) -> int:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (EPOCHS,)).fetchone()
    gone = tuple(set(json.loads(row[0]) if row else ()) - kept)
    if not gone:
        return 0
    marks = ",".join("?" * len(gone))
    query = f"SELECT count(*) FROM finding WHERE epoch IN ({marks})"  # noqa: S608  nothing but question marks
    return int(connection.execute(query, gone).fetchone()[0])
