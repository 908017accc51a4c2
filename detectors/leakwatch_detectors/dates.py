"""Dates inside numbers."""

from __future__ import annotations

import datetime

_CHINA = datetime.timezone(datetime.timedelta(hours=8))
OLDEST = 1900


def today() -> datetime.date:
    """The date in China now."""
    return datetime.datetime.now(_CHINA).date()


def is_birth_date(text: str, now: datetime.date | None = None) -> bool:
    """Whether ``yyyyMMdd`` is a day of the calendar on which somebody alive in our time may have been born.

    From 1900 to ``now`` (the date in China when not given).
    """
    try:
        born = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return OLDEST <= born.year and born <= (now or today())
