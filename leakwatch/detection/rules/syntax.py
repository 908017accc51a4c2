r"""Parses the regular expressions of rules into a tree, rejects with advice, and writes them as detectors need them.

Detectors search lines joined by NUL, in which Han characters may touch a value. So a pattern is changed to stay in its
line and to mean ASCII: ``.`` and negated classes match neither newline nor NUL, ``\d \w \s`` are the ASCII ones,
``\p{Han}`` is a range. Anchors (``\b ^ $``) are rejected: every rule has guards at both ends.
"""

from __future__ import annotations

import re

from leakwatch.detection.rules.tree import Chain, Chars, Choice, Group, Node, Repeat
from leakwatch_detectors.values.boundaries import HAN

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r" \t"}
_RANGES = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": ((0x20, 0x20), (0x09, 0x09)),
    "p": ((0x4E00, 0x9FFF), (0x3007, 0x3007), (0x3400, 0x4DBF), (0xF900, 0xFAFF)),
}
_GROUP = re.compile(r"\(\?(?::|P<[A-Za-z_][A-Za-z_0-9]*>|=|!|<=|<!|>|i:|-i:)|\((?!\?)")
_COUNT = re.compile(r"\{([0-9]{1,4})(,([0-9]{0,4}))?\}")
_MAX_DEPTH = 40
_LAST = 0x10FFFF


class SyntaxRefusedError(ValueError):
    """A pattern that a rule cannot use; the text says what, where (from 1) and what to write instead."""


def parse(pattern: str) -> Node:
    """The tree of a pattern; ``SyntaxRefusedError`` when a rule cannot use it."""
    whole = pattern.removeprefix("(?i)")
    reader = _Reader(whole, len(pattern) - len(whole))
    tree = reader.choice(0)
    if reader.left():
        raise reader.refusal("has a bracket that nothing opens; write \\) for the character itself")
    return Group("(?i:", tree) if whole != pattern else tree


class _Reader:
    """Reads a pattern once, from left to right. ``offset`` is the length of the text before it."""

    def __init__(self, text: str, offset: int) -> None:
        self._text, self._at, self._offset = text, 0, offset

    def left(self) -> bool:
        return self._at < len(self._text)

    def refusal(self, text: str) -> SyntaxRefusedError:
        return SyntaxRefusedError(f"{text} (character {self._at + self._offset + 1} of the pattern)")

    def choice(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise self.refusal("is nested too deeply")
        branches = [self._chain(depth)]
        while self._text[self._at : self._at + 1] == "|":
            self._at += 1
            branches.append(self._chain(depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _chain(self, depth: int) -> Node:
        items: list[Node] = []
        while self.left() and self._text[self._at] not in "|)":
            items.append(self._repeated(self._atom(depth)))
        return Chain(tuple(items))

    def _atom(self, depth: int) -> Node:
        sign = self._text[self._at]
        if sign == "(":
            return self._group(depth)
        if sign == "[":
            return self._class()
        if sign in "^$":
            raise self.refusal(f"has {sign}, but a value is inside a line; remove it, or write \\{sign}")
        if sign in "*+?{":
            raise self.refusal(f"repeats nothing with {sign}; write \\{sign} for the character itself")
        if sign == ".":
            self._at += 1
            return Chars(r"[^\n\x00]", ((0, 0), (10, 10)), negated=True)
        if sign == "\\":
            return self._escape()
        if sign in "\n\0":
            raise self.refusal("contains a line break; a value is within one line")
        self._at += 1
        return _literal(sign)

    def _group(self, depth: int) -> Node:
        opening = _GROUP.match(self._text, self._at)
        if opening is None:
            raise self.refusal("has a group of a kind that rules do not take; write (?:…)")
        start = self._at
        self._at = opening.end()
        inside = self.choice(depth + 1)
        if not self.left():
            self._at = start
            raise self.refusal("has a bracket that is not closed")
        self._at += 1
        plain = opening[0] == "(" or opening[0].startswith("(?P<")
        return Group("(?:" if plain else opening[0], inside)

    def _repeated(self, item: Node) -> Node:
        sign = self._text[self._at : self._at + 1]
        if sign and sign in "*+?":
            low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            self._at += 1
        elif count := _COUNT.match(self._text, self._at):
            low = int(count[1])
            high = low if count[2] is None else int(count[3]) if count[3] else None
            if high is not None and high < low:
                raise self.refusal(f"repeats {low} to {high} times; the smaller number comes first")
            self._at = count.end()
        else:
            return item
        if isinstance(item, Group) and item.look:
            raise self.refusal("repeats a lookaround")
        manner = self._text[self._at : self._at + 1]
        manner = manner if manner and manner in "?+" else ""
        self._at += len(manner)
        if self._text[self._at : self._at + 1] in tuple("*+?"):
            raise self.refusal("repeats a repetition; put the inner one in (?:…)")
        return Repeat(item, low, high, manner)

    def _escape(self) -> Chars:
        letter = self._text[self._at + 1 : self._at + 2]
        if letter in _CLASSES:
            self._at += 2
            return Chars(f"[{_CLASSES[letter]}]", _RANGES[letter])
        if letter.lower() in _CLASSES and letter:
            self._at += 2
            kind = letter.lower()
            return Chars(rf"[^{_CLASSES[kind]}\n\x00]", (*_RANGES[kind], (0, 0), (10, 10)), negated=True)
        if self._text.startswith(r"\p{Han}", self._at):
            self._at += 7
            return Chars(f"[{HAN}]", _RANGES["p"])
        return _literal(self._escaped_sign())

    def _escaped_sign(self) -> str:
        letter = self._text[self._at + 1 : self._at + 2]
        if code := re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))").match(self._text, self._at):
            sign = chr(int(code[1] or code[2], 16))
        elif letter == "t":
            sign = "\t"
            code = None
        elif not letter:
            raise self.refusal("ends with a backslash")
        elif letter in "bB":
            raise self.refusal(
                f"has \\{letter}, which sees no border beside Han characters; leave it out: borders: true "
                "keeps letters and digits from touching the value"
            )
        elif letter.isascii() and letter.isalnum():
            raise self.refusal(f"has \\{letter}, which rules do not take; write an ASCII class such as [0-9A-Za-z]")
        else:
            sign = letter
        if sign in "\n\0":
            raise self.refusal("contains a line break; a value is within one line")
        self._at += code.end() - code.start() if code else 2
        return sign

    def _class(self) -> Chars:
        start = self._at
        self._at += 1
        negated = self._text[self._at : self._at + 1] == "^"
        self._at += negated
        ranges: list[tuple[int, int]] = []
        parts: list[str] = []
        first = True
        while first or self._text[self._at : self._at + 1] != "]":
            if not self.left():
                self._at = start
                raise self.refusal("has a class that is not closed; write \\[ for the character itself")
            first = False
            self._member(parts, ranges)
        self._at += 1
        if negated:
            return Chars(rf"[^{''.join(parts)}\n\x00]", (*ranges, (0, 0), (10, 10)), negated=True)
        return Chars(f"[{''.join(parts)}]", tuple(ranges))

    def _member(self, parts: list[str], ranges: list[tuple[int, int]]) -> None:
        letter = self._text[self._at + 1 : self._at + 2] if self._text[self._at] == "\\" else ""
        if letter and letter in _CLASSES:
            self._at += 2
            parts.append(_CLASSES[letter])
            ranges.extend(_RANGES[letter])
            return
        if self._text.startswith(r"\p{Han}", self._at):
            self._at += 7
            parts.append(HAN)
            ranges.extend(_RANGES["p"])
            return
        low = high = self._class_sign()
        if self._text[self._at : self._at + 1] == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
            self._at += 1
            high = self._class_sign()
            if high < low:
                raise self.refusal("has a range whose end comes before its beginning")
        parts.append(_escaped(low) if low == high else f"{_escaped(low)}-{_escaped(high)}")
        ranges.append((ord(low), ord(high)))

    def _class_sign(self) -> str:
        sign = self._text[self._at]
        if sign == "\\":
            return self._escaped_sign()
        if sign in "\n\0":
            raise self.refusal("contains a line break; a value is within one line")
        self._at += 1
        return sign


def _literal(sign: str) -> Chars:
    return Chars(_escaped(sign), ((ord(sign), ord(sign)),))


def _escaped(sign: str) -> str:
    if sign == "\t":
        return r"\t"
    if sign.isascii() and not sign.isalnum():
        return rf"\x{ord(sign):02x}"
    return sign
