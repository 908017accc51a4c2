"""The result of a subject lookup, rendered for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from leakwatch.text.messages import message


def lookup_lines(answer: dict[str, Any], lang: str) -> Iterator[str]:
    """The answer: found or not, then the places by incident."""
    kinds = ", ".join(f"{kind['entity']} {kind['masked']}" for kind in answer["kinds"])
    if answer["found"]:
        yield _found(answer, lang)
    else:
        yield _not_found(answer["known_since"], lang)
        if not kinds:
            yield message("subject.unrecognized", lang)
    if kinds:
        yield message("subject.kinds", lang, kinds=kinds)
    if answer["lost"]:
        yield message("subject.lost", lang, count=answer["lost"])
    for incident in answer["incidents"]:
        yield ""
        yield from _incident(incident, lang)


def _found(answer: dict[str, Any], lang: str) -> str:
    count = answer["findings"]
    first, last = _time(answer["first_seen"]), _time(answer["last_seen"])
    if count == 1:
        when = message("subject.at", lang, time=first)
    else:
        when = message("subject.between", lang, first=first, last=last)
    incidents = message("subject.incidents", lang, count=len({incident["id"] for incident in answer["incidents"]}))
    return message("subject.found", lang, count=count, incidents=incidents, when=when)


def _not_found(known_since: float | None, lang: str) -> str:
    if not known_since:
        return message("subject.no_findings", lang)
    return message("subject.not_found", lang, since=_time(known_since))


def _incident(incident: dict[str, Any], lang: str) -> Iterator[str]:
    key = f" · {incident['field_key']}" if incident["field_key"] else ""
    first_and_last = f"{_time(incident['first_seen'])} – {_time(incident['last_seen'])}"
    severity = message(f"severity.{incident['severity']}", lang) if incident["severity"] else "–"
    service, place = (incident[name] or "–" for name in ("service", "place"))
    entity = f"{incident['entity']} {incident['masked']} ×{incident['findings']}"
    yield f"{incident['id']} {severity:8} {service} · {place}{key}: {entity}, {first_and_last}"
    for found in incident["places"]:
        path = "!".join([found["path"], *found["inside"]])
        yield f"  {_time(found['seen_at'])}  {path}{_place(found['place'], lang)}"
    earlier = incident["findings"] - len(incident["places"])
    if earlier > 0:
        yield "  " + message("subject.earlier", lang, count=earlier)


def _place(place: dict[str, Any], lang: str) -> str:
    """The place within a file, as a suffix of its path."""
    match place["kind"]:
        case "line":
            return f":{place['line']}:{place['start_column']}"
        case "cell":
            sheet = f" {place['sheet']}" if place["sheet"] else ""
            column = place["column_name"] or place["column"]
            return f"{sheet} {message('subject.place.cell', lang, row=place['row'], column=column)}"
        case "record":
            number, path = place["record"], place["json_path"]
            return f" {message('subject.place.record', lang, number=number, path=path)}"
        case _:
            return f" {message('subject.place.page', lang, page=place['page'])}"


def _time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
