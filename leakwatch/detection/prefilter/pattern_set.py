"""The Hyperscan databases of the gate: shapes of the detectors' patterns, literals, and text to normalise."""

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
"""Bytes of dense text after which the shapes are joined in one database: it is twice as fast (7 ms per MB less) but
takes 0.35 s to build, and an input of this size usually has as much left."""

Emits = tuple[str, ...] | KeyLiteral
"""The detector ids of a match, or the literal that decides them in the block."""


@dataclass(slots=True)
class _Made:
    """Databases for whole blocks, and the first number of those for lines to normalise.

    ``emits`` has an entry for each number, starting with the expressions for rows of the digit scan.
    """

    emits: list[Emits]
    others: list[Any] = field(default_factory=list)
    lazy: LazyPatterns = field(default_factory=lambda: LazyPatterns(_of_pattern))
    odd: int = 0
    ungated: set[str] = field(default_factory=set)

    def look_for(self, detector: Detector, expressions: Iterable[str]) -> None:
        """Add the first of the expressions that Hyperscan accepts for a detector."""
        database = next(filter(None, (_tried([one], len(self.emits)) for one in expressions)), None)
        if database is None:
            self.ungated.add(detector.id)
        else:
            self.others.append(database)
            self.emits.append((detector.id,))


class GateDatabases:
    """The databases of some detectors, made on first use. Not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._scanned = 0
        self._number = Expression(NUMBER)
        self._named = [one for one in detectors if needs_key(one)]
        self._keyed_values = KeyedValueCheck(self._named)
        others = [one for one in detectors if not needs_key(one)]
        self._numbers = [one for one in others if one.prefilter.digit_runs]
        self._by_shape = [one for one in others if not one.prefilter.digit_runs and _is_led_by_shape(one)]
        self._by_literal = [one for one in others if not one.prefilter.digit_runs and not _is_led_by_shape(one)]

    @property
    def ungated(self) -> frozenset[str]:
        """The ids of detectors without anything to search for: they must get every line."""
        return frozenset(self._made.ungated)

    def matches(self, block: bytes) -> list[tuple[tuple[str, ...], int]]:
        """Detector ids of each match and where it ends, by position. No ids: the view of its line differs."""
        found: list[tuple[int, int]] = []

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((end, number))

        made = self._made
        if self._numbers and self._number.occurs_in(block):
            starts, rows = self._digit_scan.rows(block)
            for database in self._digit_databases if rows else ():
                database.scan(rows, match_event_handler=take)
            found = [(int(starts[(end - 1) // ROW]) + (end - 1) % ROW + 1, number) for end, number in set(found)]
        for database in (*made.others, *self._odd, *(() if block.isascii() else self._odd_beyond_ascii)):
            database.scan(block, match_event_handler=take)
        made.lazy.scan(block, take)
        found.sort()
        matches: list[tuple[tuple[str, ...], int]] = []
        for end, number in found:
            emits = made.emits[number]
            if isinstance(emits, KeyLiteral):
                emits = emits.anywhere + self._keyed_values.of(emits.at(block, end), block, end)
                if not emits:
                    continue
            matches.append((emits, end))
        return matches

    def ends(self, block: bytes) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """The same by detector ids, in no order and without views; for dense blocks."""
        made = self._made
        found: defaultdict[int, list[int]] = defaultdict(list)

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found[number].append(end)

        self._scanned += len(block)
        for database in (*(self._digit_databases if self._scanned < JOIN_AFTER else self._joined), *made.others):
            database.scan(block, match_event_handler=take)
        made.lazy.scan(block, take)
        for number, ends in found.items():
            emits = made.emits[number]
            if isinstance(emits, KeyLiteral):
                by_whom: dict[tuple[str, ...], list[int]] = {}
                for end in ends:
                    by_whom.setdefault(emits.anywhere + emits.at(block, end), []).append(end)
                yield from ((names, some) for names, some in by_whom.items() if names)
            else:
                yield emits, ends

    @cached_property
    def _digit_databases(self) -> list[Any]:
        return [_of_shapes([shape(one.pattern)], number) for number, one in enumerate(self._numbers)]

    @cached_property
    def _joined(self) -> list[Any]:
        database = _tried([shape(one.pattern) for one in self._numbers], 0)
        return self._digit_databases if database is None else [database]

    @cached_property
    def _odd(self) -> list[Any]:
        return [compiled(odd_lines(), 0, self._made.odd)]

    @cached_property
    def _odd_beyond_ascii(self) -> list[Any]:
        return [compiled([one], 0, self._made.odd) for one in odd_beyond_ascii()]

    @cached_property
    def _digit_scan(self) -> DigitScan:
        return DigitScan(self._numbers)

    @cached_property
    def _made(self) -> _Made:
        made = _Made([(one.id,) for one in self._numbers])
        for one in self._by_shape:
            made.look_for(one, (shape(one.pattern), *_substitutes(one)))
        for one in (*self._numbers, *self._named, *self._by_literal):
            for pattern in one.prefilter.shapes:
                if texts := texts_in(pattern):
                    made.lazy.add(pattern, len(made.emits), texts)
                    made.emits.append((one.id,))
                else:
                    made.look_for(one, [shape(pattern)])
        if detect_settings := self._detect_settings():
            made.others.append(_of_literals(list(detect_settings), len(made.emits)))
            made.emits += detect_settings.values()
        made.odd = len(made.emits)
        made.emits += [()] * len(odd_lines())
        return made

    def _detect_settings(self) -> dict[str, Emits]:
        """The literals to search for, lower case."""
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
        detect_settings: dict[str, Emits] = {text: tuple(ids) for text, ids in anywhere.items()}
        for text in {**whole, **ended}:
            kinds = (tuple(of.get(text, ())) for of in (anywhere, whole, ended))
            detect_settings[text] = KeyLiteral(len(text.encode()), *kinds)
        return detect_settings


class PatternSet:
    """Where the patterns of some detectors may have matched. Made on first use, not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)

    @property
    def ungated(self) -> frozenset[str]:
        """The ids of detectors whose pattern may match anywhere."""
        return frozenset(one.id for one, database in self._databases if database is None)

    def ends(self, block: bytes) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """Detector ids of matches, and where they end."""
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
    """A pattern for Hyperscan that tells whether it occurs at all: guards at its ends become consumed characters.

    Guards elsewhere, and back references to more than a class, are approximated by Hyperscan: it then finds more, never
    less.
    """
    pattern = _MANY.sub(_some, pattern)
    text = re.sub(rf"(^|\(|\(\?:|\|){re.escape(LEFT)}", lambda match: match[1] + _EDGE_LEFT, pattern)
    text = _TOUCHING_WORD.sub(lambda match: match[1], text)
    text = re.sub(rf"{re.escape(RIGHT)}(?=\)|\||$|\(\?!)", lambda _: _EDGE_RIGHT, text)
    for name, inside in _SIMPLE_GROUP.findall(text):
        text = text.replace(f"(?P={name})", f"(?:{inside})")
    return either_width(_CODE_POINT.sub(lambda match: rf"\x{{{match[1]}}}", text))


def _some(many: re.Match[str]) -> str:
    """A repetition without the exact count: high counts make databases large and slow to build."""
    least, most = int(many[1]), int(many[3] or many[1])
    return many[0] if (many[2] and not many[3]) or most < _COUNTED else f"{{{min(least, _COUNTED // 2)},}}"


def _literal(text: str) -> str:
    return either_width(re.escape(text))


def _is_led_by_shape(detector: Detector) -> bool:
    """Whether there is no literal, or only single characters (``@``), which are far less specific than the pattern."""
    return not detector.prefilter.shapes and all(len(literal) == 1 for literal in detector.prefilter.literals)


def _substitutes(detector: Detector) -> Iterator[str]:
    """What to search for if Hyperscan rejects a pattern: one of its literals, or a run of digits."""
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
