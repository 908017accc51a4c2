"""Candidates without Presidio, by the same patterns, validators and context that Presidio gets."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import regex

from leakwatch.detection.policy import Candidate
from leakwatch.text.template import without_digits
from leakwatch_detectors.contract import Detector
from leakwatch_detectors.evidence.context import (
    NAME_WINDOW_BEFORE,
    WINDOW_BEFORE,
    WORDS_AFTER,
    Context,
    judge,
    weight,
)
from leakwatch_detectors.evidence.key_names import NEGATIVE_KEYS
from leakwatch_detectors.evidence.key_owner import REACH as OWNER_REACH

PATTERN_SECONDS = 5.0
"""How long one pattern may search one batch, in seconds."""

_KEPT = 4096
_NEAR = 12
"""How many characters before a value a plain ``name`` as its key may begin."""

_DIGIT = re.compile("[0-9]")

_Alike = tuple[str, bool, bytes, bytes]
"""Entity, whether the text begins with what follows, and the text before and after a value without its digits."""


class RegexEngine:
    """Finds the candidates of detectors that are pure data. Not thread-safe."""

    def __init__(self) -> None:
        self._patterns: dict[str, regex.Pattern[str]] = {}
        self._judged: dict[_Alike, Context] = {}
        self._numbered: dict[str, tuple[str, ...]] = {}

    def find(self, detector: Detector, texts: Sequence[str]) -> list[tuple[int, Candidate]]:
        """The candidates in these texts, each with the index of its text. ``TimeoutError`` if the pattern is slow."""
        pattern = self._patterns.get(detector.entity)
        if pattern is None:
            pattern = self._patterns[detector.entity] = regex.compile(detector.pattern, regex.ASCII)
        joined, starts = joined_by_nul(texts)
        found: list[tuple[int, Candidate]] = []
        for match in pattern.finditer(joined, timeout=PATTERN_SECONDS):
            value, tolerance = match[0], None
            if detector.validator is not None and not detector.validator(value):
                tolerance = detector.tolerance_of(value) if detector.tolerance_of is not None else None
                if tolerance is None:
                    continue
            start, end = match.span()
            number = bisect_right(starts, start) - 1
            base = starts[number]
            context = self._context(detector, joined, base, start, end)
            confidence = weight(detector, context.evidence, value, tolerance)
            if confidence > 0:
                key = (context.key[0] - base, context.key[1] - base) if context.key else None
                candidate = Candidate(detector, start - base, end - base, value, confidence, context.evidence, key)
                found.append((number, candidate))
        return found

    def _context(self, detector: Detector, joined: str, base: int, start: int, end: int) -> Context:
        """The context of a value in a text that begins at ``base``.

        Cached for all contexts that differ only in digits: those of a column, and of one log statement.
        """
        alike = self._alike(detector, joined, base, start, end)
        if alike is None:
            return judge(detector, joined, start, end)
        known = self._judged.get(alike)
        if known is None:
            if len(self._judged) >= _KEPT:
                self._judged.clear()
            found = judge(detector, joined, start, end)
            # relative to the value: another value is elsewhere in its line
            key = (found.key[0] - start, found.key[1] - start) if found.key else None
            known = self._judged[alike] = Context(found.evidence, key)
        if known.key is None:
            return known
        return Context(known.evidence, (known.key[0] + start, known.key[1] + start))

    def _alike(self, detector: Detector, joined: str, base: int, start: int, end: int) -> _Alike | None:
        """The text that decides the context of a value, without digits; None if more text, or a digit, may matter."""
        named = "name" in joined[max(base, start - _NEAR) : start].lower()
        low = max(base, start - (NAME_WINDOW_BEFORE if named else WINDOW_BEFORE))
        before = joined[low:start]
        if "HTTP/" in before or joined.find("INSERT", base, start) >= 0 or joined.find("insert", base, start) >= 0:
            return None
        numbered = self._numbered.get(detector.entity)
        if numbered is None:
            numbered = self._numbered[detector.entity] = _numbered(detector)
        folded = before.lower()
        if any(word in folded for word in numbered):
            return None
        after = joined[end : end + (OWNER_REACH if named else WORDS_AFTER)].partition("\0")[0]
        return detector.entity, low == base, without_digits(before), without_digits(after)


def _numbered(detector: Detector) -> tuple[str, ...]:
    """The beginnings of names and words that contain digits (``sha256``): near them digits matter."""
    names = (*NEGATIVE_KEYS, *detector.negative_keys, *detector.keys, *detector.words, *detector.negative_words)
    return tuple({_DIGIT.split(name.lower())[0] for name in names if _DIGIT.search(name)})


def joined_by_nul(texts: Sequence[str]) -> tuple[str, list[int]]:
    """The texts joined by NUL, which no pattern and no context crosses, and the start of each (and of one more)."""
    return "\0".join(texts), [0, *accumulate(len(text) + 1 for text in texts)]
