"""Redacts third-party logging: libraries log and raise texts that can hold the values we detect.

Imports only the standard library, so every command can afford it.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

# detection code: its messages hold matched values, so none is let through at any level
CLOSED = ("presidio-analyzer", "presidio_analyzer", "decision_process", "leakwatch_detectors", "tldextract", "filelock")
_ABOVE_ALL = logging.CRITICAL + 1

Emit = Callable[[int, str, dict[str, Any]], None]
"""Takes a level of ``logging``, an event and its fields."""


def close() -> None:
    """Let no library write anything: for commands that print nothing but their result."""
    _set_up(logging.NullHandler())


def capture(emit: Emit) -> None:
    """Pass the warnings of libraries to ``emit``, without any text they made at run time."""
    _set_up(_Guest(emit))


def watch_crashes(emit: Emit) -> None:
    """Print where an uncaught exception came from, instead of a traceback with its message."""

    def tell(kind: type[BaseException] | None, trace: TracebackType | None, thread: str | None) -> None:
        fields = {"error": kind.__name__ if kind else "unknown", "trace": frames(trace), "thread": thread}
        emit(logging.CRITICAL, "crashed", {key: value for key, value in fields.items() if value})

    def in_thread(args: threading.ExceptHookArgs) -> None:
        tell(args.exc_type, args.exc_traceback, args.thread.name if args.thread else None)

    sys.excepthook = lambda kind, _, trace: tell(kind, trace, None)
    sys.unraisablehook = lambda args: tell(args.exc_type, args.exc_traceback, None)
    threading.excepthook = in_thread


def frames(trace: TracebackType | None) -> list[str]:
    """The way to an exception, outermost first: file, line and function; never source, arguments or locals."""
    found = traceback.extract_tb(trace)
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} in {frame.name}" for frame in found]


def _set_up(handler: logging.Handler) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)

    def warn(  # the signature is warnings.showwarning's
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        del message, file, line  # texts
        handler.handle(logging.LogRecord(category.__name__, logging.WARNING, filename, lineno, "", None, None))

    warnings.showwarning = warn
    for name in CLOSED:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(_ABOVE_ALL)
        logger.propagate = False


class _Guest(logging.Handler):
    """Passes on who spoke and from which line of code. A message is shown only as its template, before filling in."""

    def __init__(self, emit: Emit) -> None:
        super().__init__(logging.WARNING)
        self._emit = emit

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on one record."""
        fields: dict[str, Any] = {"library": record.name, "at": f"{record.filename}:{record.lineno}"}
        if record.args and isinstance(record.msg, str):  # without arguments the text may be filled in already
            fields["template"] = record.msg
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
            fields["trace"] = frames(record.exc_info[2])
        self._emit(record.levelno, "library message", fields)
