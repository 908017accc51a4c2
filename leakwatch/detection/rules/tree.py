"""The syntax tree of a pattern."""

from __future__ import annotations

from dataclasses import dataclass

_LOOK = {"(?=", "(?!", "(?<=", "(?<!"}


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of ``ranges`` (code points, both ends inclusive), or out of all others."""

    written: str
    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    @property
    def literal(self) -> str | None:
        """The character, when it can be one only."""
        (low, high) = self.ranges[0]
        return chr(low) if len(self.ranges) == 1 and low == high and not self.negated else None

    @property
    def digit(self) -> bool:
        """Whether it is always a digit."""
        return not self.negated and all(low >= 0x30 and high <= 0x39 for low, high in self.ranges)

    @property
    def sample(self) -> str:
        """A character it takes."""
        if not self.negated:
            return chr(self.ranges[0][0])
        free = (sign for sign in "a0A-.~ 中" if not self._holds(ord(sign)))
        return next(free, "\uffee")

    def _holds(self, point: int) -> bool:
        return any(low <= point <= high for low, high in self.ranges)


@dataclass(frozen=True, slots=True)
class Chain:
    """One after another."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group; ``opening`` is its kind. A lookaround consumes no characters."""

    opening: str
    inside: Node

    @property
    def look(self) -> bool:
        """Whether it is a lookaround."""
        return self.opening in _LOOK


@dataclass(frozen=True, slots=True)
class Repeat:
    """``low`` to ``high`` times (None: without end); ``manner`` is greedy (empty), ``?`` or ``+``."""

    item: Node
    low: int
    high: int | None
    manner: str


Node = Chars | Chain | Choice | Group | Repeat


def written(node: Node) -> str:
    """The tree as a regular expression of the ``regex`` module, with ASCII classes, within one line."""
    match node:
        case Chars():
            return node.written
        case Chain():
            return "".join(map(written, node.items))
        case Choice():
            return "|".join(map(written, node.branches))
        case Group():
            return f"{node.opening}{written(node.inside)})"
        case Repeat():
            return written(node.item) + _times(node.low, node.high) + node.manner


def shortest(node: Node) -> int:
    """How many characters a match has at least."""
    match node:
        case Chars():
            return 1
        case Chain():
            return sum(map(shortest, node.items))
        case Choice():
            return min(map(shortest, node.branches))
        case Group():
            return 0 if node.look else shortest(node.inside)
        case Repeat():
            return node.low * shortest(node.item)


def _times(low: int, high: int | None) -> str:
    known = {(0, None): "*", (1, None): "+", (0, 1): "?"}
    if (low, high) in known:
        return known[low, high]
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"
