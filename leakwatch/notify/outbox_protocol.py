"""The interface of the outbox that delivery needs. The daemon's is in ``leakwatch.state``."""

from __future__ import annotations

from typing import Protocol

from leakwatch.core.alert import Alert, RenderedMessage


class Outbox(Protocol):
    """Alerts of all channels, kept until a receiver accepts them.

    Times are epoch seconds; calls come from one thread per channel. A message id is unique within its channel only:
    two channels use the same id for one alert.

    An alert waits, at most one per channel and incident, until ``freeze`` binds it to a rendered message. ``next``
    returns a waiting alert with the present state of its incident, so that the text is current however long it waited.
    """

    def next(self, channel: str, now: float, limit: int) -> RenderedMessage | tuple[Alert, ...] | None:
        """What to send now; changes nothing.

        An unfinished frozen message that is due (criticals before others, then the oldest); else up to
        ``limit`` waiting alerts that are due (criticals first, then by severity and age); else None.
        """
        ...

    def wake_at(self, channel: str) -> float | None:
        """The earliest time at which ``next`` has something (it may be past); None when the channel has nothing."""
        ...

    def pending(self, channel: str) -> int:
        """How many alerts of the channel are not accepted yet, waiting and frozen together."""
        ...

    def freeze(self, channel: str, message_id: str, body: bytes, alerts: tuple[Alert, ...], at: float) -> None:
        """Bind these waiting alerts to one rendered message, in one transaction; it is due now."""
        ...

    def delivered(self, channel: str, message_id: str, at: float) -> None:
        """The receiver accepted the message; its alerts are done."""
        ...

    def later(self, channel: str, message_id: str, not_before: float, reason: str) -> None:
        """The attempt failed: count it, and do not hand the message out before that time."""
        ...

    def clock_moved(self, channel: str, by: float, now: float) -> None:
        """The wall clock was set by that many seconds and is ``now``: waits stay as long as they were.

        Nothing waits longer than the longest possible wait, whatever the clock did while the daemon was stopped.
        """
        ...

    def dead(self, channel: str, message_id: str, reason: str, at: float) -> None:
        """Give the message up; it is kept and listed as undelivered."""
        ...

    def replace(self, channel: str, message_id: str, body: bytes) -> None:
        """The message was rejected for its content: count the attempt and keep the shorter body as ``shortened``.

        It is due now.
        """
        ...
