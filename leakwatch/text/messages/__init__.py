"""Every text that people read, in English and Chinese: one catalogue, one key for each text.

Keys are dotted, by the place that shows the text: ``alert.*``, ``scan.*``, ``status.*``. A text that depends on a
number has a second form ``<key>.one`` in the languages that need it. Titles and advice of an entity are not here: a
detector carries its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from leakwatch.text.messages import en, zh

Lang = Literal["zh", "en"]

CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": en.MESSAGES, "zh": zh.MESSAGES})
"""The texts by language, then by key."""


def message(key: str, lang: str, /, **values: Any) -> str:
    """The text of ``key`` in ``lang`` (``zh`` or ``en``), with its placeholders filled; ``KeyError`` for no such key.

    With ``count=1`` the form ``<key>.one`` is taken where the language has one.
    """
    texts = CATALOGUES[lang]
    text = texts.get(f"{key}.one") if values.get("count") == 1 else None
    return (texts[key] if text is None else text).format(**values)
