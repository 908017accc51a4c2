"""The gate: which lines can hold anything at all? Decides on bytes, and never loses what a pattern would find.

A detector is led by literals (a key, ``@``, a prefix) or by the shape of its value, which is made of its own pattern.
Both are Hyperscan databases that run over whole blocks: nothing is decoded or split into lines before.
Patterns look at the *view* of a line (``unescape``); a line whose view differs goes through the gate as its view too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leakwatch.unescape import ESCAPES, ODD_CHARACTERS, flat
from leakwatch_detectors.boundaries import LEFT, RIGHT
from leakwatch_detectors.contract import Detector

LONG_LINE = 16_384
"""A line of more bytes than this is looked at in windows, so that a hit in it costs a window and not the line."""

STEP = 8_192
BEFORE = 2_048
AFTER = 4_096
"""A window owns ``STEP`` bytes, and sees this much before them (keys, words) and after them (the longest value)."""

_WHOLE = -1
_COMMON = "！（），：；？"
_EDGE_LEFT = r"(?:^|[^0-9A-Za-z])"
_EDGE_RIGHT = r"(?:[^0-9A-Za-z]|$)"
_TOUCHING_WORD = re.compile(r"\(\?<=\(\?<!\[0-9A-Za-z\]\)(\(\?i:[a-z|]+\))\)")
_SIMPLE_GROUP = re.compile(r"\(\?P<([A-Za-z_]+)>([^()]*)\)")
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of a block that may hold values of ``detectors`` (ids). All positions are bytes of the block.

    ``line`` is the whole line, without its newline; ``start`` and ``end`` what has to be looked at: the line, or a
    window of a long one. Windows overlap: only values that begin within ``owned`` are this one's.
    """

    line: tuple[int, int]
    start: int
    end: int
    owned: tuple[int, int]
    detectors: frozenset[str]


@dataclass(frozen=True, slots=True, order=True)
class _Unit:
    """A line, or the ``cell``-th window of a long line."""

    line_start: int
    line_end: int
    cell: int = _WHOLE


class Gate:
    """The gate of some detectors. Makes its databases on first use. Not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._always = frozenset(one.id for one in detectors if not one.anchors.literals and not one.anchors.digits)
        self._led_by_shape = [one for one in detectors if _is_led_by_shape(one)]
        self._led_by_literals = [one for one in detectors if one.anchors.literals and one not in self._led_by_shape]
        self._digits = {one.id: _run(one.anchors.digits) for one in self._led_by_literals if one.anchors.digits}

    def scan(self, block: bytes) -> Iterator[Candidate]:
        """The candidates of a block of valid UTF-8 made of whole lines, in their order."""
        lines = _Lines(block)
        found: dict[_Unit, set[str]] = {}
        odd: dict[_Unit, None] = {}
        for names, end in self._matches(block):
            for unit in lines.near(end):
                if names:
                    found.setdefault(unit, set()).update(names)
                else:
                    odd.update(dict.fromkeys(lines.all_of(unit)))
        views = {unit: flat(lines.raw(unit).decode()).encode() for unit in odd}
        self._scan_views(views, found)
        if self._always:
            for unit in lines:
                found.setdefault(unit, set()).update(self._always)
        for unit in sorted(found):
            raw = views.get(unit)
            names_of_unit = self._with_digits(found[unit], lines.raw(unit) if raw is None else raw)
            if names_of_unit:
                start, end = lines.bounds(unit)
                yield Candidate((unit.line_start, unit.line_end), start, end, lines.owned(unit), names_of_unit)

    def _scan_views(self, views: dict[_Unit, bytes], found: dict[_Unit, set[str]]) -> None:
        units = iter(views)
        unit, unit_end = None, -1
        ends = iter(_ends(views.values()))
        for names, end in self._matches(b"\n".join(views.values())):
            while end - 1 > unit_end:
                unit, unit_end = next(units), next(ends)
            if names and unit is not None:
                found.setdefault(unit, set()).update(names)

    def _with_digits(self, names: set[str], raw: bytes) -> frozenset[str]:
        return frozenset(name for name in names if name not in self._digits or self._digits[name].search(raw))

    def _matches(self, block: bytes) -> list[tuple[tuple[str, ...], int]]:
        """Whom each match speaks for and where it ends, by position. For nobody: the view of this line differs."""
        found: list[tuple[int, int]] = []

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((end, number))

        databases, names = self._databases
        for database in databases:
            database.scan(block, match_event_handler=take)
        found.sort()
        return [(names[number], end) for end, number in found]

    @cached_property
    def _databases(self) -> tuple[list[Any], list[tuple[str, ...]]]:
        import hyperscan as hs  # noqa: PLC0415 (only a scan pays for it)

        names: list[tuple[str, ...]] = [()]
        by_literal: dict[str, list[str]] = {}
        for one in self._led_by_literals:
            for literal in one.anchors.literals:
                by_literal.setdefault(literal.lower(), []).append(one.id)
        literals = {len(names) + at: _literal(literal) for at, literal in enumerate(by_literal)}
        names += [tuple(ids) for ids in by_literal.values()]
        first = len(names)
        names += [(one.id,) for one in self._led_by_shape]
        shapes = {first + at: shape(one.pattern) for at, one in enumerate(self._led_by_shape)}
        try:
            databases = [_shapes(hs, {0: _ODD} | shapes)]
        except hs.error:
            shapes = {first + at: _accepted(hs, one) for at, one in enumerate(self._led_by_shape)}
            databases = [_shapes(hs, {0: _ODD} | shapes)]
        if literals:
            databases.append(_database(hs, literals, hs.HS_FLAG_CASELESS))
        return databases, names


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
    return _CODE_POINT.sub(lambda match: rf"\x{{{match[1]}}}", text)


def _is_led_by_shape(detector: Detector) -> bool:
    """Whether there is no literal, or one sign only (``@``), which says much less than the whole pattern."""
    literals = detector.anchors.literals
    return all(len(literal) == 1 for literal in literals) and bool(literals or detector.anchors.digits)


def _accepted(hs: Any, detector: Detector) -> str:
    """The shape of a detector; where Hyperscan refuses its pattern, one of its literals or a run of digits."""
    expression = shape(detector.pattern)
    try:
        _shapes(hs, {0: expression})
    except hs.error:
        if detector.anchors.literals:
            return f"(?i:{'|'.join(map(_literal, detector.anchors.literals))})"
        return rf"[0-9](?:[^0-9\n]?[0-9]){{{detector.anchors.digits - 1}}}"
    return expression


def _shapes(hs: Any, expressions: dict[int, str]) -> Any:
    return _database(hs, expressions, hs.HS_FLAG_UTF8 | hs.HS_FLAG_PREFILTER | hs.HS_FLAG_MULTILINE)


def _database(hs: Any, expressions: dict[int, str], flags: int) -> Any:
    database = hs.Database()
    database.compile(
        expressions=[expression.encode() for expression in expressions.values()],
        ids=list(expressions),
        flags=[flags] * len(expressions),
    )
    return database


def _literal(text: str) -> str:
    """An expression for a literal, in which the signs that Chinese text likes to write in full width may be so."""
    return "".join(
        f"(?:{re.escape(sign)}|{_wide(sign)})" if _wide(sign) in _COMMON else re.escape(sign) for sign in text
    )


def _wide(sign: str) -> str:
    return chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign


def _odd() -> str:
    """An expression for text whose view differs in a way that counts: up to the first such place of a line.

    The full-width signs of everyday Chinese text count between ASCII characters only: elsewhere they are no part of a
    value that is led by its shape.
    """
    common = sorted(ord(sign) for sign in _COMMON)
    ranges = []
    for low, high in ODD_CHARACTERS:
        for sign in common:
            if low <= sign <= high:
                ranges.append((low, sign - 1))
                low = sign + 1  # noqa: PLW2901 (the rest of the range)
        ranges.append((low, high))
    inside = "".join(rf"\x{{{low:x}}}-\x{{{high:x}}}" for low, high in ranges if low <= high)
    return rf"{ESCAPES}|[{inside}]|[ -~][{_COMMON}][ -~]"


_ODD = _odd()


def _run(digits: int) -> re.Pattern[bytes]:
    """At least so many digits with at most one character (of up to four bytes) between each two."""
    return re.compile(rb"[0-9](?:[^0-9]{0,4}[0-9]){%d}" % (digits - 1))


def _ends(parts: Any) -> Iterator[int]:
    """Where each part ends, its newline included, when they are joined by newlines."""
    end = -1
    for part in parts:
        end += len(part) + 1
        yield end


class _Lines:
    """The lines of a block, and the windows of its long ones."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._start, self._end = 0, -1

    def __iter__(self) -> Iterator[_Unit]:
        start = 0
        while start < len(self._block):
            end = self._block.find(b"\n", start)
            end = len(self._block) if end < 0 else end
            yield from self.all_of(_Unit(start, end))
            start = end + 1

    def near(self, end: int) -> list[_Unit]:
        """The line that a match ending at ``end`` is in; of a long line the windows that may own the value.

        Ends have to come in their order.
        """
        last = end - 1
        if last > self._end:
            self._start = self._block.rfind(b"\n", 0, last) + 1
            found = self._block.find(b"\n", last)
            self._end = len(self._block) if found < 0 else found
        if self._end - self._start <= LONG_LINE:
            return [_Unit(self._start, self._end)]
        cell, offset = divmod(min(last, self._end - 1) - self._start, STEP)
        first = cell - 1 if cell and offset < AFTER else cell
        beyond = cell + 1 if offset >= STEP - BEFORE and (cell + 1) * STEP < self._end - self._start else cell
        return [_Unit(self._start, self._end, one) for one in range(first, beyond + 1)]

    def all_of(self, unit: _Unit) -> list[_Unit]:
        """All windows of the unit's line; the line itself when it is not a long one."""
        length = unit.line_end - unit.line_start
        if length <= LONG_LINE:
            return [unit]
        return [_Unit(unit.line_start, unit.line_end, cell) for cell in range(-(-length // STEP))]

    def raw(self, unit: _Unit) -> bytes:
        """What has to be looked at."""
        start, end = self.bounds(unit)
        return self._block[start:end]

    def bounds(self, unit: _Unit) -> tuple[int, int]:
        """Where that begins and ends."""
        if unit.cell == _WHOLE:
            return unit.line_start, unit.line_end
        start, end = self.owned(unit)
        return (
            self._aligned(max(start - BEFORE, unit.line_start)),
            self._aligned(min(end + AFTER, unit.line_end)),
        )

    def owned(self, unit: _Unit) -> tuple[int, int]:
        """The stretch in which the unit's values begin."""
        if unit.cell == _WHOLE:
            return unit.line_start, unit.line_end
        start = unit.line_start + unit.cell * STEP
        return self._aligned(start), self._aligned(min(start + STEP, unit.line_end))

    def _aligned(self, at: int) -> int:
        """``at``, or the beginning of the next character when it lies inside of one."""
        while at < len(self._block) and self._block[at] & 0xC0 == 0x80:
            at += 1
        return at
