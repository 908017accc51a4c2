"""Dates inside numbers."""

from __future__ import annotations

import datetime as dt
import functools

_CHINA = dt.timezone(dt.timedelta(hours=8))
OLDEST = 1900


def today() -> dt.date:
    """The date in China now."""
    return dt.datetime.now(_CHINA).date()


_LOADED = today()


def is_birth_date(text: str, now: dt.date | None = None) -> bool:
    """Whether ``yyyyMMdd`` is a day of the calendar on which somebody alive in our time may have been born.

    From 1900 to ``now`` (the date in China when not given).
    """
    born = _day(text)
    if born is None or born.year < OLDEST:
        return False
    # almost everybody was born before this day, and the clock is asked about the others only
    return born <= now if now is not None else born <= _LOADED or born <= today()


@functools.lru_cache(maxsize=4096)
def _day(text: str) -> dt.date | None:
    """The day; None when there is none of this name. Birth dates repeat, so days are kept."""
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
