"""What one log statement always says: the line without its values, and the logger that wrote it."""

from __future__ import annotations

from collections.abc import Iterable


def logger_of(line: str) -> str | None:
    """The logger (class, module, program) named in the head of a log line; None when unsure."""
    raise NotImplementedError


def template_of(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The constant part of a line; ``spans`` are the values found in it. Plaintext: only its digest may leave."""
    raise NotImplementedError
