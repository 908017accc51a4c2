"""Hyperscan databases, and the simplest of them: whether and where some literals occur."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any


def compiled(expressions: Sequence[str], flags: int = 0, first: int = 0) -> Any:
    """The database of these expressions, numbered from ``first``. ``hyperscan.error`` when one is refused."""
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    database = hyperscan.Database()
    database.compile(
        expressions=[expression.encode() for expression in expressions],
        ids=list(range(first, first + len(expressions))),
        flags=[flags] * len(expressions),
    )
    return database


class Expression:
    """Whether an expression occurs; stops at the first match. Built on first use, not thread-safe."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def occurs_in(self, data: bytes) -> bool:
        """Whether it matches anywhere."""
        found: list[int] = []
        self._database.scan(data, match_event_handler=lambda number, *_: found.append(number))
        return bool(found)

    @cached_property
    def _database(self) -> Any:
        import hyperscan  # noqa: PLC0415 (only a scan pays for it)

        return compiled([self._expression], hyperscan.HS_FLAG_SINGLEMATCH)


class Literals:
    """Whether one of some literals occurs, in one search. Built on first use, not thread-safe."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._literals = tuple(literals)

    def occur_in(self, data: bytes) -> bool:
        """Whether one does, in valid UTF-8 or any other bytes."""
        return bool(self.ends_in(data))

    def ends_in(self, data: bytes) -> list[int]:
        """Where they end, in their order."""
        found: list[int] = []
        self._database.scan(data, match_event_handler=lambda *match: found.append(match[2]))
        return sorted(found)

    @cached_property
    def _database(self) -> Any:
        return compiled([re.escape(one) for one in self._literals])
