"""Threads with a heartbeat, whose death is recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

_log = structlog.get_logger("leakwatch")


class SupervisedThread(threading.Thread):
    """A thread that runs ``body`` until ``stopping`` is set; ``failed`` is the exception that ended it.

    Only the type and place of the exception are kept and logged: its text could hold what was being read.
    """

    def __init__(self, name: str, body: Callable[[SupervisedThread], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._body = body
        self._last = time.monotonic()
        self.stopping = threading.Event()
        self.failed: str | None = None

    def beat(self) -> None:
        """Record a heartbeat."""
        self._last = time.monotonic()

    @property
    def silent(self) -> float:
        """Seconds since the last heartbeat."""
        return time.monotonic() - self._last

    def run(self) -> None:
        """Run the body; record how it ended."""
        try:
            self._body(self)
        except Exception as error:  # noqa: BLE001  # whatever it is, the supervisor must see the thread die
            self.failed = _origin(error)
            _log.error("thread died", thread=self.name, error=self.failed)  # no traceback: it may hold text


def _origin(error: BaseException) -> str:
    """The kind of an exception and where it was raised, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
    return f"{type(error).__name__}{where}"
