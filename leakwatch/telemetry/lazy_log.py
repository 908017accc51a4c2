"""Logs without importing the logging set-up first: that import takes longer than the scan of a small file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leakwatch.telemetry import library_logging


@dataclass(slots=True)
class _Pending:
    """What to call before the first event, and the level (of ``logging``) below which nothing is logged."""

    opening: Callable[[], None] | None = None
    level: int = logging.NOTSET


_pending = _Pending()


def open_later(opening: Callable[[], None], level: int) -> None:
    """Let ``opening`` set up the log at the first event at or above ``level``."""
    _pending.opening, _pending.level = opening, level
    library_logging.capture(_emit)
    library_logging.watch_crashes(_emit)


def is_enabled(level: int) -> bool:
    """Whether an event of that level would be logged."""
    return level >= _pending.level


def log(level: int, event: str, **fields: Any) -> None:
    """Log one event."""
    if not is_enabled(level):
        return
    if _pending.opening is not None:
        opening, _pending.opening = _pending.opening, None
        opening()
    import structlog  # noqa: PLC0415 (0.1 s)

    structlog.get_logger("leakwatch").log(level, event, **fields)


def _emit(level: int, event: str, fields: Mapping[str, Any]) -> None:
    log(level, event, **fields)
