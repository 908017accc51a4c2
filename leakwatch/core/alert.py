"""What is sent about an incident or a gap, and what was sent before."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from leakwatch.core.model import Gap, Incident, Severity


class Reason(enum.StrEnum):
    """Why a message is sent about an incident. Logged, stored and shown."""

    FIRST = "first"
    NEW_ENTITY = "new-entity"
    SEVERITY_UP = "severity-up"
    GROWTH = "growth"
    BACKLOG = "backlog"
    GAP = "gap"
    GAP_CLOSED = "gap-closed"
    TEST = "test"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Alert:
    """One notification for one channel. ``subject`` is an incident, a gap, or None for a test or a heartbeat.

    ``id`` is the idempotency key ``<incident>-<seq>``: the same on every retry.
    """

    id: str
    seq: int
    reason: Reason
    severity: Severity
    at: float
    subject: Incident | Gap | None


@dataclass(frozen=True, slots=True)
class Message:
    """One post to one channel: usually one alert, several if they were collected.

    ``waiting`` is the number of alerts of the channel that this message stands for, listed ones included.
    """

    id: str
    alerts: tuple[Alert, ...]
    waiting: int
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class NotificationState:
    """The state of an incident when its last message to a channel was rendered.

    ``growths`` counts the growth messages so far; each one makes the next wait longer. ``at`` is epoch seconds.
    """

    seq: int
    count: int
    severity: Severity
    entities: frozenset[str]
    at: float
    growths: int = 0


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A rendered message that the receiver has not accepted yet: every attempt sends this id and these bytes.

    ``attempts`` counts the attempts, ``since`` (epoch seconds) is when it was rendered. ``shortened``: the receiver
    rejected the full text, and ``body`` is the one shorter attempt.
    """

    message_id: str
    body: bytes = field(repr=False)
    attempts: int
    alerts: tuple[Alert, ...]
    since: float
    shortened: bool = False
