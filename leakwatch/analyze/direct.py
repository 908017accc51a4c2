"""Hits without Presidio: the detectors' own patterns, validators and context, which is what Presidio is given too."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import regex

from leakwatch.policy import Hit
from leakwatch_detectors.context import AFTER, Context, judge, score
from leakwatch_detectors.contract import Detector
from leakwatch_detectors.owners import REACH, is_plain

PATTERN_SECONDS = 5.0
"""How long one pattern may look at one batch."""

_SHORT = 48
_KEPT = 4096


class Direct:
    """Finds the hits of detectors that are data and nothing else. Not thread-safe."""

    def __init__(self) -> None:
        self._patterns: dict[str, regex.Pattern[str]] = {}
        self._judged: dict[tuple[str, str, str], Context] = {}

    def find(self, detector: Detector, texts: Sequence[str]) -> list[tuple[int, Hit]]:
        """The hits in these texts, each with the number of its text. ``TimeoutError`` when the pattern is slow."""
        pattern = self._patterns.get(detector.entity)
        if pattern is None:
            pattern = self._patterns[detector.entity] = regex.compile(detector.pattern, regex.ASCII)
        joined, starts = joined_by_nul(texts)
        found: list[tuple[int, Hit]] = []
        for match in pattern.finditer(joined, timeout=PATTERN_SECONDS):
            value = match[0]
            if detector.refuses(value):
                continue
            start, end = match.span()
            number = bisect_right(starts, start) - 1
            base = starts[number]
            context = self._context(detector, joined, base, start, end)
            confidence = score(detector, context.evidence, value)
            if confidence > 0:
                key = (context.key[0] - base, context.key[1] - base) if context.key else None
                hit = Hit(detector, start - base, end - base, value, confidence, context.evidence, key)
                found.append((number, hit))
        return found

    def _context(self, detector: Detector, joined: str, base: int, start: int, end: int) -> Context:
        """What stands around the value of a text that begins at ``base``; seen once for all values of a column."""
        if start - base > _SHORT:
            return judge(detector, joined, start, end)
        # nothing else is looked at: neither the value itself nor anything beyond NUL
        reach = REACH if is_plain(joined[base:start]) else AFTER
        after = joined[end : end + reach].partition("\0")[0]
        around = (detector.entity, joined[base:start], after)
        known = self._judged.get(around)
        if known is None:
            if len(self._judged) >= _KEPT:
                self._judged.clear()
            found = judge(detector, joined, start, end)
            key = (found.key[0] - base, found.key[1] - base) if found.key else None
            known = self._judged[around] = Context(found.evidence, key)
        if known.key is None:
            return known
        return Context(known.evidence, (known.key[0] + base, known.key[1] + base))


def joined_by_nul(texts: Sequence[str]) -> tuple[str, list[int]]:
    """The texts as one (no pattern and no context crosses NUL), and where each begins (and one more would)."""
    return "\0".join(texts), [0, *accumulate(len(text) + 1 for text in texts)]
