"""Our own log: JSON lines on standard error, for people on a terminal, with priorities under the journal.

Fields are plain data. An object that is none is named by its type, since its text could hold a value; an exception
keeps its type and the way to it, and its message only where the message is ours and made to be shown.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from leakwatch.core.errors import DeliveryError, LeakwatchError
from leakwatch.telemetry import library_logging

Style = Literal["json", "journal", "console"]

_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
# control characters that a terminal or an editor would act on, and lone surrogates of names that are not UTF-8
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_PLAIN = (str, int, float, bool, type(None))


def setup(stream: TextIO, style: Style, level: int = logging.INFO, *, colors: bool = False) -> None:
    """Send every log line of the process to ``stream``; silence or filter what libraries log.

    ``level`` is one of ``logging``'s. Called once, by the command line.
    """
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _clock(style),
        exceptions_without_values,
        plain_fields,
        *((_seen_fields, _console(colors=colors)) if style == "console" else (_json,)),
    ]
    if style == "journal":
        processors.append(_with_priority)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Steady(stream))),
        cache_logger_on_first_use=False,
    )
    logger = structlog.get_logger()

    def emit(level: int, event: str, fields: Mapping[str, Any]) -> None:
        logger.log(level, event, **fields)

    library_logging.capture(emit)
    library_logging.watch_crashes(emit)


def style_for(stream: TextIO, env: Mapping[str, str]) -> Style:
    """The style for ``stream``: journal fields for the journal, readable lines for a terminal, else JSON."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file behind it, or closed
        return "json"
    if env.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}":
        return "journal"
    return "console" if stream.isatty() else "json"


def exceptions_without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace ``exc_info`` by the type of the exception and the way to it."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    elif isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["error"] = type(given).__name__
        event["trace"] = library_logging.frames(given.__traceback__)
        if isinstance(given, LeakwatchError | DeliveryError):
            event["reason"] = str(given)
    return event


def plain_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace every object that is not plain data by the name of its type."""
    return {str(key): _plain(value) for key, value in event.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return str(value)
    if isinstance(value, LeakwatchError | DeliveryError):
        return str(value)
    return value if isinstance(value, _PLAIN) else f"<{type(value).__name__}>"


def _clock(style: Style) -> Processor:
    if style == "console":
        return structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
    return structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    head = {key: event.pop(key) for key in ("time", "level", "event") if key in event}
    return _seen(json.dumps({**head, **event}, ensure_ascii=False))


def _seen(text: str) -> str:
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _seen_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _seen(value) if isinstance(value, str) else value for key, value in event.items()}


def _console(*, colors: bool) -> Processor:
    return structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0, exception_formatter=lambda _stream, _info: None)


def _with_priority(_logger: WrappedLogger, method: str, line: EventDict) -> Any:
    return f"<{_PRIORITY.get(method, 6)}>{line}"


class _Steady:
    """A stream whose failures do not stop the daemon: a full disk or a restarted journal costs lines, not detection."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return
