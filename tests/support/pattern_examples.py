"""Texts that a detector's pattern finds, at random: each of its spellings comes, also those that no example shows."""

import random
import re._constants as kinds
import re._parser as parser
from functools import cache

from leakwatch_detectors.contract import Detector

_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_SIGNS = "0123456789XA"


def value(detector: Detector, chance: random.Random) -> str:
    """A text like the values of the detector; half of them have the check signs that they need."""
    found = _made(_tree(detector.pattern), chance, {})
    return _checked(detector, found) if chance.random() < 0.5 else found


def _checked(detector: Detector, found: str) -> str:
    """The text with another sign at or before its end, so that the validator takes it, if there is such a one."""
    if not detector.prefilter.digit_runs or detector.validator is None:
        return found
    others = (found[:at] + sign + found[at + 1 :] for at in (len(found) - 1, len(found) - 2) for sign in _SIGNS)
    return next((one for one in (found, *others) if detector.validator(one)), found)


@cache
def _tree(pattern: str):
    return parser.parse(without_looks(pattern))


def without_looks(pattern: str) -> str:
    """A pattern without its look-arounds."""
    kept, at = [], 0
    while at < len(pattern):
        if pattern.startswith(_LOOKS, at):
            at = _end_of_group(pattern, at)
            continue
        step = 2 if pattern[at] == "\\" else 1
        kept.append(pattern[at : at + step])
        at += step
    return "".join(kept)


def _end_of_group(pattern: str, at: int) -> int:
    depth, in_class = 0, False
    while True:
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        else:
            depth += (sign == "(") - (sign == ")")
            if not depth:
                return at + 1
        at += 1


def _made(tree, chance: random.Random, groups: dict) -> str:
    pieces = []
    for kind, what in tree:
        match kind:
            case kinds.LITERAL:
                pieces.append(chr(what))
            case kinds.NOT_LITERAL:
                pieces.append("a")
            case kinds.IN:
                pieces.append(_sign(what, chance))
            case kinds.BRANCH:
                pieces.append(_made(chance.choice(what[1]), chance, groups))
            case kinds.SUBPATTERN:
                groups[what[0]] = _made(what[3], chance, groups)
                pieces.append(groups[what[0]])
            case kinds.GROUPREF:
                pieces.append(groups.get(what, ""))
            case kinds.MAX_REPEAT | kinds.MIN_REPEAT | kinds.POSSESSIVE_REPEAT:
                least, most, repeated = what
                pieces += [_made(repeated, chance, groups) for _ in range(chance.randint(least, min(most, least + 6)))]
            case _:
                raise AssertionError(f"not made yet: {kind}")
    return "".join(pieces)


def _sign(choices, chance: random.Random) -> str:
    if choices[0][0] is kinds.NEGATE:
        return chance.choice("abz5-")
    kind, what = chance.choice(choices)
    return chr(chance.randint(*what)) if kind is kinds.RANGE else chr(what)
