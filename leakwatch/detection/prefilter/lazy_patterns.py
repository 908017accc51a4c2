"""Patterns that are compiled only for blocks with one of their trigger texts.

Compiling such a pattern takes longer than searching a megabyte with it, and most texts hold nothing that begins like an
access token. So the trigger texts of all patterns are searched first, and a pattern is compiled when one occurs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from leakwatch.detection.prefilter.fullwidth import either_width
from leakwatch.detection.prefilter.hyperscan_db import compiled
from leakwatch.detection.rules.anchors import texts_of
from leakwatch.detection.rules.syntax import SyntaxRefusedError, parse

_MIN_LENGTH = 3


class LazyPatterns:
    """Patterns with their trigger texts; each database is built on its first trigger. Not thread-safe.

    ``make`` returns the database of a pattern under a number, or None if Hyperscan rejects it.
    """

    def __init__(self, make: Callable[[str, int], Any | None]) -> None:
        self._make = make
        self._shapes: list[tuple[str, int]] = []
        self._texts: list[tuple[str, int]] = []
        self._made: dict[int, Any] = {}

    def add(self, pattern: str, number: int, texts: Sequence[str]) -> None:
        """Add a pattern owner matches have this number. Every match contains one of ``texts`` (expressions)."""
        self._texts += [(text, len(self._shapes)) for text in texts]
        self._shapes.append((pattern, number))

    def scan(self, block: bytes, take: Callable[..., None]) -> None:
        """Call ``take`` for each match, as Hyperscan does."""
        called: set[int] = set()
        if self._texts:
            self._callers.scan(block, match_event_handler=lambda number, *_: called.add(self._texts[number][1]))
        for at in sorted(called):
            if at not in self._made:
                self._made[at] = self._database(at)
            self._made[at].scan(block, match_event_handler=take)

    def _database(self, at: int) -> Any:
        """The database of a pattern; if it is rejected, that of its trigger texts."""
        pattern, number = self._shapes[at]
        made = self._make(pattern, number)
        return made or compiled([f"(?:{'|'.join(text for text, owner in self._texts if owner == at)})"], 0, number)

    @cached_property
    def _callers(self) -> Any:
        return compiled([text for text, _ in self._texts])


def texts_in(pattern: str) -> list[str]:
    """Rare literals, one of which every match of a pattern contains, as expressions; empty if there are none.

    A case-insensitive word or a single character occurs in every other line: as a trigger it costs more than it saves.
    """
    try:
        texts = texts_of(parse(pattern))
    except SyntaxRefusedError:
        return []
    seldom = all(text.isascii() and len(text) >= _MIN_LENGTH for text in texts) and "(?i" not in pattern
    return [either_width(re.escape(text)) for text in texts] if seldom else []
