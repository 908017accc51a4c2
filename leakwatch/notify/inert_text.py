"""Text that others wrote, made safe to paste into a chat: no mention, markup, link or hidden character survives."""

from __future__ import annotations

import unicodedata

_LOOK_ALIKES = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "@": "＠",
        "*": "∗",
        "_": "＿",
        "[": "［",
        "]": "］",
        "|": "｜",
        "#": "＃",
        "~": "～",
        "\\": "＼",
        "`": "ˋ",
        "&": "＆",
    }
)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Shown as nothing although their category is "letter" or "mark".
_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
_ELLIPSIS = "…"


def plain(text: str) -> str:
    """One line without control, zero-width, bidirectional and undecodable characters; runs of blanks become one."""
    kept = (" " if one.isspace() else "" if _hidden(one) else one for one in text)
    return " ".join("".join(kept).split())


def _hidden(one: str) -> bool:
    return one in _HIDDEN or unicodedata.category(one) in _HIDDEN_CATEGORIES


def inert(text: str) -> str:
    """``plain`` text in which every character with a meaning in a chat is replaced by a look-alike."""
    return plain(text).translate(_LOOK_ALIKES).replace("://", "：//")


def cut(text: str, size: int) -> str:
    """The text in at most ``size`` bytes of UTF-8, cut on a character border, with an ellipsis where it was cut."""
    data = text.encode()
    if len(data) <= size:
        return text
    room = size - len(_ELLIPSIS.encode())
    if room < 0:
        return ""
    return data[:room].decode("utf-8", "ignore") + _ELLIPSIS
