r"""Where a value may begin and end, as pieces of regular expression.

``\b`` is of no use here: Han characters are word characters, so there is no border between ``手机`` and ``139…``. The
guards refuse ASCII letters and digits (the value would be a part of a longer token) and decimals (``0.139…``,
``…1234.56``), and allow everything else to touch the value.
"""

from __future__ import annotations

RIGHT = r"(?![0-9A-Za-z])(?!\.[0-9])"
"""Refuses a value that goes on in letters or digits, or has decimals."""

_CLEAN_LEFT = r"(?<![0-9A-Za-z])(?<![0-9]\.)"


def left(*runs: str) -> str:
    """The guard before a value. ``runs`` are key words (lower case) that may touch it: ``tel13900001234``.

    A run has to be a whole word: the letters before it, if any, make it another word.
    """
    if not runs:
        return _CLEAN_LEFT
    words = "|".join(sorted(runs))
    return rf"(?:{_CLEAN_LEFT}|(?<=(?<![0-9A-Za-z])(?i:{words})))"


LEFT = left()

HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
r"""The insides of a class of Han characters. (Patterns are compiled with ASCII classes, where ``\p{Han}`` is empty.)"""
