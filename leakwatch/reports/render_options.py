"""How a report is rendered, and how untrusted names are made safe to print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """``width`` in terminal cells, None for no limit; ``lang`` is ``zh`` or ``en``."""

    color: bool = False
    width: int | None = None
    lang: str = "en"


def printable(text: str) -> str:
    r"""``text`` with control and unprintable characters escaped (``\x1b``), so that it cannot move the cursor."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
