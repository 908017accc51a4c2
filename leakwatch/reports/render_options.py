"""How a report is to look, and how untrusted names are made fit to print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """``width`` in terminal cells, None when nothing needs to be cut; ``lang`` is ``zh`` or ``en``."""

    color: bool = False
    width: int | None = None
    lang: str = "en"


def printable(text: str) -> str:
    r"""``text`` without what could move a terminal's cursor: such characters become ``\x1b``-like escapes."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)
