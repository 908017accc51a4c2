"""Derives the ``Prefilter`` of a rule from its pattern: the bytes that a line must hold for a match."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from leakwatch.detection.rules.tree import Chain, Chars, Choice, Group, Node, Repeat, shortest
from leakwatch_detectors.contract import Prefilter
from leakwatch_detectors.evidence.key_names import literals as key_literals

_MIN_LITERAL = 2
_MAX_LITERALS = 64
_MIN_DIGITS = 4
_MAX_WAYS = 8
_LONGEST_EXPANSION = 256
_DIGIT, _MAYBE_ONE, _OTHER = "D", "s", "X"


def prefilter_of(node: Node, keys: tuple[str, ...], words: tuple[str, ...], *, only_named: bool) -> Prefilter:
    """The anchors of a rule. One that is ``only_named`` is never reported without one of its keys or words."""
    found = _literals(node)
    if only_named and not found:
        found = tuple(sorted({*key_literals(keys), *words}))
    digits = _digits(node)
    return Prefilter(digits if digits >= _MIN_DIGITS else 0, found)


def _literals(node: Node) -> tuple[str, ...]:
    """Literals, one of which every match contains; empty if none is long enough to be useful."""
    found = texts_of(node)
    return found if found and len(min(found, key=len)) >= _MIN_LITERAL and len(found) <= _MAX_LITERALS else ()


def texts_of(node: Node) -> tuple[str, ...]:
    """Literals, one of which every match contains, however short; empty if unknown.

    ASCII letters are as in the pattern, also where it ignores case.
    """
    ways = _ways(node)
    if ways:
        return ways
    match node:
        case Chain():
            return max(_candidates(node), key=lambda texts: (len(min(texts, key=len)), -len(texts)), default=())
        case Choice():
            each = [texts_of(branch) for branch in node.branches]
            return tuple(sorted({text for texts in each for text in texts})) if all(each) else ()
        case Group() if not node.look:
            return texts_of(node.inside)
        case Repeat() if node.low:
            return texts_of(node.item)
        case _:
            return ()


def _candidates(chain: Chain) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    run: tuple[str, ...] = ()
    for part in (part for item in chain.items for part in _unrolled(item)):
        ways = _ways(part)
        longer = _together([run or ("",), ways]) if ways else ()
        found += [] if longer else [run, () if ways else texts_of(part)]
        run = longer or ways
    return [texts for texts in (*found, run) if texts]


def _ways(node: Node) -> tuple[str, ...]:
    """All texts that the node can match, if they are few; otherwise empty."""
    match node:
        case Chars():
            return _signs(node)
        case Chain():
            return _together([_ways(part) for item in node.items for part in _unrolled(item)])
        case Choice():
            each = [_ways(branch) for branch in node.branches]
            ways = tuple(sorted({text for texts in each for text in texts})) if all(each) else ()
            return ways if len(ways) <= _MAX_WAYS else ()
        case Group() if not node.look:
            return _ways(node.inside)
        case _:
            return ()


def _together(parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """One of each, in all ways; empty when they are too many."""
    count = math.prod(map(len, parts))
    return tuple(map("".join, product(*parts))) if 0 < count <= _MAX_WAYS else ()


def _unrolled(node: Node) -> tuple[Node, ...]:
    """A repetition of one of few characters, expanded; anything else unchanged."""
    if isinstance(node, Repeat) and isinstance(node.item, Chars) and node.low == node.high and _signs(node.item):
        return (node.item,) * node.low
    return (node,)


def _signs(node: Chars) -> tuple[str, ...]:
    """The characters, when they are few, and written in one way where ASCII letters are compared without case."""
    if node.negated or sum(high - low + 1 for low, high in node.ranges) > _MAX_WAYS:
        return ()
    signs = tuple(chr(point) for low, high in node.ranges for point in range(low, high + 1))
    return signs if all(sign.isascii() or sign.lower() == sign.upper() for sign in signs) else ()


def _digits(node: Node) -> int:
    """How many consecutive digits every match has, with at most one other character between two of them."""
    match node:
        case Choice():
            return min(map(_digits, node.branches))
        case Group():
            return 0 if node.look else _digits(node.inside)
        case _:
            return max(_longest(_expanded(node)), max(map(_digits, _parts(node)), default=0))


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Chain):
        return node.items
    return (node.item,) if isinstance(node, Repeat) and node.low else ()


def _longest(tokens: str) -> int:
    longest = run = 0
    gap = True
    for token in tokens:
        if token == _DIGIT:
            run, gap = run + 1, False
        elif token == _MAYBE_ONE and not gap:
            gap = True
        else:
            run, gap = 0, True
        longest = max(longest, run)
    return longest


def _expanded(node: Node) -> str:
    """A marker for each character that every match has: a digit, an optional character, or anything else."""
    match node:
        case Chars():
            return _DIGIT if node.digit else _MAYBE_ONE
        case Chain():
            return "".join(map(_expanded, node.items))[:_LONGEST_EXPANSION]
        case Choice():
            return _MAYBE_ONE if all(isinstance(_only(one), Chars) for one in node.branches) else _OTHER
        case Group():
            return "" if node.look else _expanded(node.inside)
        case Repeat():
            return _repeated(node)


def _repeated(node: Repeat) -> str:
    one = _expanded(node.item)
    least = (one * node.low)[:_LONGEST_EXPANSION]
    if node.low == node.high or set(one) == {_DIGIT}:
        return least if node.low else _MAYBE_ONE if node.high == 1 and len(one) == 1 else _OTHER
    single = len(one) == 1 and shortest(node.item) == 1
    return least + (_MAYBE_ONE if single and node.high == node.low + 1 else _OTHER)


def _only(node: Node) -> Node:
    """The single part of a chain."""
    return node.items[0] if isinstance(node, Chain) and len(node.items) == 1 else node
