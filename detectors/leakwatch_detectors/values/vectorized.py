"""Vectorized checks of numbers without separators, which fill most columns.

Each function takes a matrix of bytes, one value per row, and returns a mask of the rows that are certain: the pattern
matches the whole value, the validator accepts it, and its scores are the detector's usual ones. The other rows need the
ordinary check. numpy is imported late, because only callers with such a matrix need it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import regex

from leakwatch_detectors.data.provinces import PROVINCES
from leakwatch_detectors.values.dates import OLDEST, today

if TYPE_CHECKING:
    from collections.abc import Callable

Matrix = Any
"""A numpy ``uint8`` matrix; rows are values."""

_ZERO, _X, _SMALL_X = b"0Xx"
_RESIDENT_ID, _MOBILE = 18, 11
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY, _LONGEST_FEBRUARY = 2, 29
_CARDS = (14, 15, 16, 17, 19)
"""Not 18: a number of that length may be an identity number."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PREFIX = 4


def are_resident_ids(chars: Matrix) -> Matrix:
    """Which rows are identity numbers with a right check character and a birth year before this one."""
    import numpy as np  # noqa: PLC0415 (imported by now)

    if chars.shape[1] != _RESIDENT_ID:
        return np.zeros(len(chars), bool)
    digits = chars - _ZERO
    last = digits[:, 17]
    known = np.all(digits[:, :17] < 10, axis=1) & ((last < 10) | (chars[:, 17] == _X) | (chars[:, 17] == _SMALL_X))
    known &= _provinces()[np.where(known, digits[:, 0] * 10 + digits[:, 1], 0)]
    known &= _birth_dates(np.where(known[:, None], digits[:, 6:14], 0).astype(np.int32))
    # 0 to 10, where X stands for 10
    check = (1 - digits[:, :17].astype(np.int32) @ np.array(_WEIGHTS, np.int32)) % 11
    return known & (np.where(last < 10, last, 10) == check)


def are_mobiles(chars: Matrix, in_use: Callable[[str], bool]) -> Matrix:
    """Which rows are mobile numbers of assigned segments."""
    import numpy as np  # noqa: PLC0415 (as above)

    if chars.shape[1] != _MOBILE:
        return np.zeros(len(chars), bool)
    digits = chars - _ZERO
    known = np.all(digits < 10, axis=1) & (digits[:, 0] == 1) & (digits[:, 1] > 2)
    return known & _prefix_known(digits[:, :3], known, in_use)


def are_cards(chars: Matrix, issued: Callable[[str], bool]) -> Matrix:
    """Which rows have a prefix that is issued with this length, and a right Luhn digit."""
    import numpy as np  # noqa: PLC0415 (as above)

    width = chars.shape[1]
    if width not in _CARDS:
        return np.zeros(len(chars), bool)
    digits = chars - _ZERO
    known = np.all(digits < 10, axis=1) & np.any(digits != digits[:, :1], axis=1)
    counted = np.where(known[:, None], digits, 0)
    counted[:, -2::-2] = np.array(_DOUBLED, np.uint8)[counted[:, -2::-2]]
    known &= counted.sum(axis=1, dtype=np.int32) % 10 == 0
    return known & _prefix_known(digits[:, :_PREFIX], known, lambda prefix: issued(prefix.ljust(width, "0")))


def _prefix_known(digits: Matrix, candidates: Matrix, known: Callable[[str], bool]) -> Matrix:
    """Of the candidate rows, those whose number is ``known``, which is called once for each distinct number."""
    import numpy as np  # noqa: PLC0415 (as above)

    width = digits.shape[1]
    numbers = digits[candidates].astype(np.int32) @ (10 ** np.arange(width - 1, -1, -1, dtype=np.int32))
    is_known = np.zeros(10**width, bool)
    for number in np.flatnonzero(np.bincount(numbers, minlength=0)).tolist():
        is_known[number] = known(f"{number:0{width}}")
    result = np.zeros(len(digits), bool)
    result[candidates] = is_known[numbers]
    return result


def _birth_dates(digits: Matrix) -> Matrix:
    """Which rows of eight digits are a calendar day of an earlier year."""
    import numpy as np  # noqa: PLC0415 (as above)

    year = digits[:, :4] @ np.array((1000, 100, 10, 1), np.int32)
    month, day = digits[:, 4] * 10 + digits[:, 5], digits[:, 6] * 10 + digits[:, 7]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    in_year = (month >= 1) & (month <= 12)
    days = np.array(_DAYS, np.int32)[np.where(in_year, month, 0)]
    days = np.where(leap & (month == _FEBRUARY), _LONGEST_FEBRUARY, days)
    return in_year & (day >= 1) & (day <= days) & (year >= OLDEST) & (year < today().year)


@functools.cache
def _provinces() -> Matrix:
    import numpy as np  # noqa: PLC0415 (as above)

    return np.array([regex.fullmatch(PROVINCES, f"{number:02}") is not None for number in range(100)])
