r"""Where a value may begin and end: parts of patterns.

``\b`` does not work here: Han characters are word characters, so there is no boundary between ``手机`` and ``139…``.
These guards reject ASCII letters and digits (the value would be part of a longer token) and decimals (``0.139…``,
``…1234.56``); anything else may stand directly beside the value.
"""

from __future__ import annotations

RIGHT = r"(?![0-9A-Za-z])(?!\.[0-9])"
"""Rejects a value that continues in letters or digits, or has decimals."""

_CLEAN_LEFT = r"(?<![0-9A-Za-z])(?<![0-9]\.)"


def left(*prefixes: str) -> str:
    """The guard before a value. ``prefixes`` are keys (lower case) that may touch it: ``tel13900001234``.

    A prefix counts only as a whole word: letters before it make it a different word.
    """
    if not prefixes:
        return _CLEAN_LEFT
    words = "|".join(sorted(prefixes))
    return rf"(?:{_CLEAN_LEFT}|(?<=(?<![0-9A-Za-z])(?i:{words})))"


LEFT = left()

HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
r"""The content of a character class of Han characters; with ASCII classes ``\p{Han}`` matches nothing."""
