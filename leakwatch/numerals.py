"""Numbers that are said instead of written: ``幺三九零零零零…``, ``壹叁玖…``, as customer service notes them."""

from __future__ import annotations

import re

SHORTEST = 11
"""Signs of the shortest number that is read: a mobile number. Shorter runs are words (``一二三``) or amounts."""

_SIGNS = {
    "0": "零〇洞",
    "1": "一壹幺",
    "2": "二贰貳弍两兩",
    "3": "三叁參叄弎",
    "4": "四肆",
    "5": "五伍",
    "6": "六陆陸",
    "7": "七柒拐",
    "8": "八捌",
    "9": "九玖勾",
}
_DIGITS = str.maketrans({sign: digit for digit, signs in _SIGNS.items() for sign in signs})
_CLASS = f"[{''.join(_SIGNS.values())}]"

NUMBER = rf"{_CLASS}(?:[ -]?{_CLASS}){{{SHORTEST - 1}}}"
"""How such a number begins, as a regular expression of any dialect."""

_WHOLE = re.compile(rf"{NUMBER}(?:[ -]?{_CLASS})*")


def read(text: str) -> str:
    """The text with such numbers in digits, sign for sign."""
    return _WHOLE.sub(lambda number: number[0].translate(_DIGITS), text)
