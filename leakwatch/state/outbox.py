"""The durable outbox: alerts that wait, and the exact bytes of messages that are being sent.

A row waits until it is rendered. Rendering binds it to a message whose bytes never change again, so that a retry after
a crash carries the same id and the same text. The notification state is stored in the same transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from leakwatch.core.alert import Alert, NotificationState, Reason, RenderedMessage
from leakwatch.core.model import Gap, Incident, Severity
from leakwatch.state.store import Store

GAP_PREFIX = "gap-"

LONGEST_WAIT = 4 * 3600.0
"""No alert waits longer than this to be due or tried again (the last step of growth)."""

_ORDER = "severity >= 4 DESC, subject LIKE 'gap-%' DESC, severity DESC, created, subject"
"""Criticals first, then gaps, then the worse and the older."""


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """The outbox rows of the store; ``notification_after`` says what people know once an alert was rendered."""

    store: Store
    notification_after: Callable[[Alert, NotificationState | None, float], NotificationState]

    def put(self, channel: str, subject: str, reason: Reason, severity: Severity, due: float, at: float) -> None:
        """Queue an alert. If one of its incident waits already, that one gets the higher severity, earlier due."""
        with self.store.transaction() as db:
            waiting = db.execute(
                "SELECT seq FROM outbox WHERE channel = ? AND subject = ? AND message IS NULL", (channel, subject)
            ).fetchone()
            if waiting is not None:
                db.execute(
                    "UPDATE outbox SET reason = ?, severity = max(severity, ?), due = min(due, ?) "
                    "WHERE channel = ? AND subject = ? AND message IS NULL",
                    (reason.value, int(severity), due, channel, subject),
                )
                return
            told = self.told(channel, subject)
            db.execute(
                "INSERT INTO outbox VALUES (?,?,?,?,?,?,?,NULL)",
                (channel, subject, 1 if told is None else told.seq + 1, reason.value, int(severity), due, at),
            )

    def waiting(self, channel: str, subject: str) -> Reason | None:
        """Why an alert about that subject waits; None when none does."""
        row = self.store.one(
            "SELECT reason FROM outbox WHERE channel = ? AND subject = ? AND message IS NULL", (channel, subject)
        )
        return None if row is None else Reason(row["reason"])

    def told(self, channel: str, subject: str) -> NotificationState | None:
        """The notification state of a subject in a channel."""
        row = self.store.one("SELECT * FROM told WHERE channel = ? AND subject = ?", (channel, subject))
        if row is None:
            return None
        entities = frozenset(json.loads(row["entities"]))
        return NotificationState(
            row["seq"], row["count"], Severity(row["severity"]), entities, row["at"], row["growths"]
        )

    # ------------------------------------------------------------------------ what delivery asks (notify.outbox)

    def next(self, channel: str, now: float, limit: int) -> RenderedMessage | tuple[Alert, ...] | None:
        """See ``notify.outbox.Outbox.next``."""
        with self.store.transaction():
            message = self.store.one(
                "SELECT * FROM message WHERE channel = ? AND state = 'pending' AND not_before <= ? "
                "ORDER BY severity >= 4 DESC, created LIMIT 1",
                (channel, now),
            )
            if message is not None:
                alerts = self._alerts(channel, "message = ?", (message["id"],), limit=-1)
                return RenderedMessage(
                    message["id"],
                    message["body"],
                    message["attempts"],
                    alerts,
                    message["created"],
                    bool(message["shortened"]),
                )
            return self._alerts(channel, "message IS NULL AND due <= ?", (now,), limit) or None

    def wake_at(self, channel: str) -> float | None:
        """See ``notify.outbox.Outbox.wake_at``."""
        row = self.store.one(
            "SELECT min(at) FROM ("
            "SELECT min(due) AS at FROM outbox WHERE channel = ?1 AND message IS NULL UNION ALL "
            "SELECT min(not_before) FROM message WHERE channel = ?1 AND state = 'pending')",
            (channel,),
        )
        return None if row is None or row[0] is None else float(row[0])

    def pending(self, channel: str) -> int:
        """See ``notify.outbox.Outbox.pending``."""
        return int(self.store.glance("SELECT count(*) FROM outbox WHERE channel = ?", (channel,))[0][0])

    def freeze(self, channel: str, message_id: str, body: bytes, alerts: tuple[Alert, ...], at: float) -> None:
        """See ``notify.outbox.Outbox.freeze``."""
        with self.store.transaction() as db:
            severity = max(alert.severity for alert in alerts)
            db.execute(
                "INSERT INTO message VALUES (?,?,?,'pending',?,0,0,?,'',?,NULL)",
                (channel, message_id, body, int(severity), at, at),
            )
            for alert in alerts:
                subject = alert.id.rpartition("-")[0]
                db.execute(
                    "UPDATE outbox SET message = ? WHERE channel = ? AND subject = ? AND seq = ?",
                    (message_id, channel, subject, alert.seq),
                )
                self._remember(db, channel, subject, alert, at)

    def delivered(self, channel: str, message_id: str, at: float) -> None:
        """See ``notify.outbox.Outbox.delivered``."""
        self._finish(channel, message_id, "delivered", "", at)

    def later(self, channel: str, message_id: str, not_before: float, reason: str) -> None:
        """See ``notify.outbox.Outbox.later``."""
        with self.store.transaction() as db:
            db.execute(
                "UPDATE message SET attempts = attempts + 1, not_before = ?, reason = ? WHERE channel = ? AND id = ?",
                (not_before, reason, channel, message_id),
            )

    def clock_moved(self, channel: str, by: float, now: float) -> None:
        """See ``notify.outbox.Outbox.clock_moved``."""
        with self.store.transaction() as db:
            db.execute(
                "UPDATE message SET created = created + ?1, not_before = min(not_before + ?1, ?2) "
                "WHERE channel = ?3 AND state = 'pending'",
                (by, now + LONGEST_WAIT, channel),
            )
            db.execute(
                "UPDATE outbox SET due = min(due + ?1, ?2) WHERE channel = ?3 AND message IS NULL",
                (by, now + LONGEST_WAIT, channel),
            )

    def dead(self, channel: str, message_id: str, reason: str, at: float) -> None:
        """See ``notify.outbox.Outbox.dead``."""
        self._finish(channel, message_id, "dead", reason, at)

    def replace(self, channel: str, message_id: str, body: bytes) -> None:
        """See ``notify.outbox.Outbox.replace``."""
        with self.store.transaction() as db:
            db.execute(
                "UPDATE message SET attempts = attempts + 1, shortened = 1, body = ? WHERE channel = ? AND id = ?",
                (body, channel, message_id),
            )

    # ------------------------------------------------------------------------ inside

    def _finish(self, channel: str, message_id: str, state: str, reason: str, at: float) -> None:
        with self.store.transaction() as db:
            db.execute(
                "UPDATE message SET attempts = attempts + 1, state = ?, reason = ?, finished_at = ? "
                "WHERE channel = ? AND id = ?",
                (state, reason, at, channel, message_id),
            )
            db.execute("DELETE FROM outbox WHERE channel = ? AND message = ?", (channel, message_id))

    def _alerts(self, channel: str, condition: str, parameters: tuple[object, ...], limit: int) -> tuple[Alert, ...]:
        rows = self.store.rows(
            f"SELECT * FROM outbox WHERE channel = ? AND {condition} ORDER BY {_ORDER} LIMIT ?",  # noqa: S608  # conditions are our own
            (channel, *parameters, limit),
        )
        return tuple(self._alert(row) for row in rows)

    def _alert(self, row: sqlite3.Row) -> Alert:
        name = row["subject"]
        subject: Incident | Gap | None
        if name.startswith(GAP_PREFIX):
            subject = self.store.gap(int(name.removeprefix(GAP_PREFIX)))
        else:
            subject = self.store.incident(name)
        return Alert(
            f"{name}-{row['seq']}",
            row["seq"],
            Reason(row["reason"]),
            Severity(row["severity"]),
            row["created"],
            subject,
        )

    def _remember(self, db: sqlite3.Connection, channel: str, subject: str, alert: Alert, at: float) -> None:
        if isinstance(alert.subject, Incident):
            told = self.notification_after(alert, self.told(channel, subject), at)
        else:
            told = NotificationState(alert.seq, 0, alert.severity, frozenset(), at)
        db.execute(
            "INSERT OR REPLACE INTO told VALUES (?,?,?,?,?,?,?,?)",
            (
                channel,
                subject,
                told.seq,
                told.count,
                int(told.severity),
                json.dumps(sorted(told.entities)),
                told.growths,
                told.at,
            ),
        )
