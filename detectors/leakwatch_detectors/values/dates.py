"""Dates inside numbers."""

from __future__ import annotations

import datetime as dt
import functools

_CHINA = dt.timezone(dt.timedelta(hours=8))
OLDEST = 1900


def today() -> dt.date:
    """The current date in China."""
    return dt.datetime.now(_CHINA).date()


_IMPORTED_ON = today()


def is_birth_date(text: str, now: dt.date | None = None) -> bool:
    """Whether ``yyyyMMdd`` is a calendar day between 1900 and ``now`` (default: today in China)."""
    born = _day(text)
    if born is None or born.year < OLDEST:
        return False
    # nearly every birth date is earlier than the import of this module, so the clock is rarely read
    return born <= now if now is not None else born <= _IMPORTED_ON or born <= today()


@functools.lru_cache(maxsize=4096)
def _day(text: str) -> dt.date | None:
    """The date; None when there is no such day. Cached, because birth dates repeat."""
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
