"""Keys in bytes: where a literal is a whole key, and near which digits a key occurs.

Many detectors report nothing unless a key or a word names the value. Their literals are short (``pass``, ``lat``) and
part of many words (``passed``, ``latency``); keys are whole words, as ``key_names.py`` and ``context.py`` read them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, repeat
from typing import Any

import regex

from leakwatch.detection.prefilter.fullwidth import PLAIN
from leakwatch.detection.prefilter.hyperscan_db import compiled
from leakwatch_detectors.contract import Detector
from leakwatch_detectors.evidence.context import begins_after
from leakwatch_detectors.evidence.key_names import OWNERS, spellings

_MAY_FOLLOW = re.compile(rb"(?![A-Za-z])|(?<![A-Za-z])|(?i:s|no|num|list|str|val|text|plain|raw|old|new)")
"""What may follow a name: no letter (unless the name ends in none), or a suffix for "number", "value" or the plural."""

_LOOKED_AT = 256
"""How many bytes before the end of a name are decoded as the text before a value."""

_OWNER = re.compile(rb"(?:%s)\Z" % "|".join(OWNERS).encode(), re.IGNORECASE)
_LONGEST_OWNER = max(map(len, OWNERS))


_REFUSES_LETTERS = (
    *("(?<![0-9A-Za-z", "(?<![A-Za-z0-9", "(?<=(?:[:：=＝>]", "(?<=[:=：＝>", "(?<=[码碼]", "(?<=密[码碼]"),
    "(?<=[期日限]",
)


_BEHIND_A_WORD = r"\(\?<=\(\?<!\[0-9A-Za-z\]\)\(\?i:[a-z|]+\)\)"


def needs_key(detector: Detector) -> bool:
    """Whether a value is reported only under a key: the detector states it, or it follows from its scores.

    When a value may touch a letter it does not count: the name before it could end in the middle of a word.
    """
    if detector.prefilter.needs_key:
        return True
    made_of_data = not (detector.scores_for or detector.tolerance_of or detector.recognizer or detector.ner)
    scores = detector.scores
    if not made_of_data or scores.bare > 0 or scores.negative > 0 or not refuses_letters(detector.pattern):
        return False
    # if a word counts too, it may be cut at the end of the window, and then has no border
    return not scores.context


def refuses_letters(pattern: str) -> bool:
    """Whether every alternative of a pattern begins with a lookbehind that excludes letters."""
    return _all_begin(pattern, re.compile("|".join(map(re.escape, _REFUSES_LETTERS))))


def refuses_digits(pattern: str) -> bool:
    """The same for digits; the lookbehind may require a word."""
    return _all_begin(pattern, re.compile("|".join((*map(re.escape, _REFUSES_LETTERS), _BEHIND_A_WORD))))


def _all_begin(pattern: str, how: re.Pattern[str]) -> bool:
    return all(
        how.match(one) is not None or (one.startswith("(?:") and _all_begin(_group(one), how))
        for one in _branches(pattern)
    )


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern."""
    starts, depth = [0], 0
    for token in _TOKEN.finditer(pattern):
        depth += (token[0] == "(") - (token[0] == ")")
        if token[0] == "|" and not depth:
            starts.append(token.end())
    return [pattern[start : end - 1] for start, end in pairwise([*starts, len(pattern) + 1])]


def _group(branch: str) -> str:
    """The content of the group that an alternative begins with."""
    depth = 0
    for token in _TOKEN.finditer(branch):
        depth += (token[0] == "(") - (token[0] == ")")
        if not depth:
            return branch[3 : token.start()]
    return ""


_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]")


@dataclass(frozen=True, slots=True)
class KeyLiteral:
    """A literal and the ids of its detectors.

    For ``whole`` it must be a whole word, for ``ended`` the end of a word: keys and words have borders where they begin
    or end in Latin letters. For ``anywhere`` it is no name. ``length`` is that of the literal in bytes.
    """

    length: int
    anywhere: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    def at(self, block: bytes, end: int) -> tuple[str, ...]:
        """The detector ids for a literal that ends at ``end``, as far as word borders allow."""
        if not _MAY_FOLLOW.match(block, end):
            return ()
        return self.ended + self.whole if self.whole and _begins_word(block, end - self.length) else self.ended


def _begins_word(block: bytes, start: int) -> bool:
    """Whether a Latin word, or a part of a key that counts as a word, begins there."""
    before = block[start - 1 : start]
    if not before.isalpha() or not block[start : start + 1].isalpha():
        return True
    if block[start : start + 1].isupper() and (before.islower() or block[start + 1 : start + 2].islower()):
        return True
    return _OWNER.search(block, max(start - _LONGEST_OWNER, 0), start) is not None


class KeyedValueCheck:
    """Checks for a value after a key, for detectors whose values need one."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._patterns = {one.id: one.pattern for one in detectors if needs_key(one)}
        self._compiled: dict[str, regex.Pattern[str]] = {}

    def of(self, names: tuple[str, ...], block: bytes, end: int) -> tuple[str, ...]:
        """The detectors that may have a value under a key whose name ends at ``end`` of a block."""
        asked = [name for name in names if name in self._patterns]
        if not asked:
            return names
        line_start = block.rfind(b"\n", 0, end) + 1
        if block.find(b"INSERT", line_start, end) >= 0 or block.find(b"insert", line_start, end) >= 0:
            return names
        line_end = block.find(b"\n", end)
        before = block[max(line_start, end - _LOOKED_AT) : end].decode(errors="ignore")
        text = before + block[end : line_end if line_end >= 0 else len(block)].decode()
        if not text.isascii():
            text = text.translate(PLAIN)
        begins = begins_after(text, len(before))
        idle = {name for name in asked if not any(map(self._pattern(name).match, repeat(text), begins))}
        return tuple(name for name in names if name not in idle) if idle else names

    def _pattern(self, name: str) -> regex.Pattern[str]:
        if name not in self._compiled:
            self._compiled[name] = regex.compile(self._patterns[name], regex.ASCII)
        return self._compiled[name]


class KeyScan:
    """Searches the keys of some detectors in many short texts at once. Built on first use, not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        names = spellings(tuple(key for one in detectors for key in one.keys))
        names |= dict.fromkeys((word.lower() for one in detectors for word in one.words), False)
        self._texts = list(names)
        self._names = [_named(name, begins) for name, begins in names.items()]

    def rows_with(self, rows: bytes, width: int, value: int, words: int) -> list[int]:
        """The indexes of the rows with a key or a word of any detector in the line of the value.

        Each row has ``width`` bytes, the last one a newline; ``value`` is where the value begins in each, and ``words``
        how many bytes before it words are searched; a match there may be a part of a longer word.
        """
        found: set[int] = set()

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            row = (end - 1) // width
            between = sorted((end, row * width + value))
            in_reach_of_words = end - self._names[number].length >= row * width + value - words
            if rows.find(b"\n", *between) < 0 and (in_reach_of_words or self._names[number].at(rows, end)):
                found.add(row)

        self._database.scan(rows, match_event_handler=take)
        return sorted(found)

    @cached_property
    def _database(self) -> Any:
        import hyperscan  # noqa: PLC0415 (only a scan pays for it)

        return compiled([re.escape(text) for text in self._texts], hyperscan.HS_FLAG_CASELESS)


def _named(name: str, begins: bool) -> KeyLiteral:
    """The literal of a key or word."""
    whole = begins and ends_in_letter(name)
    return KeyLiteral(len(name.encode()), whole=("",)) if whole else KeyLiteral(len(name.encode()), ended=("",))


def ends_in_letter(name: str) -> bool:
    """Whether a name ends in a Latin letter."""
    return name[-1:].isascii() and name[-1:].isalpha()
