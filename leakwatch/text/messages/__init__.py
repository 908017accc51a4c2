"""The catalogue of user-facing texts: ``en.toml`` and ``zh.toml`` beside this file.

Keys are dotted and start with the command or message that shows the text: ``alert.*``, ``scan.*``, ``status.*``. A
text with a count has a second form, ``<key>.one``, in languages that need it. Titles and advice of entities are on
their detectors.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

Lang = Literal["zh", "en"]

LANGUAGES: tuple[Lang, ...] = ("en", "zh")


@functools.cache
def catalogue(lang: str) -> Mapping[str, str]:
    """The texts of a language by key."""
    texts: dict[str, str] = tomllib.loads(Path(__file__).with_name(f"{lang}.toml").read_text("utf-8"))
    return texts


def message(key: str, lang: str, /, **values: Any) -> str:
    """The text of ``key`` in ``lang`` (``zh`` or ``en``) with its placeholders filled.

    With ``count=1`` the form ``<key>.one`` is used if the language has one. ``KeyError`` for an unknown key.
    """
    texts = catalogue(lang)
    text = texts.get(f"{key}.one") if values.get("count") == 1 else None
    return (texts[key] if text is None else text).format(**values)
