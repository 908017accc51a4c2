"""Decides which channels are alerted about an incident, why and when.

Pure functions: the clock and the previous notification are passed in.

How the daemon uses it, for each incident that changed (all in the transaction that stores the findings)::

    reason = decide(incident, told)                    # told: the last NotificationState, or None
    if reason:
        due = due_at(reason, incident.severity, now, told, last_new)
        for route in routes if wants(route, alert): put the alert into the outbox; if one of the incident waits there
            already, keep its id, the earlier due time and the `stronger` reason

``NotificationState`` becomes ``notification_after(alert, told, now)`` when the alert is rendered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase

from leakwatch.core.alert import Alert, NotificationState, Reason
from leakwatch.core.model import Incident, Severity

COLLECT_SECONDS = 0.8
"""Siblings of a running burst are collected up to this long; with the way from the line to here it stays under 1 s."""

LOW_SECONDS = 5.0
"""How long low and informational incidents may wait for others."""

FOLLOW_UP_SECONDS = 10.0
"""The least distance of a message about a new kind of data, or a rise in severity, from the one before it."""

GROWTH_FACTOR = 10
"""A count is worth another message when it is this many times the last one sent …"""

GROWTH_GAPS = (60.0, 300.0, 900.0, 3600.0, 14400.0)
"""… and this many seconds have passed since; the last gap repeats."""

_STRENGTH = (Reason.GROWTH, Reason.NEW_ENTITY, Reason.SEVERITY_UP, Reason.FIRST)


@dataclass(frozen=True, slots=True)
class Route:
    """What one channel receives. Empty ``entities`` or ``services`` mean all; names may be ``*`` patterns.

    ``collects``: its messages can list several alerts, so that waiting for others saves messages.
    """

    channel: str
    min_severity: Severity = Severity.LOW
    entities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    collects: bool = True


def wants(route: Route, alert: Alert) -> bool:
    """Whether the channel gets this alert. Gaps and tests go to every channel."""
    incident = alert.subject
    if not isinstance(incident, Incident):
        return True
    return (
        alert.severity >= route.min_severity
        and (not route.entities or any(_matches(name, route.entities) for name in incident.entities))
        and (not route.services or _matches(incident.service, route.services))
    )


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def decide(incident: Incident, told: NotificationState | None) -> Reason | None:
    """The reason to alert about this incident now; None if nothing is new enough. ``due_at`` decides when.

    Backlog (older than the first start) is alerted only if it is critical; the rest is one summary card per watch.
    """
    if told is None:
        return Reason.FIRST if not incident.backlog or incident.severity >= Severity.CRITICAL else None
    if incident.severity > told.severity:
        return Reason.SEVERITY_UP
    if not told.entities.issuperset(incident.entities):
        return Reason.NEW_ENTITY
    if incident.count >= GROWTH_FACTOR * told.count:
        return Reason.GROWTH
    return None


def stronger(one: Reason, other: Reason) -> Reason:
    """Which of two reasons about one incident to keep when only one message is sent."""
    return max(one, other, key=lambda reason: _STRENGTH.index(reason) if reason in _STRENGTH else -1)


def due_at(
    reason: Reason, severity: Severity, now: float, told: NotificationState | None, last_new: float | None
) -> float:
    """When the alert is due (epoch seconds, never before ``now``).

    ``last_new`` is when the previous incident was opened: while new ones keep coming, all but criticals wait for the
    end of a common window, so that one message lists them.
    """
    since = now if told is None else min(told.at, now)  # the clock may have been set back meanwhile
    if reason is Reason.GROWTH and told is not None:
        return max(now, since + GROWTH_GAPS[min(told.growths, len(GROWTH_GAPS) - 1)])
    if severity >= Severity.CRITICAL and (told is None or reason is Reason.SEVERITY_UP):
        return now
    if told is not None:
        return max(now, since + FOLLOW_UP_SECONDS)
    if severity <= Severity.LOW:
        return _window_end(now, LOW_SECONDS)
    if last_new is not None and now - last_new < 1.0:
        return _window_end(now, COLLECT_SECONDS)
    return now


def _window_end(now: float, seconds: float) -> float:
    return max(now, (math.floor(now / seconds) + 1) * seconds)


def notification_after(alert: Alert, told: NotificationState | None, at: float) -> NotificationState:
    """What people know once this alert about an incident is rendered at that time."""
    incident = alert.subject
    assert isinstance(incident, Incident), "only incidents are followed up"
    growths = told.growths if told is not None else 0
    return NotificationState(
        seq=alert.seq,
        count=incident.count,
        severity=incident.severity,
        entities=frozenset(incident.entities),
        at=at,
        growths=growths + (alert.reason is Reason.GROWTH),
    )
