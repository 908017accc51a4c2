"""Expressions over bytes for lines whose view may differ; they may match a line too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leakwatch.detection.prefilter.fullwidth import WIDE
from leakwatch.text.unescape import BASE64, ESCAPES, NUMERALS, ODD_CHARACTERS

_FEW_NUMERALS = 5
"""How many in a row are matched; a spoken number has more, and counting further is expensive."""

_LENGTHS = ((0x00, 0x7F), (0x80, 0x7FF), (0x800, 0xFFFF), (0x10000, 0x10FFFF))


def odd_lines() -> list[str]:
    """Expressions that match at the end of a line that differs in more than the width of common characters.

    So each matches once per line, however much there is to normalise. As one expression they would take five times as
    long.
    """
    return [_line_with(one) for one in (ESCAPES, r"\x00", BASE64)]


def odd_beyond_ascii() -> list[str]:
    """The same for non-ASCII text."""
    # any of their first bytes, of their second, and of their third: a list of them all takes 20 ms to make
    numeral = "".join(map(_any_of, zip(*map(str.encode, NUMERALS), strict=True)))
    said = rf"{numeral}(?:[ -]?{numeral}){{{_FEW_NUMERALS - 1}}}"
    characters = "|".join(one for low, high in _ranges() for one in _sequences(low, high))
    # the digit scan accepts groups of digits, but only the ASCII bracket
    grouped = r"[0-9]\xef\xbc\x89[ \-]{0,2}[0-9]"
    return [_line_with(one) for one in (f"{characters}|{grouped}", said)]


def _line_with(expression: str) -> str:
    return rf"(?:{expression})[^\n]*(?:\n|\z)"


def _ranges() -> Iterator[tuple[int, int]]:
    """The characters to normalise, without the common full-width ones."""
    for low, high in ODD_CHARACTERS:
        for sign in sorted(map(ord, WIDE)):
            if low <= sign <= high:
                if low < sign:
                    yield low, sign - 1
                low = sign + 1  # noqa: PLW2901 (the rest of the range)
        if low <= high:
            yield low, high


def _sequences(low: int, high: int) -> Iterator[str]:
    """What the characters of a range are in UTF-8: ranges of bytes, one after the other."""
    for first, last in _LENGTHS:
        if low <= last and first <= high:
            yield from _of_one_length(max(low, first), min(high, last))


def _of_one_length(low: int, high: int) -> Iterator[str]:
    for back in range(1, len(_bytes(low))):
        rest = (1 << 6 * back) - 1
        if low | rest < high | rest:
            if low & rest:
                yield from _of_one_length(low, low | rest)
                yield from _of_one_length((low | rest) + 1, high)
                return
            if high & rest != rest:
                yield from _of_one_length(low, (high & ~rest) - 1)
                yield from _of_one_length(high & ~rest, high)
                return
    yield "".join(rf"[\x{one:02x}-\x{other:02x}]" for one, other in zip(_bytes(low), _bytes(high), strict=True))


def _bytes(code: int) -> bytes:
    return chr(code).encode("utf-8", "surrogatepass")


def _any_of(some: Iterable[int]) -> str:
    return "[" + "".join(rf"\x{byte:02x}" for byte in sorted(set(some))) + "]"
