"""Paths that changed, handed from watchdog's thread to the thread that reads."""

from __future__ import annotations

import threading
import time

GATHER_SECONDS = 0.02
"""Hints that arrive within this time are served together."""

PACE_SECONDS = 0.1
"""Logs that are only written to are served this often, since each time costs a commit."""


class ChangeHints:
    """A set of changed paths that a reader waits for. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paths: set[str] = set()
        self._all = False
        self._urgent = False
        self._taken_at = 0.0

    def add(self, path: str, *, written: bool = False) -> None:
        """A path changed. One that was only ``written`` to can wait a little, a name that came or went cannot."""
        with self._changed:
            if not self._paths or not (written or self._urgent):
                self._changed.notify()
            self._urgent |= not written
            self._paths.add(path)

    def add_all(self) -> None:
        """Anything may have changed."""
        with self._changed:
            self._all = True
            self._changed.notify()

    def take(self, timeout: float) -> tuple[set[str], bool]:
        """The changed paths, and whether anything may have changed; waits for hints unless ``timeout`` is zero."""
        with self._changed:
            if timeout and not self._paths and not self._all:
                self._changed.wait(timeout)
            if timeout and self._paths:
                self._changed.wait_for(self._cannot_wait, self._taken_at + PACE_SECONDS - time.monotonic())
                self._changed.wait_for(lambda: self._all, GATHER_SECONDS)
            taken = self._paths, self._all
            self._paths, self._all, self._urgent, self._taken_at = set(), False, False, time.monotonic()
            return taken

    def _cannot_wait(self) -> bool:
        return self._urgent or self._all
