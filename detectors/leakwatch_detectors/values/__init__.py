"""Checks on a value itself: check digits, dates, boundaries."""
