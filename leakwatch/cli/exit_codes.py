"""The exit codes as help texts describe them: the only place where their meanings are written for users."""

from __future__ import annotations

import textwrap

from leakwatch.core.errors import Exit

_GENERAL = {
    Exit.OK: "done, nothing found",
    Exit.FOUND: "found, or the answer is no",
    Exit.USAGE: "usage or configuration error",
    Exit.INCOMPLETE: "incomplete",
    Exit.INTERNAL: "internal error",
    Exit.INTERRUPTED: "interrupted (SIGINT)",
    Exit.TERMINATED: "terminated (SIGTERM)",
}


def exit_codes(*codes: Exit, **meanings: str) -> str:
    """A paragraph for help: the given ``codes`` (default: all), with ``meanings`` by ``Exit`` name."""
    texts = [f"{code.value} {meanings.get(code.name, _GENERAL[code])}" for code in codes or _GENERAL]
    # no line break between a code and the first word of its meaning
    lines = textwrap.wrap("Exit codes: " + " · ".join(text.replace(" ", "\xa0", 1) for text in texts), 78)
    return "\n".join(["\b", *lines]).replace("\xa0", " ")
