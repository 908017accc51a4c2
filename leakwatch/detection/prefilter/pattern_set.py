"""What the gate looks for, as Hyperscan databases: shapes made of the detectors' patterns, literals, and odd text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from leakwatch.detection.prefilter.digit_scan import NUMBER, ROW, DigitScan
from leakwatch.detection.prefilter.fullwidth import either_width
from leakwatch.detection.prefilter.hyperscan_db import Expression, compiled
from leakwatch.detection.prefilter.key_scan import KeyedValueCheck, KeyLiteral, ends_in_letter, needs_key
from leakwatch.detection.prefilter.lazy_patterns import LazyPatterns, texts_in
from leakwatch.detection.prefilter.normalization_triggers import odd_beyond_ascii, odd_lines
from leakwatch_detectors.contract import Detector
from leakwatch_detectors.evidence.key_names import spellings
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_EDGE_LEFT = r"(?:^|[^0-9A-Za-z])"
_EDGE_RIGHT = r"(?:[^0-9A-Za-z]|$)"
_TOUCHING_WORD = re.compile(r"\(\?<=\(\?<!\[0-9A-Za-z\]\)(\(\?i:[a-z|]+\))\)")
_SIMPLE_GROUP = re.compile(r"\(\?P<([A-Za-z_]+)>([^()]*)\)")
_MANY = re.compile(r"(?<![\\xpP])\{([0-9]+)(,?)([0-9]*)\}")
_COUNTED = 20
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})")


JOIN_AFTER = 24 * 1024 * 1024
"""Bytes that are full of values after which the shapes are joined in one database. It is twice as fast (7 ms a MB less)
and takes 0.35 s to make: whoever has come so far has, as a rule, as much before him."""

Speaks = tuple[str, ...] | KeyLiteral
"""Whom (ids) a match speaks for, or how that is seen in the block."""


@dataclass(slots=True)
class _Made:
    """Databases that look at whole blocks, and the first number of those that look for odd lines.

    ``speaks`` has an entry for each number, beginning with the expressions for rows of the sieve.
    """

    speaks: list[Speaks]
    others: list[Any] = field(default_factory=list)
    on_call: LazyPatterns = field(default_factory=lambda: LazyPatterns(_of_pattern))
    odd: int = 0
    ungated: set[str] = field(default_factory=set)

    def look_for(self, detector: Detector, expressions: Iterable[str]) -> None:
        """Let the first of the expressions that is not refused speak for a detector."""
        database = next(filter(None, (_tried([one], len(self.speaks)) for one in expressions)), None)
        if database is None:
            self.ungated.add(detector.id)
        else:
            self.others.append(database)
            self.speaks.append((detector.id,))


class GateDatabases:
    """The databases of some detectors, made on first use. Not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._scanned = 0
        self._number = Expression(NUMBER)
        self._named = [one for one in detectors if needs_key(one)]
        self._under = KeyedValueCheck(self._named)
        others = [one for one in detectors if not needs_key(one)]
        self._numbers = [one for one in others if one.prefilter.digit_runs]
        self._by_shape = [one for one in others if not one.prefilter.digit_runs and _is_led_by_shape(one)]
        self._by_literal = [one for one in others if not one.prefilter.digit_runs and not _is_led_by_shape(one)]

    @property
    def ungated(self) -> frozenset[str]:
        """The ids of detectors that nothing can be looked for: they have to see every line."""
        return frozenset(self._made.ungated)

    def matches(self, block: bytes) -> list[tuple[tuple[str, ...], int]]:
        """Whom (ids) each match speaks for and where it ends, by position. For nobody: the view of its line differs."""
        found: list[tuple[int, int]] = []

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((end, number))

        made = self._made
        if self._numbers and self._number.occurs_in(block):
            starts, rows = self._sieve.rows(block)
            for database in self._sieved if rows else ():
                database.scan(rows, match_event_handler=take)
            found = [(int(starts[(end - 1) // ROW]) + (end - 1) % ROW + 1, number) for end, number in set(found)]
        for database in (*made.others, *self._odd, *(() if block.isascii() else self._odd_beyond_ascii)):
            database.scan(block, match_event_handler=take)
        made.on_call.scan(block, take)
        found.sort()
        told: list[tuple[tuple[str, ...], int]] = []
        for end, number in found:
            speaks = made.speaks[number]
            if isinstance(speaks, KeyLiteral):
                speaks = speaks.anywhere + self._under.of(speaks.at(block, end), block, end)
                if not speaks:
                    continue
            told.append((speaks, end))
        return told

    def ends(self, block: bytes) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """The same by whom they speak for, in no order, without what is said of views; for blocks full of values."""
        made = self._made
        found: defaultdict[int, list[int]] = defaultdict(list)

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found[number].append(end)

        self._scanned += len(block)
        for database in (*(self._sieved if self._scanned < JOIN_AFTER else self._joined), *made.others):
            database.scan(block, match_event_handler=take)
        made.on_call.scan(block, take)
        for number, ends in found.items():
            speaks = made.speaks[number]
            if isinstance(speaks, KeyLiteral):
                by_whom: dict[tuple[str, ...], list[int]] = {}
                for end in ends:
                    by_whom.setdefault(speaks.anywhere + speaks.at(block, end), []).append(end)
                yield from ((names, some) for names, some in by_whom.items() if names)
            else:
                yield speaks, ends

    @cached_property
    def _sieved(self) -> list[Any]:
        return [_of_shapes([shape(one.pattern)], number) for number, one in enumerate(self._numbers)]

    @cached_property
    def _joined(self) -> list[Any]:
        database = _tried([shape(one.pattern) for one in self._numbers], 0)
        return self._sieved if database is None else [database]

    @cached_property
    def _odd(self) -> list[Any]:
        return [compiled(odd_lines(), 0, self._made.odd)]

    @cached_property
    def _odd_beyond_ascii(self) -> list[Any]:
        return [compiled([one], 0, self._made.odd) for one in odd_beyond_ascii()]

    @cached_property
    def _sieve(self) -> DigitScan:
        return DigitScan(self._numbers)

    @cached_property
    def _made(self) -> _Made:
        made = _Made([(one.id,) for one in self._numbers])
        for one in self._by_shape:
            made.look_for(one, (shape(one.pattern), *_substitutes(one)))
        for one in (*self._numbers, *self._named, *self._by_literal):
            for pattern in one.prefilter.shapes:
                if texts := texts_in(pattern):
                    made.on_call.add(pattern, len(made.speaks), texts)
                    made.speaks.append((one.id,))
                else:
                    made.look_for(one, [shape(pattern)])
        if sought := self._sought():
            made.others.append(_of_literals(list(sought), len(made.speaks)))
            made.speaks += sought.values()
        made.odd = len(made.speaks)
        made.speaks += [()] * len(odd_lines())
        return made

    def _sought(self) -> dict[str, Speaks]:
        """The literals to look for, lower case."""
        anywhere: dict[str, list[str]] = {}
        whole: dict[str, list[str]] = {}
        ended: dict[str, list[str]] = {}
        for one in (*self._named, *self._by_literal):
            names = spellings(one.keys) if one in self._named else {}
            for name, begins in names.items():
                (whole if begins and ends_in_letter(name) else ended).setdefault(name, []).append(one.id)
            for literal in map(str.lower, one.prefilter.literals):
                if literal not in names:
                    anywhere.setdefault(literal, []).append(one.id)
        sought: dict[str, Speaks] = {text: tuple(ids) for text, ids in anywhere.items()}
        for text in {**whole, **ended}:
            kinds = (tuple(of.get(text, ())) for of in (anywhere, whole, ended))
            sought[text] = KeyLiteral(len(text.encode()), *kinds)
        return sought


class PatternSet:
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
    pattern = _MANY.sub(_some, pattern)
    text = re.sub(rf"(^|\(|\(\?:|\|){re.escape(LEFT)}", lambda match: match[1] + _EDGE_LEFT, pattern)
    text = _TOUCHING_WORD.sub(lambda match: match[1], text)
    text = re.sub(rf"{re.escape(RIGHT)}(?=\)|\||$|\(\?!)", lambda _: _EDGE_RIGHT, text)
    for name, inside in _SIMPLE_GROUP.findall(text):
        text = text.replace(f"(?P={name})", f"(?:{inside})")
    return either_width(_CODE_POINT.sub(lambda match: rf"\x{{{match[1]}}}", text))


def _some(many: re.Match[str]) -> str:
    """A repetition without the exact number: counting far is what makes databases big and slow to make."""
    least, most = int(many[1]), int(many[3] or many[1])
    return many[0] if (many[2] and not many[3]) or most < _COUNTED else f"{{{min(least, _COUNTED // 2)},}}"


def _literal(text: str) -> str:
    return either_width(re.escape(text))


def _is_led_by_shape(detector: Detector) -> bool:
    """Whether there is no literal, or only such of one sign (``@``), which say much less than the whole pattern."""
    return not detector.prefilter.shapes and all(len(literal) == 1 for literal in detector.prefilter.literals)


def _substitutes(detector: Detector) -> Iterator[str]:
    """What may be looked for where Hyperscan refuses a pattern: one of its literals, or a run of digits."""
    if detector.prefilter.literals:
        yield f"(?i:{'|'.join(map(_literal, detector.prefilter.literals))})"
    if detector.prefilter.digits:
        yield rf"[0-9](?:[^0-9\n]?[0-9]){{{detector.prefilter.digits - 1}}}"


def _tried(expressions: list[str], first: int) -> Any | None:
    """The database of these shapes; None when Hyperscan refuses one."""
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    try:
        return _of_shapes(expressions, first)
    except hyperscan.error:
        return None


def _of_pattern(pattern: str, number: int) -> Any | None:
    return _tried([shape(pattern)], number)


def _of_shapes(expressions: list[str], first: int) -> Any:
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    flags = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_MULTILINE
    return compiled(expressions, flags, first)


def _of_literals(literals: list[str], first: int) -> Any:
    import hyperscan  # noqa: PLC0415 (only a scan pays for it)

    return compiled([_literal(literal) for literal in literals], hyperscan.HS_FLAG_CASELESS, first)
