"""Notices that are sent from memory, bypassing the outbox: the state cannot be written, and the heartbeat."""

from __future__ import annotations

import threading

from leakwatch.core.alert import Alert


class Notices:
    """At most one notice of each kind waits; a newer one replaces it. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, Alert] = {}

    def put(self, kind: str, alert: Alert) -> None:
        """Queue a notice."""
        with self._guard:
            self._waiting[kind] = alert

    def first(self) -> tuple[str, Alert] | None:
        """The oldest waiting notice."""
        with self._guard:
            return next(iter(self._waiting.items()), None)

    def drop(self, kind: str, sent: Alert | None = None) -> None:
        """Remove a notice; with ``sent`` only if that one is still waiting."""
        with self._guard:
            if sent is None or self._waiting.get(kind) is sent:
                self._waiting.pop(kind, None)
