"""Numbers written without any separator, judged many at a time: what columns are full of.

Each function gets a matrix of bytes, a value a row, and says of which rows it is sure: that the pattern takes all of
the value wherever nothing touches it, that the validator accepts it, and that its scores are the detector's usual ones.
Of the others it says nothing. numpy is imported by those who have such a matrix.
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
"""Of numpy, which is imported late; rows are values, ``uint8``."""

_ZERO, _X, _SMALL_X = b"0Xx"
_RESIDENT_ID, _MOBILE = 18, 11
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY, _LONGEST_FEBRUARY = 2, 29
_CARDS = (14, 15, 16, 17, 19)
"""Not 18: a number of a card of that length may be an identity number."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PREFIX = 4


def resident_ids(signs: Matrix) -> Matrix:
    """Which rows are identity numbers of people born before this year, with a right check sign."""
    import numpy as np  # noqa: PLC0415 (imported by now)

    if signs.shape[1] != _RESIDENT_ID:
        return np.zeros(len(signs), bool)
    digits = signs - _ZERO
    last = digits[:, 17]
    known = np.all(digits[:, :17] < 10, axis=1) & ((last < 10) | (signs[:, 17] == _X) | (signs[:, 17] == _SMALL_X))
    known &= _provinces()[np.where(known, digits[:, 0] * 10 + digits[:, 1], 0)]
    known &= _born(np.where(known[:, None], digits[:, 6:14], 0).astype(np.int32))
    # 0 to 10, where X stands for 10
    check = (1 - digits[:, :17].astype(np.int32) @ np.array(_WEIGHTS, np.int32)) % 11
    return known & (np.where(last < 10, last, 10) == check)


def mobiles(signs: Matrix, in_use: Callable[[str], bool]) -> Matrix:
    """Which rows are mobile numbers of segments that are in use."""
    import numpy as np  # noqa: PLC0415 (as above)

    if signs.shape[1] != _MOBILE:
        return np.zeros(len(signs), bool)
    digits = signs - _ZERO
    known = np.all(digits < 10, axis=1) & (digits[:, 0] == 1) & (digits[:, 1] > 2)
    return known & _among(digits[:, :3], known, in_use)


def cards(signs: Matrix, issued: Callable[[str], bool]) -> Matrix:
    """Which rows have a length and a prefix that are issued together, and a right check digit."""
    import numpy as np  # noqa: PLC0415 (as above)

    width = signs.shape[1]
    if width not in _CARDS:
        return np.zeros(len(signs), bool)
    digits = signs - _ZERO
    known = np.all(digits < 10, axis=1) & np.any(digits != digits[:, :1], axis=1)
    counted = np.where(known[:, None], digits, 0)
    counted[:, -2::-2] = np.array(_DOUBLED, np.uint8)[counted[:, -2::-2]]
    known &= counted.sum(axis=1, dtype=np.int32) % 10 == 0
    return known & _among(digits[:, :_PREFIX], known, lambda prefix: issued(prefix.ljust(width, "0")))


def _among(digits: Matrix, asked: Matrix, known: Callable[[str], bool]) -> Matrix:
    """Of the rows that are asked about, those whose number is known; each number is asked for once."""
    import numpy as np  # noqa: PLC0415 (as above)

    width = digits.shape[1]
    numbers = digits[asked].astype(np.int32) @ (10 ** np.arange(width - 1, -1, -1, dtype=np.int32))
    told = np.zeros(10**width, bool)
    for number in np.flatnonzero(np.bincount(numbers, minlength=0)).tolist():
        told[number] = known(f"{number:0{width}}")
    answer = np.zeros(len(digits), bool)
    answer[asked] = told[numbers]
    return answer


def _born(digits: Matrix) -> Matrix:
    """Which rows of eight digits are a day of a year before this one."""
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
