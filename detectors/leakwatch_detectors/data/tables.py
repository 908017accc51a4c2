"""Reads the text files of this folder. In all of them a line that begins with ``#`` is a comment."""

from __future__ import annotations

import pkgutil


def lines(name: str) -> list[str]:
    """The lines of a file, without comments."""
    content = pkgutil.get_data(__package__, name) or b""
    return [line for line in content.decode().splitlines() if line and not line.startswith("#")]


def words(name: str) -> tuple[str, ...]:
    """The words of a file, which blanks and line ends separate, in its order."""
    return tuple(" ".join(lines(name)).split())


def characters(name: str) -> str:
    """The characters of a file, in its order."""
    return "".join(lines(name))
