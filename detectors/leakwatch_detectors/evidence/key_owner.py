"""The owner of a plain ``name``: ``{"borrower":{"name":…}}`` and ``BorrowerDTO(id=1, name=…)`` give it before the key.

``name`` alone is also used for threads, products and files. The object around it may name the owner; and a ``name``
in one object or line with a phone or identity number is that of a person.
"""

from __future__ import annotations

import functools

import regex

from leakwatch_detectors.evidence.key_names import words_of

REACH = 160
"""How many characters before and after a key are searched for its owner and for numbers of a person."""

NAMELESS = "person name"
"""The key of a name without a known owner."""

_OF_A_PERSON = "person.name"

_OBJECT = regex.compile(
    r"""(?r)(?<![A-Za-z_])(?P<owner>[A-Za-z_]{2,40})\\?["']?[ ]?[:=]?[ ]?[(\[{]{1,2}"""
    r"""(?:[^(){}\[\]]{0,120}[,;"'\\{( ])?""",
    regex.ASCII,
)
_SHAPE_WORDS = frozenset(
    (
        *("dto", "vo", "bo", "po", "do", "info", "entity", "req", "request", "resp", "response", "param", "params"),
        *("model", "detail", "details", "list", "data", "bean", "base", "record", "item", "items", "form", "result"),
    )
)
_TELLING = (
    r"(?i:mobile|phone|cellphone|msisdn|id_?card|id_?no|cert_?no|cert_?id|card_?no|bank_?card"
    r"|身份证|證件|证件|手机|手機)(?i:_?no|_?num|_?number|号码?|號碼?)?"
)
_COMPANY = regex.compile(_TELLING + r"""\\?["']?[ ]?[:=：][ ]?\\?["']?[0-9]""", regex.ASCII)
_COMPANY_KEY = regex.compile(_TELLING + "$", regex.ASCII)
_PLAIN = regex.compile(r"""(?<![A-Za-z0-9_.])(?i:name)\\?["']?[ ]?[:=：][ ]?\\?["']?$""")
_LONGEST_KEY = 12
_ENDS = ("\n", "\0")
_BOUND = regex.compile(r"[{}()\[\]]")


def is_plain(lead: str) -> bool:
    """Whether the text before a value ends with a plain ``name`` as its key: then a larger window counts."""
    return _PLAIN.search(lead[-_LONGEST_KEY:]) is not None


def owned(text: str, start: int, end: int) -> str | None:
    """The key of a value under a plain ``name``, with its owner; None if there is none.

    ``start`` is the start of the key, ``end`` the end of the value. Nothing beyond a newline or NUL counts.
    """
    low = max(start - REACH, 0)
    low = max(low, *(text.rfind(mark, low, start) + 1 for mark in _ENDS))
    if found := _OBJECT.match(text, low, start):
        words = [word for word in words_of(found["owner"]) if word not in _SHAPE_WORDS]
        if words and len(words[-1]) > 1:
            return f"{words[-1].removesuffix('s')} name"
    return NAMELESS if _has_company(text, low, start, end) else None


@functools.lru_cache(maxsize=256)
def told_beside(keys: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """The keys of one record, a plain ``name`` as that of a person where another key names a number of a person."""
    if not any(key is not None and _is_name(key) for key in keys):
        return keys
    if not any(key is not None and _COMPANY_KEY.search(key.strip()) for key in keys):
        return keys
    return tuple(_OF_A_PERSON if key is not None and _is_name(key) else key for key in keys)


def _is_name(key: str) -> bool:
    return key.strip().lower() == "name"


def _has_company(text: str, low: int, start: int, end: int) -> bool:
    """Whether a number of a person is in the same object, before the key or after the value."""
    high = min((at for mark in _ENDS if (at := text.find(mark, end, end + REACH)) >= 0), default=end + REACH)
    for bound in _BOUND.finditer(text, low, start):
        low = bound.end()
    if bound := _BOUND.search(text, end, high):
        high = bound.start()
    return _COMPANY.search(text, low, start) is not None or _COMPANY.search(text, end, high) is not None
