"""The catalogue of user-facing texts, in English and Chinese.

Keys are dotted and start with the command or message that shows the text: ``alert.*``, ``scan.*``, ``status.*``. A
text with a count has a second form, ``<key>.one``, in languages that need it. Titles and advice of entities are on
their detectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from leakwatch.text.messages import en, zh

Lang = Literal["zh", "en"]

CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": en.MESSAGES, "zh": zh.MESSAGES})
"""Texts by language and key."""


def message(key: str, lang: str, /, **values: Any) -> str:
    """The text of ``key`` in ``lang`` (``zh`` or ``en``) with its placeholders filled.

    With ``count=1`` the form ``<key>.one`` is used if the language has one. ``KeyError`` for an unknown key.
    """
    texts = CATALOGUES[lang]
    text = texts.get(f"{key}.one") if values.get("count") == 1 else None
    return (texts[key] if text is None else text).format(**values)
