"""Dates of birth inside numbers."""

import datetime as dt

import pytest

from leakwatch_detectors.values.dates import is_birth_date, today

NOW = dt.date(2026, 3, 1)


@pytest.mark.parametrize("text", ["19000101", "20000229", "20260301", "19491231"])
def test_calendar_days_up_to_today_are_birth_dates(text):
    """From 1900 to today, leap days included."""
    assert is_birth_date(text, NOW)


@pytest.mark.parametrize(
    "text", ["18991231", "20260302", "19000229", "20011301", "20010431", "", "2001-1-1", "abcdefgh"]
)
def test_other_texts_are_not(text):
    """Before 1900, in the future, not in the calendar, or not a date."""
    assert not is_birth_date(text, NOW)


def test_the_default_is_today_in_china():
    """Tomorrow in China is rejected."""
    assert is_birth_date(f"{today():%Y%m%d}")
    assert not is_birth_date(f"{today() + dt.timedelta(days=2):%Y%m%d}")
