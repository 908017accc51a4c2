"""What is known of a value, as people read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any


def lines(answer: dict[str, Any], lang: str) -> Iterator[str]:
    """The answer of a lookup: yes or no, then place after place."""
    zh = lang == "zh"
    kinds = ", ".join(f"{kind['entity']} {kind['masked']}" for kind in answer["kinds"])
    if answer["found"]:
        yield _yes(answer, zh)
    else:
        since = _time(answer["known_since"]) if answer["known_since"] else None
        yield _no(since, zh)
        if not kinds:
            yield (
                "它不像任何检测的内容，请检查是否有误。"
                if zh
                else "It looks like nothing that is searched for; is it complete?"
            )
    if kinds:
        yield (f"可能是：{kinds}" if zh else f"It can be: {kinds}")
    if answer["lost"]:
        yield (
            f"注意：有 {answer['lost']} 条记录的密钥已不存在，无法查询。"
            if zh
            else f"Beware: {answer['lost']} findings were made with a key that is gone; nobody can say whose they are."
        )
    for incident in answer["incidents"]:
        yield ""
        yield from _incident(incident, zh)


def _yes(answer: dict[str, Any], zh: bool) -> str:
    count, places = answer["findings"], len({one["id"] for one in answer["incidents"]})
    first, last = _time(answer["first_seen"]), _time(answer["last_seen"])
    if zh:
        return f"是：在 {places} 个事件中出现 {count} 次，最早 {first}，最近 {last}。"
    often, where = ("once" if count == 1 else f"{count} times"), ("incident" if places == 1 else "incidents")
    return f"Yes: found {often} in {places} {where}, first {first}, last {last}."


def _no(since: str | None, zh: bool) -> str:
    if since is None:
        return "否：还没有任何发现。" if zh else "No: nothing was found yet at all."
    return f"否：自 {since} 以来未出现。" if zh else f"No: it was not found, in all that is kept since {since}."


def _incident(incident: dict[str, Any], zh: bool) -> Iterator[str]:
    key = f" · {incident['field_key']}" if incident["field_key"] else ""
    span = f"{_time(incident['first_seen'])} – {_time(incident['last_seen'])}"
    severity, service, place = (incident[name] or "–" for name in ("severity", "service", "place"))
    what = f"{incident['entity']} {incident['masked']} ×{incident['findings']}"
    yield f"{incident['id']} {severity:8} {service} · {place}{key}: {what}, {span}"
    for place in incident["places"]:
        where = "!".join([place["path"], *place["inside"]])
        yield f"  {_time(place['seen_at'])}  {where}{_within(place['place'])}"
    more = incident["findings"] - len(incident["places"])
    if more > 0:
        yield (f"  … 另有 {more} 处" if zh else f"  … and {more} earlier ones")


def _within(place: dict[str, Any]) -> str:
    """The place within a file, in its own terms."""
    kind = place["kind"]
    if kind == "line":
        return f":{place['line']}:{place['start_column']}"
    if kind == "cell":
        sheet = f" {place['sheet']}" if place["sheet"] else ""
        return f"{sheet} row {place['row']} column {place['column_name'] or place['column']}"
    if kind == "record":
        return f" record {place['record']} {place['json_path']}"
    return f" page {place['page']}"


def _time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
