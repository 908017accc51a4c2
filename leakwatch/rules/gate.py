"""What bytes must be in a line for a rule to have anything to say: its ``Anchors``, read off its pattern."""

from __future__ import annotations

from itertools import groupby

from leakwatch.rules.tree import Chain, Chars, Choice, Group, Node, Repeat, shortest
from leakwatch_detectors.contract import Anchors
from leakwatch_detectors.keys import literals as key_literals

_MIN_LITERAL = 2
_MAX_LITERALS = 64
_MIN_DIGITS = 4
_LONGEST_EXPANSION = 256
_DIGIT, _MAYBE_ONE, _OTHER = "D", "s", "X"


def anchors_of(node: Node, keys: tuple[str, ...], words: tuple[str, ...], *, only_named: bool) -> Anchors:
    """The anchors of a rule. One that is ``only_named`` is never reported without one of its keys or words."""
    found = _literals(node)
    if only_named and not found:
        found = tuple(sorted({*key_literals(keys), *words}))
    digits = _digits(node)
    return Anchors(digits if digits >= _MIN_DIGITS else 0, found)


def _literals(node: Node) -> tuple[str, ...]:
    """Texts of which one is in every match; empty when none is long enough to tell anything."""
    found = _best(node)
    return found if found and len(min(found, key=len)) >= _MIN_LITERAL and len(found) <= _MAX_LITERALS else ()


def _best(node: Node) -> tuple[str, ...]:
    match node:
        case Chars():
            return (_stable(node),) if _stable(node) else ()
        case Chain():
            return max(_candidates(node), key=lambda texts: (len(min(texts, key=len)), -len(texts)), default=())
        case Choice():
            each = [_best(branch) for branch in node.branches]
            return tuple(sorted({text for texts in each for text in texts})) if all(each) else ()
        case Group():
            return () if node.look else _best(node.inside)
        case Repeat():
            return _best(node.item) if node.low else ()


def _candidates(chain: Chain) -> list[tuple[str, ...]]:
    flat = [part for item in chain.items for part in _unrolled(item)]
    runs = groupby(flat, key=lambda one: isinstance(one, Chars) and bool(_stable(one)))
    together = [("".join(_stable(one) for one in run if isinstance(one, Chars)),) for same, run in runs if same]
    return together + [texts for one in flat if not isinstance(one, Chars) and (texts := _best(one))]


def _unrolled(node: Node) -> tuple[Node, ...]:
    """A repetition of one character as so many of it; anything else as it is."""
    if isinstance(node, Repeat) and isinstance(node.item, Chars) and node.low == node.high:
        return (node.item,) * node.low
    return (node,)


def _stable(node: Chars) -> str:
    """The character, when it is one, and written in one way where ASCII letters are compared without case."""
    sign = node.literal
    return sign if sign is not None and (sign.isascii() or sign.lower() == sign.upper()) else ""


def _digits(node: Node) -> int:
    """How many digits stand in a row in every match, with at most one other character between each two."""
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
    """A sign for each character that a match has at least: a digit, perhaps one character, or anything else."""
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
    """What a chain of one consists of."""
    return node.items[0] if isinstance(node, Chain) and len(node.items) == 1 else node
