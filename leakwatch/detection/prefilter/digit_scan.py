"""Finds the digits in a block that can be part of a value. Vectorised.

Numbers have no literal to search for, and patterns are slow where digits are everywhere. So the patterns of detectors
that declare ``digit_runs`` are only matched around the positions that the digit scan returns:

* a declared unbroken run of digits after a word border or one whole word;
* a run of six digits or more after a separator after a digit (``+86 755…``, ``(037)123456``);
* groups of digits: three, or two of which the first has four digits or more;
* the two dates of a machine-readable passport.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leakwatch.detection.prefilter.hyperscan_db import Literals
from leakwatch.detection.prefilter.key_scan import KeyScan
from leakwatch_detectors.contract import Detector, Requirement
from leakwatch_detectors.evidence.context import WINDOW_BEFORE, WORDS_BEFORE

Array = Any
"""An array of numpy, which is imported late."""

BEFORE = 24
"""How many bytes before its position a value may begin, including its lookbehind."""

AFTER = 88
"""How many bytes after it a value may end, including its lookahead."""

ROW = BEFORE + AFTER + 1
"""Bytes of the row returned for each position; the last one is a newline."""

NUMBER = "[0-9]{3}[-.) ]? ?[0-9]{3}"
"""An expression that every text with a position matches; without a match the scan is not needed."""

_SLICE = 1 << 18
_EDGE = 64
_MOST = 19
_WORD = 8
_DATE = 7
_BIRTH = 6
_HIGH_BITS = 0x8080808080808080
_WIDEST = 4
_PAD = -(-max(512, _WIDEST * WINDOW_BEFORE) // 64) * 64
"""How many bytes a block is padded with: no window around a run leaves it."""
_BEYOND = 32
"""How many characters after its first digit a word behind a number may end."""
_NEAR = -(-(WINDOW_BEFORE + _BEYOND) // 8) * 8
"""How many bytes near a run are checked for non-ASCII, in words of eight."""
_DIGIT, _SEPARATOR, _LETTER = 1, 2, 4
_NEWLINE, _BLANK, _CLOSING, _DASH, _DOT, _ZERO, _ONE, _TWO, _THREE, _SIX = b"\n )-.01236"


class DigitScan:
    """The digit scan of some detectors. Imports numpy. Not thread-safe."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        import numpy as np  # noqa: PLC0415 (0.1 s, and only a scan needs it)

        self._np: Any = np
        self._needs = np.zeros((2, _MOST + 2, 10), np.uint8)
        for run in (run for one in detectors for run in one.prefilter.digit_runs):
            firsts = [int(digit) for digit in run.first]
            for after_letters in (1,) if run.after_letters else (0, 1):
                self._needs[after_letters, run.length, firsts] |= run.requires.value
        self._kinds = np.zeros(256, np.uint8)
        for code in range(256):
            sign = chr(code)
            if sign.isascii() and sign.isalnum():
                self._kinds[code] = _DIGIT if sign.isdigit() else _LETTER
        self._kinds[list(b" -)")] = _SEPARATOR
        self._may_follow = self._kinds & (_DIGIT | _LETTER) == 0
        self._may_follow[list(b"AXxe")] = True  # check characters, and "ext"
        self._sexes = np.zeros(256, bool)
        self._sexes[list(b"MFX<")] = True
        self._luhn = np.array([list(range(10)), [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]], np.uint8)
        self._whole = np.empty(0, np.uint8)
        self._buffer = np.empty(_SLICE + 3 * _EDGE, np.uint8)
        self._flags = np.empty(_SLICE + 3 * _EDGE, bool)
        self._statements = Literals(["INSERT", "insert"])
        self._keys = KeyScan(
            [one for one in detectors if any(run.requires is Requirement.NAME for run in one.prefilter.digit_runs)]
        )

    def rows(self, block: bytes) -> tuple[Array, bytes]:
        """The start of each row in the block (it may begin before the block or end after it), and all rows."""
        np = self._np
        whole = self._padded(block)
        end = len(block) + _PAD
        slices = [self._in_slice(whole, start, min(start + _SLICE, end)) for start in range(_PAD, end, _SLICE)]
        runs, lasts, groups = map(np.concatenate, zip(*slices, strict=True))
        places = np.sort(np.concatenate([self._possible(block, whole, runs, lasts - runs + 1), groups]))
        if len(places):
            places = places[np.diff(places // BEFORE, prepend=-1) > 0]
        rows = _windows(whole, places - BEFORE, ROW)
        _cut(rows)
        return places - (_PAD + BEFORE), rows.tobytes()

    def _padded(self, block: bytes) -> Array:
        """The block between newlines; valid until the next one."""
        size = len(block) + 2 * _PAD
        if size > len(self._whole):
            self._whole = self._np.empty(size, self._np.uint8)
        whole = self._whole[:size]
        whole[:_PAD] = whole[-_PAD:] = _NEWLINE
        whole[_PAD:-_PAD] = self._np.frombuffer(block, self._np.uint8)
        return whole

    def _in_slice(self, whole: Array, start: int, end: int) -> tuple[Array, Array, Array]:
        """The begin and end of runs of six digits or more, and the begin of groups that may form a value."""
        np = self._np
        size = -(-(end - start + 2 * _EDGE) // 64) * 64
        part = whole[start - _EDGE : start - _EDGE + size]
        if len(part) < size:
            part = np.concatenate([part, np.full(size - len(part), _NEWLINE, np.uint8)])
        buffer, flags = self._buffer[:size], self._flags[:size]

        def bits(sign: int, width: int = 1) -> Array:
            np.subtract(part, sign, out=buffer)
            np.less(buffer, width, out=flags)
            return np.packbits(flags, bitorder="little").view(np.uint64)

        def places(of: Array) -> Array:
            words = np.flatnonzero(of != 0)
            at = np.flatnonzero(np.unpackbits(of[words].view(np.uint8), bitorder="little").view(bool))
            at = words[at >> 6] * 64 + (at & 63) + (start - _EDGE)
            return at[np.searchsorted(at, start) : np.searchsorted(at, end)]

        digits = bits(_ZERO, 10)
        three = digits & _ahead(digits, 1) & _ahead(digits, 2)
        four = three & _ahead(digits, 3)
        six = three & _ahead(three, 3)
        blank, closing, dot = bits(_BLANK), bits(_CLOSING), bits(_DOT)
        between = blank | bits(_DASH) | closing
        tail = _ahead(between, 1) & _ahead(three, 2)
        groups = _ahead(three, 2) & _ahead(tail, 4) | _ahead(four, 2) & _ahead(tail, 5)
        groups &= (digits | closing) & _ahead(between, 1)
        groups |= four & _ahead(tail, 3)
        blanks = blank & _ahead(blank, 1)
        for sign, width in ((dot, 1), (blanks, 2)):
            groups |= three & _ahead(sign, 3) & _ahead(four & _ahead(sign, 4) & _ahead(four, 4 + width), 3 + width)
        first, last = six & ~_behind(digits, 1), _behind(six, 5) & ~_ahead(digits, 1)
        return places(first), places(last), places(groups)

    def _possible(self, block: bytes, whole: Array, runs: Array, lengths: Array) -> Array:
        """Those of the runs that a value may have, or end with."""
        np = self._np
        short = lengths <= _MOST
        runs, lengths = runs[short], lengths[short]
        before, behind, further = whole[runs - 1], whole[runs - 2], whole[runs - 3]
        following = whole[runs + lengths]
        separated, numbered = self._kinds[before] == _SEPARATOR, self._kinds[behind] == _DIGIT
        passed = separated & ((behind == _CLOSING) | ((behind == _BLANK) & (self._kinds[further] == _DIGIT)))
        passed |= separated & numbered & (lengths > _DATE)
        asked = np.flatnonzero(~passed & separated & numbered)
        passed[asked] = self._behind_area(whole, runs[asked])
        passed |= (lengths == _DATE) & self._sexes[following] & (self._kinds[whole[runs + _DATE + 1]] == _DIGIT)
        after_word = self._kinds[before] == _LETTER
        needs = self._needs[after_word.astype(np.intp), lengths, whole[runs] - _ZERO]
        needs = needs * (self._may_follow[following] & ~((before == _DOT) & numbered))
        worded = np.flatnonzero(after_word & (needs != 0))
        needs[worded[~self._behind_word(whole, runs[worded])]] = 0
        passed |= needs & Requirement.NOTHING.value != 0
        asked = np.flatnonzero(~passed & (needs & Requirement.LUHN.value != 0))
        passed[asked] = self._checked(_windows(whole, runs[asked], _MOST), lengths[asked])
        asked = np.flatnonzero(~passed & (needs & Requirement.DATE.value != 0))
        passed[asked] = self._dated(whole, runs[asked] + _BIRTH)
        asked = np.flatnonzero(~passed & (needs & Requirement.NAME.value != 0))
        passed[asked] = self._named(block, whole, runs[asked])
        return runs[passed]

    def _behind_area(self, whole: Array, runs: Array) -> Array:
        """Which runs after digits follow a zero and an area code, or an area code and a country code."""
        np = self._np
        near = _windows(whole, runs - _WORD, _WORD - 1)[:, ::-1]
        kinds = self._kinds[near]
        index, area = np.arange(len(runs)), np.argmin(kinds == _DIGIT, axis=1)
        in_country = (kinds[index, area] == _SEPARATOR) & (near[index, np.minimum(area + 1, _WORD - 2)] == _SIX)
        return (area > 0) & ((near[index, area - 1] == _ZERO) | in_country)

    def _behind_word(self, whole: Array, runs: Array) -> Array:
        """Which runs follow letters that are a whole word."""
        np = self._np
        kinds = self._kinds[_windows(whole, runs - _WORD - 1, _WORD + 1)][:, ::-1]
        letters = np.argmin(kinds == _LETTER, axis=1)
        return (letters > 0) & (kinds[np.arange(len(runs)), letters] != _DIGIT)

    def _checked(self, rows: Array, lengths: Array) -> Array:
        """Which of the runs end with the check digit of cards."""
        np = self._np
        left = lengths[:, None] - np.arange(_MOST)
        digits = np.where(left > 0, rows - _ZERO, 0)
        return self._luhn[(left % 2 == 0).astype(np.intp), digits].sum(axis=1) % 10 == 0

    def _dated(self, whole: Array, at: Array) -> Array:
        """Where a date of these centuries may begin."""
        year, month, day = whole[at], whole[at + 4], whole[at + 6]
        return ((year == _ONE) | (year == _TWO)) & (month <= _ONE) & (day <= _THREE)

    def _named(self, block: bytes, whole: Array, runs: Array) -> Array:
        """Which of the runs have a key or a word near, or may have a key in the columns of a statement."""
        np = self._np
        named = np.zeros(len(runs), bool)
        plain = ~_beyond_ascii(_windows(whole, runs - WINDOW_BEFORE, _NEAR))
        for width, asked in ((1, np.flatnonzero(plain)), (_WIDEST, np.flatnonzero(~plain))):
            if len(asked):
                before = WINDOW_BEFORE * width
                rows = _windows(whole, runs[asked] - before, before + _BEYOND * width + 1)
                rows[:, -1] = _NEWLINE
                named[asked[self._keys.rows_with(rows.tobytes(), rows.shape[1], before, WORDS_BEFORE * width)]] = True
        for number in np.flatnonzero(~named) if self._statements.occur_in(block) else ():
            at = int(runs[number]) - _PAD
            line = block.rfind(b"\n", 0, at) + 1
            named[number] = block.find(b"INSERT", line, at) >= 0 or block.find(b"insert", line, at) >= 0
        return named


def _windows(whole: Array, starts: Array, width: int) -> Array:
    """The ``width`` bytes from each start."""
    # sliding_window_view is the same, and takes thirty times as long to make; few lines pay for that
    return type(whole)((len(whole) - width + 1, width), whole.dtype, whole, strides=(1, 1))[starts]


def _beyond_ascii(rows: Array) -> Array:
    """Which of the rows, of a multiple of eight bytes each, hold more than ASCII."""
    words = rows.view("<u8")
    seen = words[:, 0].copy()
    for at in range(1, words.shape[1]):
        seen |= words[:, at]
    return seen & _HIGH_BITS != 0


def _ahead(bits: Array, by: int) -> Array:
    """The bits shifted ``by`` positions earlier."""
    moved = bits >> by
    moved[:-1] |= bits[1:] << (64 - by)
    return moved


def _behind(bits: Array, by: int) -> Array:
    """The bits shifted ``by`` positions later."""
    moved = bits << by
    moved[1:] |= bits[:-1] >> (64 - by)
    return moved


def _cut(rows: Array) -> None:
    """Make the rows valid UTF-8: a partial character at either end becomes a newline; so does the last byte."""
    rows[:, -1] = _NEWLINE
    head = rows[:, :3]
    inside = head & 0xC0 == 0x80
    inside[:, 1] &= inside[:, 0]
    inside[:, 2] &= inside[:, 1]
    head[inside] = _NEWLINE
    for back, lead in ((2, 0xC0), (3, 0xE0), (4, 0xF0)):
        rows[rows[:, -back] >= lead, -back:] = _NEWLINE
