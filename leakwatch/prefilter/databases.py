"""What the gate looks for, as Hyperscan databases: shapes made of the detectors' patterns, literals, and odd text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leakwatch.prefilter.widths import WIDE, either_width
from leakwatch.unescape import ESCAPES, ODD_CHARACTERS
from leakwatch_detectors.boundaries import LEFT, RIGHT
from leakwatch_detectors.contract import Detector

_EDGE_LEFT = r"(?:^|[^0-9A-Za-z])"
_EDGE_RIGHT = r"(?:[^0-9A-Za-z]|$)"
_TOUCHING_WORD = re.compile(r"\(\?<=\(\?<!\[0-9A-Za-z\]\)(\(\?i:[a-z|]+\))\)")
_SIMPLE_GROUP = re.compile(r"\(\?P<([A-Za-z_]+)>([^()]*)\)")
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})")


JOIN_AFTER = 24 * 1024 * 1024
"""Bytes after which the shapes are joined in one database. It is twice as fast (7 ms a MB less) and takes 0.35 s to
make: whoever has come so far has, as a rule, as much before him."""


@dataclass(frozen=True, slots=True)
class _Made:
    """Databases of one shape each, the expressions to join them from, the other databases, and whom numbers mean."""

    shapes: list[Any]
    expressions: list[str]
    others: list[Any]
    names: list[tuple[str, ...]]
    ungated: frozenset[str]


class Databases:
    """The databases of some detectors, made on first use. Not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._by_shape = [one for one in detectors if _is_led_by_shape(one)]
        self._by_literal = [one for one in detectors if not _is_led_by_shape(one)]
        self._scanned = 0

    @property
    def ungated(self) -> frozenset[str]:
        """The ids of detectors that nothing can be looked for: they have to see every line."""
        return self._made.ungated

    def matches(self, block: bytes) -> list[tuple[tuple[str, ...], int]]:
        """Whom (ids) each match speaks for and where it ends, by position. For nobody: the view of its line differs."""
        found: list[tuple[int, int]] = []

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((end, number))

        self._scanned += len(block)
        for database in (*(self._made.shapes if self._scanned < JOIN_AFTER else self._joined), *self._made.others):
            database.scan(block, match_event_handler=take)
        found.sort()
        return [(self._made.names[number], end) for end, number in found]

    def ends(self, block: bytes) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """The same by whom they speak for, in no order, without what is said of views."""
        found: list[list[int]] = [[] for _ in self._made.names]
        takers = [ends.append for ends in found]
        self._scanned += len(block)
        for database in (*(self._made.shapes if self._scanned < JOIN_AFTER else self._joined), *self._made.others):
            database.scan(block, match_event_handler=lambda number, _, end, *__: takers[number](end))
        return ((names, ends) for names, ends in zip(self._made.names, found, strict=True) if names and ends)

    @cached_property
    def _joined(self) -> list[Any]:
        database = _tried(self._made.expressions, 0)
        return self._made.shapes if database is None else [database]

    @cached_property
    def _made(self) -> _Made:
        names: list[tuple[str, ...]] = []
        shapes, expressions, others = [], [], []
        ungated: set[str] = set()
        for one in self._by_shape:
            for expression in (shape(one.pattern), *_substitutes(one)):
                database = _tried([expression], len(names))
                if database is not None:
                    shapes.append(database)
                    expressions.append(expression)
                    names.append((one.id,))
                    break
            else:
                ungated.add(one.id)
        others.append(_of_shapes([_ODD], len(names)))
        names.append(())
        for one in (one for one in self._by_literal if one.anchors.shapes):
            database = _tried([shape(pattern) for pattern in one.anchors.shapes], len(names))
            if database is None:
                ungated.add(one.id)
            else:
                others.append(database)
                names += [(one.id,)] * len(one.anchors.shapes)
        by_literal: dict[str, list[str]] = {}
        for one in self._by_literal:
            for literal in one.anchors.literals:
                by_literal.setdefault(literal.lower(), []).append(one.id)
        if by_literal:
            others.append(_of_literals(list(by_literal), len(names)))
            names += [tuple(ids) for ids in by_literal.values()]
        return _Made(shapes, expressions, others, names, frozenset(ungated))


class Literals:
    """Whether one of some literals occurs at all: one look for all of them. Made on first use, not thread-safe."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._literals = tuple(literals)

    def occur_in(self, data: bytes) -> bool:
        """Whether one does, in valid UTF-8 or any other bytes."""
        found: list[int] = []
        self._database.scan(data, match_event_handler=lambda *match: found.append(match[0]))
        return bool(found)

    @cached_property
    def _database(self) -> Any:
        import hyperscan  # noqa: PLC0415 (only a scan pays for it)

        return _database([re.escape(one) for one in self._literals], hyperscan.HS_FLAG_SINGLEMATCH, 0)


class Shapes:
    """Where the patterns of some detectors may have matched. Made on first use, not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)

    @property
    def ungated(self) -> frozenset[str]:
        """The ids of those whose pattern may match anywhere."""
        return frozenset(one.id for one, database in self._databases if database is None)

    def ends(self, block: bytes) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """Whom (ids) matches speak for, and where they end."""
        for one, database in self._databases:
            found: list[int] = []
            if database is not None:
                database.scan(block, match_event_handler=lambda _, __, end, *___, found=found: found.append(end))
            if found:
                yield (one.id,), found

    @cached_property
    def _databases(self) -> list[tuple[Detector, Any | None]]:
        return [(one, _tried([shape(one.pattern)], 0)) for one in self._detectors]


def shape(pattern: str) -> str:
    """A pattern as Hyperscan takes it, for whether it occurs at all: what a guard forbids beside it is matched instead.

    Guards in other places, and back references to more than a class, are left for Hyperscan to approximate: it then
    finds more, never less.
    """
    text = re.sub(rf"(^|\(|\(\?:|\|){re.escape(LEFT)}", lambda match: match[1] + _EDGE_LEFT, pattern)
    text = _TOUCHING_WORD.sub(lambda match: match[1], text)
    text = re.sub(rf"{re.escape(RIGHT)}(?=\)|\||$|\(\?!)", lambda _: _EDGE_RIGHT, text)
    for name, inside in _SIMPLE_GROUP.findall(text):
        text = text.replace(f"(?P={name})", f"(?:{inside})")
    return either_width(_CODE_POINT.sub(lambda match: rf"\x{{{match[1]}}}", text))


def _literal(text: str) -> str:
    return either_width(re.escape(text))


def _is_led_by_shape(detector: Detector) -> bool:
    """Whether there is no literal, or only such of one sign (``@``), which say much less than the whole pattern."""
    return not detector.anchors.shapes and all(len(literal) == 1 for literal in detector.anchors.literals)


def _substitutes(detector: Detector) -> Iterator[str]:
    """What may be looked for where Hyperscan refuses a pattern: one of its literals, or a run of digits."""
    if detector.anchors.literals:
        yield f"(?i:{'|'.join(map(_literal, detector.anchors.literals))})"
    if detector.anchors.digits:
        yield rf"[0-9](?:[^0-9\n]?[0-9]){{{detector.anchors.digits - 1}}}"


def _tried(expressions: list[str], first: int) -> Any | None:
    """The database of these shapes; None when Hyperscan refuses one."""
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    try:
        return _of_shapes(expressions, first)
    except hyperscan.error:
        return None


def _of_shapes(expressions: list[str], first: int) -> Any:
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    flags = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_MULTILINE
    return _database(expressions, flags, first)


def _of_literals(literals: list[str], first: int) -> Any:
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    return _database([_literal(literal) for literal in literals], hyperscan.HS_FLAG_CASELESS, first)


def _database(expressions: list[str], flags: int, first: int) -> Any:
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    database = hyperscan.Database()
    database.compile(
        expressions=[expression.encode() for expression in expressions],
        ids=list(range(first, first + len(expressions))),
        flags=[flags] * len(expressions),
    )
    return database


def _odd() -> str:
    """An expression for text whose view differs in more than the width of common signs: up to the first such place."""
    common = sorted(map(ord, WIDE))
    ranges = []
    for low, high in ODD_CHARACTERS:
        for sign in common:
            if low <= sign <= high:
                ranges.append((low, sign - 1))
                low = sign + 1  # noqa: PLW2901 (the rest of the range)
        ranges.append((low, high))
    inside = "".join(rf"\x{{{low:x}}}-\x{{{high:x}}}" for low, high in ranges if low <= high)
    return rf"{ESCAPES}|[{inside}]"


_ODD = _odd()
