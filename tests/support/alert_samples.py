"""Made-up incidents, gaps and alerts, and an outbox in memory that keeps the promises of the stored one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leakwatch.core.alert import Alert, Message, Reason, RenderedMessage
from leakwatch.core.model import Gap, GapKind, Incident, Severity
from leakwatch.state.outbox import LONGEST_WAIT

T0 = 1_790_000_000.0


def incident(identity: str = "LW-7Q2K", **more: Any) -> Incident:
    fields: dict[str, Any] = {
        "id": identity,
        "key": "0123456789abcdef",
        "watch": "loan-api",
        "kind": "log",
        "service": "loan-api",
        "env": "prod",
        "owner": "loan-team",
        "host": "web-1",
        "place": "com.example.LoanService",
        "path": "/var/log/loan-api/app.log",
        "logger": "com.example.LoanService",
        "field_key": "idCard",
        "severity": Severity.HIGH,
        "jrt0171": "C2",
        "entities": {"CN_RESIDENT_ID": 40, "CN_MOBILE": 12},
        "count": 52,
        "subjects": 37,
        "sample": "110101********0015",
        "template": "身份证 <*> 提交",
        "first_seen": T0,
        "last_seen": T0 + 3,
    }
    return Incident(**(fields | more))


def gap(kind: GapKind = GapKind.DENIED, **more: Any) -> Gap:
    fields: dict[str, Any] = {
        "kind": kind,
        "root": "/var/log/loan-api",
        "detail": "app.log",
        "opened_at": T0,
        "path": "/var/log/loan-api/app.log",
    }
    return Gap(**(fields | more))


def alert(subject: Incident | Gap | None = None, seq: int = 1, reason: Reason | None = None, **more: Any) -> Alert:
    if isinstance(subject, Incident):
        identity, severity, usual = subject.id, subject.severity, Reason.FIRST
    elif isinstance(subject, Gap):
        identity, severity, usual = "gap-1", Severity.HIGH, Reason.GAP
    else:
        identity, severity, usual = "test-1", Severity.INFO, Reason.TEST
    fields: dict[str, Any] = {
        "id": f"{identity}-{seq}",
        "seq": seq,
        "reason": reason or usual,
        "severity": severity,
        "at": T0,
        "subject": subject,
    }
    return Alert(**(fields | more))


def message(*alerts: Alert, waiting: int | None = None, lang: str = "zh", identity: str | None = None) -> Message:
    return Message(identity or alerts[0].id, alerts, len(alerts) if waiting is None else waiting, lang)


@dataclass
class _Row:
    frozen: RenderedMessage
    not_before: float
    state: str = "pending"
    reason: str = ""


@dataclass
class MemoryOutbox:
    """The outbox protocol over dictionaries."""

    waiting: dict[tuple[str, str], tuple[Alert, float]] = field(default_factory=dict)
    rows: dict[tuple[str, str], _Row] = field(default_factory=dict)

    def put(self, channel: str, one: Alert, due: float) -> None:
        self.waiting[channel, one.id] = (one, due)

    def next(self, channel: str, now: float, limit: int) -> RenderedMessage | tuple[Alert, ...] | None:
        pending = [row for row in self._pending(channel) if row.not_before <= now]
        if pending:
            return min(pending, key=lambda row: (not _critical(row.frozen.alerts), row.frozen.since)).frozen
        due = [one for (name, _), (one, at) in self.waiting.items() if name == channel and at <= now]
        due.sort(key=lambda one: (-one.severity, one.at))
        return tuple(due[:limit]) or None

    def wake_at(self, channel: str) -> float | None:
        times = [row.not_before for row in self._pending(channel)]
        times += [at for (name, _), (_, at) in self.waiting.items() if name == channel]
        return min(times, default=None)

    def pending(self, channel: str) -> int:
        frozen = sum(len(row.frozen.alerts) for row in self._pending(channel))
        return frozen + sum(name == channel for name, _ in self.waiting)

    def freeze(self, channel: str, message_id: str, body: bytes, alerts: tuple[Alert, ...], at: float) -> None:
        for one in alerts:
            del self.waiting[channel, one.id]
        self.rows[channel, message_id] = _Row(RenderedMessage(message_id, body, 0, alerts, at), at)

    def delivered(self, channel: str, message_id: str, at: float) -> None:
        self._end(channel, message_id, "delivered", "")

    def later(self, channel: str, message_id: str, not_before: float, reason: str) -> None:
        row = self.rows[channel, message_id]
        row.frozen = replace(row.frozen, attempts=row.frozen.attempts + 1)
        row.not_before, row.reason = not_before, reason

    def clock_moved(self, channel: str, by: float, now: float) -> None:
        latest = now + LONGEST_WAIT
        for row in self._pending(channel):
            row.frozen = replace(row.frozen, since=row.frozen.since + by)
            row.not_before = min(row.not_before + by, latest)
        for (name, identity), (one, due) in list(self.waiting.items()):
            if name == channel:
                self.waiting[name, identity] = (one, min(due + by, latest))

    def dead(self, channel: str, message_id: str, reason: str, at: float) -> None:
        self._end(channel, message_id, "dead", reason)

    def replace(self, channel: str, message_id: str, body: bytes) -> None:
        row = self.rows[channel, message_id]
        row.frozen = replace(row.frozen, attempts=row.frozen.attempts + 1, body=body, shortened=True)

    def states(self) -> Mapping[str, str]:
        return {identity: row.state for (_, identity), row in self.rows.items()}

    def _end(self, channel: str, message_id: str, state: str, reason: str) -> None:
        row = self.rows[channel, message_id]
        row.frozen = replace(row.frozen, attempts=row.frozen.attempts + 1)
        row.state, row.reason = state, reason

    def _pending(self, channel: str) -> list[_Row]:
        return [row for (name, _), row in self.rows.items() if name == channel and row.state == "pending"]


def _critical(alerts: tuple[Alert, ...]) -> bool:
    return any(one.severity >= Severity.CRITICAL for one in alerts)
