"""Shapes on call: tried only in blocks that hold one of the texts without which nothing of that shape can be.

To make the database of a shape takes longer than to look for it in a megabyte, and most texts hold nothing that begins
like an access token. So that is looked for first, in all shapes at once, and only where it stands is a shape made.
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
    """Shapes with the texts that call them. Their databases are made when they are first called; not thread-safe.

    ``make`` gives the database of a pattern under a number, or None when Hyperscan refuses it.
    """

    def __init__(self, make: Callable[[str, int], Any | None]) -> None:
        self._make = make
        self._shapes: list[tuple[str, int]] = []
        self._texts: list[tuple[str, int]] = []
        self._made: dict[int, Any] = {}

    def add(self, pattern: str, number: int, texts: Sequence[str]) -> None:
        """One more shape, whose matches have this number. ``texts`` are expressions of which one is in each match."""
        self._texts += [(text, len(self._shapes)) for text in texts]
        self._shapes.append((pattern, number))

    def scan(self, block: bytes, take: Callable[..., None]) -> None:
        """Tell ``take`` of matches, as Hyperscan does."""
        called: set[int] = set()
        if self._texts:
            self._callers.scan(block, match_event_handler=lambda number, *_: called.add(self._texts[number][1]))
        for at in sorted(called):
            if at not in self._made:
                self._made[at] = self._database(at)
            self._made[at].scan(block, match_event_handler=take)

    def _database(self, at: int) -> Any:
        """That of a shape; where it is refused, that of the texts that call it."""
        pattern, number = self._shapes[at]
        made = self._make(pattern, number)
        return made or compiled([f"(?:{'|'.join(text for text, whose in self._texts if whose == at)})"], 0, number)

    @cached_property
    def _callers(self) -> Any:
        return compiled([text for text, _ in self._texts])


def texts_in(pattern: str) -> list[str]:
    """Expressions of texts of which one is in every match of a pattern, and that are seldom; empty without such.

    A word in any case, or a character, is in every other line: to be called by it is dearer than to look for the shape.
    """
    try:
        texts = texts_of(parse(pattern))
    except SyntaxRefusedError:
        return []
    seldom = all(text.isascii() and len(text) >= _MIN_LENGTH for text in texts) and "(?i" not in pattern
    return [either_width(re.escape(text)) for text in texts] if seldom else []
