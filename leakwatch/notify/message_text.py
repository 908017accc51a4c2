"""The text of alerts: one card, which every chat renders in its own markup. All of its text is inert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeVar

from leakwatch.core.alert import Alert, Message, Reason
from leakwatch.core.model import Gap, Incident, Severity
from leakwatch.notify.inert_text import cut, inert, plain
from leakwatch.notify.phrases import SYMBOLS, entity_severity, entity_title
from leakwatch.text.messages import message as translate

NAMES = 25
"""At most this many alerts are listed on one card; the title gives the total."""

_TITLE_BYTES = 120
_ITEM_BYTES = 150
_KINDS = 6


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How long a card may be: bytes of each value, and how many alerts are listed."""

    value: int
    names: int = NAMES


ROOMS = (TextLimits(600), TextLimits(150), TextLimits(110), TextLimits(80, 20), TextLimits(60, 12), TextLimits(40, 5))
"""From the longest to the shortest; the last one fits every chat."""


@dataclass(frozen=True, slots=True)
class Card:
    """A title, then labelled facts (one alert) or items (several), and a last line that identifies the message."""

    title: str
    severity: Severity
    facts: tuple[tuple[str, str], ...]
    items: tuple[str, ...]
    footer: str

    def lines(self) -> list[str]:
        """The card as plain lines."""
        return [self.title, *(f"{label}{value}" for label, value in self.facts), *self.items, self.footer]


def compose(message: Message, room: TextLimits, keyword: str = "", zone: tzinfo | None = None) -> Card:
    """The card of a message; times are shown in ``zone`` (None: the machine's) with their offset."""
    prefix = f"{plain(keyword)} " if keyword else ""  # the operator's own text; the robot compares it literally
    if len(message.alerts) == 1 and message.waiting <= 1:
        alert = message.alerts[0]
        return Card(
            title=prefix + cut(_title(alert, message.lang), _TITLE_BYTES),
            severity=alert.severity,
            facts=tuple((label, cut(value, room.value)) for label, value in _facts(alert, message.lang, zone)),
            items=(),
            footer=cut(_number(alert), room.value),
        )
    named = message.alerts[: room.names]
    worst = max(alert.severity for alert in message.alerts)
    several = translate("alert.several", message.lang, count=message.waiting)
    total = translate("alert.listed", message.lang, listed=len(named), count=message.waiting)
    return Card(
        title=f"{prefix}{_grade(worst, message.lang)} · {several}",
        severity=worst,
        facts=(),
        items=tuple(_item(alert, message.lang, min(room.value, _ITEM_BYTES)) for alert in named),
        footer=f"{total} · {translate('alert.next_anywhere', message.lang)}",
    )


_Built = TypeVar("_Built")


def fitting(build: Callable[[TextLimits], _Built], fits: Callable[[_Built], bool]) -> _Built:
    """The result of ``build`` for the largest size that fits."""
    for room in ROOMS[:-1]:
        built = build(room)
        if fits(built):
            return built
    return build(ROOMS[-1])


def _grade(severity: Severity, lang: str) -> str:
    return f"{SYMBOLS[severity]} {translate(f'severity.{severity.label}', lang).upper()}"


def _title(alert: Alert, lang: str) -> str:
    reason = translate(f"alert.reason.{alert.reason.value}", lang)
    match alert.subject:
        case Incident() as incident:
            subject = _joined(_kinds(incident.entities, lang, 2), inert(incident.service))
        case Gap() as gap:
            subject = translate(f"gap.{gap.kind.value}.what", lang)
        case None:
            return reason
    return _joined(_grade(alert.severity, lang), reason, subject)


def _number(alert: Alert) -> str:
    match alert.subject:
        case Incident() as incident:
            return f"{inert(incident.id)} #{alert.seq}"
        case _:
            return inert(alert.id)


def _facts(alert: Alert, lang: str, zone: tzinfo | None) -> list[tuple[str, str]]:
    match alert.subject:
        case Incident() as incident:
            facts = _incident_facts(incident, alert.reason, lang, zone)
        case Gap() as gap:
            facts = _gap_facts(gap, alert.reason, lang, zone)
        case None:
            facts = {"detail": translate("alert.channel_works", lang)}
    colon = translate("alert.colon", lang)
    return [(translate(f"alert.label.{name}", lang) + colon, value) for name, value in facts.items() if value]


def _incident_facts(incident: Incident, reason: Reason, lang: str, zone: tzinfo | None) -> dict[str, str]:
    backlog = incident.backlog or reason is Reason.BACKLOG
    return {
        "what": _kinds(incident.entities, lang, _KINDS),
        "people": translate("alert.people", lang, count=incident.subjects) if incident.subjects else "",
        "where": _where(incident, lang),
        "sample": inert(incident.sample),
        "class": f"JR/T 0171-2020 {inert(incident.jrt0171)}" if incident.jrt0171.startswith("C") else "",
        "seen": _span(incident, zone) + (f" · {translate('alert.backlog', lang)}" if backlog else ""),
        "owner": inert(incident.owner),
        "labels": inert(", ".join(f"{name}={value}" for name, value in incident.labels.items())),
        "next": _next(incident.host, lang),
    }


def _gap_facts(gap: Gap, reason: Reason, lang: str, zone: tzinfo | None) -> dict[str, str]:
    over = reason is Reason.GAP_CLOSED  # a gap can be over, and unsolved, when it is first reported
    return {
        "what": translate(f"gap.{gap.kind.value}.what", lang),
        "where": _joined(inert(gap.root), inert(gap.path or "")),
        "detail": inert(gap.detail),
        "since": _time(gap.opened_at, zone),
        "until": _time(gap.closed_at, zone) if over and gap.closed_at is not None else "",
        "next": translate("alert.watched_again" if over else f"gap.{gap.kind.value}.advice", lang),
    }


def _kinds(entities: Mapping[str, int], lang: str, most: int) -> str:
    """Kinds of data with their counts, the most severe first, then the most frequent."""
    ordered = sorted(entities.items(), key=lambda item: (-entity_severity(item[0]), -item[1], item[0]))
    shown = translate("text.separator", lang).join(
        f"{entity_title(name, lang)} ×{count}" for name, count in ordered[:most]
    )
    if len(ordered) > most:
        shown += " " + translate("alert.more_kinds", lang, count=len(ordered))
    return shown


def _where(incident: Incident, lang: str) -> str:
    return _joined(
        translate("alert.service", lang, name=inert(incident.service)) if incident.service else "",
        inert(incident.place),
        inert(incident.logger or ""),
        inert(incident.path),
        translate("alert.field", lang, name=inert(incident.field_key)) if incident.field_key else "",
        translate("alert.host", lang, name=inert(incident.host)) if incident.host else "",
    )


def _joined(*parts: str) -> str:
    """The parts that are not empty, each once."""
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _next(host: str, lang: str) -> str:
    return translate("alert.next", lang, host=inert(host)) if host else translate("alert.next_anywhere", lang)


def _item(alert: Alert, lang: str, size: int) -> str:
    match alert.subject:
        case Incident() as incident:
            place = inert(incident.logger or incident.path or incident.place)
            said = _joined(_kinds(incident.entities, lang, 1), inert(incident.service), place)
        case Gap() as gap:
            said = _joined(translate(f"gap.{gap.kind.value}.what", lang), inert(gap.root))
        case None:
            said = translate(f"alert.reason.{alert.reason.value}", lang)
    number = cut(_number(alert), size // 2)
    head = f"{_grade(alert.severity, lang)} "
    rest = size - len(f"{head} · {number}".encode())
    return f"{head}{cut(said, rest)} · {number}"


def _span(incident: Incident, zone: tzinfo | None) -> str:
    first, last = _time(incident.first_seen, zone), _time(incident.last_seen, zone)
    return first if first == last else f"{first} – {last}"


def _time(at: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(at, zone).astimezone(zone).isoformat(" ", "seconds")
