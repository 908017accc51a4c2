"""Saying something in our log without having imported it yet: that takes longer than the scan of a small file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leakwatch.telemetry import library_logging


@dataclass(slots=True)
class _Waiting:
    """What is done before the first thing is said, and the level (of ``logging``) below which nothing is said."""

    opening: Callable[[], None] | None = None
    level: int = logging.NOTSET


_waiting = _Waiting()


def open_later(opening: Callable[[], None], level: int) -> None:
    """Have ``opening`` set up the log as soon as there is something to say at or above ``level``."""
    _waiting.opening, _waiting.level = opening, level
    library_logging.hear(_emit)
    library_logging.watch_crashes(_emit)


def heard(level: int) -> bool:
    """Whether something of that level would be said at all."""
    return level >= _waiting.level


def say(level: int, event: str, **fields: Any) -> None:
    """Write one line of the log."""
    if not heard(level):
        return
    if _waiting.opening is not None:
        opening, _waiting.opening = _waiting.opening, None
        opening()
    import structlog  # noqa: PLC0415 (0.1 s)

    structlog.get_logger("leakwatch").log(level, event, **fields)


def _emit(level: int, event: str, fields: Mapping[str, Any]) -> None:
    say(level, event, **fields)
