"""Names of values, on bytes: where they can be names at all, and near which digits one stands.

Many detectors are silent unless a key or a word names the value. What they look for is short (``pass``, ``lat``) and
in many words (``passed``, ``latency``); names are whole words, as ``keys.py`` and ``context.py`` read them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leakwatch_detectors.contract import Detector
from leakwatch_detectors.keys import OWNERS, spellings

_MAY_FOLLOW = re.compile(rb"(?![A-Za-z])|(?i:s|no|num|list|str|val|text|plain|raw|old|new)")
"""What may stand behind a name in a key: no letter, or what says "number", "value" or the plural."""

KEY_REACH = 100
"""How many characters before a value its key may begin, and one more."""

_OWNER = re.compile(rb"(?:%s)\Z" % "|".join(OWNERS).encode(), re.IGNORECASE)
_LONGEST_OWNER = max(map(len, OWNERS))


_REFUSES_LETTERS = (
    "(?<![0-9A-Za-z",
    "(?<![A-Za-z0-9",
    "(?<=(?:[:：=＝>]",
    "(?<=[:=：＝>",
    "(?<=[码碼]",
    "(?<=[期日限]",
)


def is_only_named(detector: Detector) -> bool:
    """Whether nothing that the detector finds is reported unless one of its keys or words names it.

    And whether no value touches a letter: it would end the name before it in the middle of a word.
    """
    made_of_data = not (detector.scores_of or detector.doubt_of or detector.recognizer or detector.prose)
    return made_of_data and detector.scores.bare == detector.scores.negative == 0 and _refuses_letters(detector.pattern)


def _refuses_letters(pattern: str) -> bool:
    """Whether each way to begin a match begins with a look at what stands before it, that takes no letter."""
    return all(
        one.startswith(_REFUSES_LETTERS) or (one.startswith("(?:") and _refuses_letters(_group(one)))
        for one in _branches(pattern)
    )


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern."""
    starts, depth = [0], 0
    for token in _TOKEN.finditer(pattern):
        depth += (token[0] == "(") - (token[0] == ")")
        if token[0] == "|" and not depth:
            starts.append(token.end())
    return [pattern[start : end - 1] for start, end in itertools.pairwise([*starts, len(pattern) + 1])]


def _group(branch: str) -> str:
    """The inside of the group that an alternative begins with."""
    depth = 0
    for token in _TOKEN.finditer(branch):
        depth += (token[0] == "(") - (token[0] == ")")
        if not depth:
            return branch[3 : token.start()]
    return ""


_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]")


def names_of(detector: Detector) -> dict[str, bool]:
    """All names by which an only named detector may find values, lower case, and whether each begins a word."""
    words = dict.fromkeys(map(str.lower, detector.words), True) if detector.scores.context else {}
    names = spellings(detector.keys)
    return {name: names.get(name, True) and words.get(name, True) for name in (*names, *words)}


@dataclass(frozen=True, slots=True)
class Named:
    """A name that was looked for: the detectors (ids) for which it may stand anywhere, or is a whole word.

    ``ended`` are those for which only its end has to be that of a word. A name that begins or ends in Han characters
    has no border there. ``length`` is that of the name in bytes.
    """

    length: int
    anywhere: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    def at(self, block: bytes, end: int) -> tuple[str, ...]:
        """Whom it speaks for where it ends at ``end`` of a block."""
        if not (self.whole or self.ended) or not _MAY_FOLLOW.match(block, end):
            return self.anywhere
        if not self.whole or not _begins_word(block, end - self.length):
            return self.anywhere + self.ended
        return self.anywhere + self.ended + self.whole


def _begins_word(block: bytes, start: int) -> bool:
    """Whether a Latin word, or a part of a key that counts as one, begins there."""
    before = block[start - 1 : start]
    if not before.isalpha() or not block[start : start + 1].isalpha():
        return True
    if block[start : start + 1].isupper() and (before.islower() or block[start + 1 : start + 2].islower()):
        return True
    return _OWNER.search(block, max(start - _LONGEST_OWNER, 0), start) is not None


class Keys:
    """The keys of some detectors, looked for in many short texts at once. Made on first use, not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        names = spellings(tuple(key for one in detectors for key in one.keys))
        self._names = [(name, _named(name, begins)) for name, begins in names.items()]

    def rows_with(self, rows: bytes, width: int) -> list[int]:
        """The numbers of the rows (each of ``width`` bytes, the last one no letter) that hold a key of any of them."""
        found: set[int] = set()

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            row = (end - 1) // width
            same_line = rows.find(b"\n", end, (row + 1) * width - 1) < 0
            if same_line and self._names[number][1].at(rows, end):
                found.add(row)

        self._database.scan(rows, match_event_handler=take)
        return sorted(found)

    @cached_property
    def _database(self) -> Any:
        import hyperscan  # noqa: PLC0415 (only a scan pays for it)

        database = hyperscan.Database()
        database.compile(
            expressions=[re.escape(name).encode() for name, _ in self._names],
            ids=list(range(len(self._names))),
            flags=[hyperscan.HS_FLAG_CASELESS] * len(self._names),
        )
        return database


def _named(name: str, begins: bool) -> Named:
    """A name that speaks for somebody."""
    somebody = ("",)
    length = len(name.encode())
    if not ends_in_letter(name):
        return Named(length, anywhere=somebody)
    return Named(length, whole=somebody) if begins else Named(length, ended=somebody)


def ends_in_letter(name: str) -> bool:
    """Whether a name ends in a Latin letter."""
    return name[-1:].isascii() and name[-1:].isalpha()
