"""Checks that hostile text cannot slow a pattern down: statically first, then by measuring."""

from __future__ import annotations

import time
from collections.abc import Iterator

import regex

from leakwatch.detection.rules.tree import Chain, Chars, Choice, Group, Node, Repeat

_LENGTH = 8_000
_SHORT = 1_000
_QUICK_SECONDS = 0.05
_PATIENCE_SECONDS = 1.0
_ALLOWED_GROWTH = 3 * _LENGTH // _SHORT
_ENDLESS = float("inf")
_MANY = 64
"""How often an unbounded repetition is repeated in a sample."""


def nested(node: Node, *, inside_endless: bool = False) -> bool:
    """Whether something without end is repeated without end: ``(?:[a-z]+)*`` can be cut in too many ways."""
    match node:
        case Chars():
            return False
        case Chain():
            return any(nested(item, inside_endless=inside_endless) for item in node.items)
        case Choice():
            return any(nested(branch, inside_endless=inside_endless) for branch in node.branches)
        case Group():
            return nested(node.inside, inside_endless=inside_endless and not node.look)
        case Repeat():
            endless = node.high is None
            return (endless and inside_endless) or nested(node.item, inside_endless=inside_endless or endless)


def grows_too_fast(pattern: regex.Pattern[str], tree: Node) -> bool:
    """Whether eight times the text takes much more than eight times as long, for any text generated from the tree."""
    whole = _sample(tree)
    return any(_grows(pattern, piece, whole) for piece in dict.fromkeys(_pieces(tree, "")))


def _grows(pattern: regex.Pattern[str], piece: str, whole: str) -> bool:
    large = _seconds(pattern, piece, whole, _LENGTH)
    if large < _QUICK_SECONDS:
        return False
    if large == _ENDLESS:
        return True
    return large > _ALLOWED_GROWTH * max(_seconds(pattern, piece, whole, _SHORT), 1e-5)


def _seconds(pattern: regex.Pattern[str], piece: str, whole: str, length: int) -> float:
    """Processor time of the better of two runs; endless when it does not finish."""
    # the value at the end keeps the engine from rejecting early; no class matches the newline
    text = piece * (length // len(piece)) + "\n" + whole
    best = _ENDLESS
    for _ in range(2):
        start = time.thread_time()
        try:
            sum(1 for _ in pattern.finditer(text, timeout=_PATIENCE_SECONDS))
        except TimeoutError:
            return _ENDLESS
        best = min(best, time.thread_time() - start)
        if best < _QUICK_SECONDS:
            break
    return best


def _pieces(node: Node, before: str) -> Iterator[str]:
    """The texts to repeat: every character class and every repeated part, with and without its prefix."""
    match node:
        case Chars():
            yield node.sample
        case Chain():
            for item in node.items:
                yield from _pieces(item, before)
                before += _sample(item)
            yield before or " "
        case Choice():
            for branch in node.branches:
                yield from _pieces(branch, before)
        case Group():
            yield from _pieces(node.inside, before)
        case Repeat():
            yield from _pieces(node.item, before)
            once = _sample(node.item)
            if once:
                yield (before + once * min(node.high or _MANY, _MANY))[-_SHORT:]


def _sample(node: Node) -> str:
    """A short text that the node matches, lookarounds ignored."""
    match node:
        case Chars():
            return node.sample
        case Chain():
            return "".join(map(_sample, node.items))
        case Choice():
            return _sample(node.branches[0])
        case Group():
            return "" if node.look else _sample(node.inside)
        case Repeat():
            return _sample(node.item) * max(node.low, 1 if node.high != 0 else 0)
