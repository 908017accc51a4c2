"""What is said from memory, past the outbox: that nothing can be stored, and that we are alive."""

from __future__ import annotations

import threading

from leakwatch.core.alert import Alert


class Notices:
    """At most one notice of each kind waits; a newer one takes its place. May be called from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, Alert] = {}

    def put(self, kind: str, alert: Alert) -> None:
        """Let it be said."""
        with self._guard:
            self._waiting[kind] = alert

    def first(self) -> tuple[str, Alert] | None:
        """What waits longest."""
        with self._guard:
            return next(iter(self._waiting.items()), None)

    def drop(self, kind: str, said: Alert | None = None) -> None:
        """It need not be said any more; with ``said`` only if it is still that one which waits."""
        with self._guard:
            if said is None or self._waiting.get(kind) is said:
                self._waiting.pop(kind, None)
