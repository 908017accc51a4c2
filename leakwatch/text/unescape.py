r"""The view of a text: escapes undone, look-alike characters normalised, with a map back to the original columns.

Numbers in logs are glued to escapes (``%2213900001234``, ``\u0022139…``, ``ESC[32m139…``) and written with full-width
digits or with invisible characters inside. Patterns match the *view* of a line; places refer to the line itself.

Spoken numbers (``幺三九零零…``, ``壹叁玖…``) become digits.

Of base64 only JSON is decoded, and only with numbers, e-mail addresses or Chinese in it: a value in it has the place of
the whole run. Not undone: other base64, compressed payloads, octal escapes of anything but the escape character.
"""

from __future__ import annotations

import base64
import functools
import html
import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import regex

ROUNDS = 3
"""How deep escapes may be nested (JSON in a query string in JSON)."""

NUMERALS = {
    **dict.fromkeys("零〇洞", "0"),
    **dict.fromkeys("一壹幺", "1"),
    **dict.fromkeys("二贰貳弍两兩", "2"),
    **dict.fromkeys("三叁參叄弎", "3"),
    **dict.fromkeys("四肆", "4"),
    **dict.fromkeys("五伍", "5"),
    **dict.fromkeys("六陆陸", "6"),
    **dict.fromkeys("七柒拐", "7"),
    **dict.fromkeys("八捌", "8"),
    **dict.fromkeys("九玖勾", "9"),
}
"""What digits are called."""

_NUMERAL = f"[{''.join(NUMERALS)}]"
_SAID = rf"{_NUMERAL}(?:[ -]?{_NUMERAL}){{10}}"
"""A spoken number, at least as long as a mobile number. Shorter runs are words (``一二三``)."""

BASE64 = r"(?:eyJ|W3si)"
"""The beginning of JSON in base64 (``{"``, ``[{"``). Other text begins like any long word or path."""

ESCAPES = r"""\\[0-9A-Za-z"'/]|%[0-9A-Fa-f]{2}|&#?[0-9A-Za-z]{1,31};|\x1b\[|#033\[|\^\[\["""
"""The beginnings of escapes, for the prefilter: a text without any of these, ``BASE64``, a spoken number and
``ODD_CHARACTERS`` is its own view."""

ODD_CHARACTERS = (
    *((0x00, 0x00), (0x80, 0xBF), (0x0600, 0x0605), (0x061C, 0x061C), (0x0660, 0x0669), (0x06DD, 0x06DD)),
    *((0x06F0, 0x06F9), (0x070F, 0x2013), (0x2028, 0x202F), (0x205F, 0x20FF), (0x2212, 0x2212), (0x3000, 0x3000)),
    *((0xA620, 0xABFF), (0xFE00, 0xFFFF), (0x10000, 0x1FFFF), (0xE0000, 0x10FFFF)),
)
"""Ranges of code points that hold every character that a view changes (and some that it does not)."""

_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " "}
_HYPHENS = "\u2010\u2011\u2012\u2013\u2212"
_CHANGED = regex.compile(r"[\p{Nd}\p{Zs}\uff01-\uff5e\u2010-\u2013\u2212\x00--[0-9 ]]", regex.V1)
_NUMBER = re.compile(r"\\+[ux]([0-9a-fA-F]{4}|[0-9a-fA-F]{2})")
_MAY_CHANGE = ("\\", "%", "&", "\0", "\x1b", "#033", "^[", "eyJ", "W3si")
"""The characters one of which an ASCII text needs for its view to differ."""

_ODD = re.compile(f"[{''.join(f'{chr(low)}-{chr(high)}' for low, high in ODD_CHARACTERS)}]")

_WHOLE_SAID = re.compile(rf"{_SAID}(?:[ -]?{_NUMERAL})*")
_URL_SAFE = str.maketrans("-_", "+/")
_WORTH_READING = re.compile(r"(?<![0-9])1[0-9]{10}(?![0-9])|[0-9]{15}|@|[^\x00-\x7f]|\\u")
_DIGITS = str.maketrans(NUMERALS)
_DROPPED = regex.compile(r"\p{Cf}")


@dataclass(slots=True)
class View:
    """A readable form of a text. ``starts`` and ``ends`` map its characters to the original; None: one to one."""

    text: str = field(repr=False)
    starts: list[int] | None = field(default=None, repr=False)
    ends: list[int] | None = field(default=None, repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text (code points, end exclusive) that ``text[start:end]`` comes from."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def view(text: str) -> View:
    """The view of one line of text. It holds no NUL; an escaped newline is a newline."""
    if _is_plain(text):
        return View(text)
    found = View(text)
    for _ in range(ROUNDS):
        following = found
        for step in _STEPS:
            if step.may_be_in(following.text):
                following = _without(following, step.pattern, step.pieces)
        if following is found:
            break
        found = following
    if found.text.isascii() and "\0" not in found.text:
        return found
    plain = _CHANGED.sub(lambda match: _plain(match[0]), found.text)
    return _without(View(_read(plain), found.starts, found.ends), _DROPPED, lambda _: ())


def flat(text: str) -> str:
    """The text of the view of each line of ``text``, in as many lines: an escaped newline is a space here."""
    if _is_plain(text):
        return text
    for _ in range(ROUNDS):
        following = text
        for step in _STEPS:
            if step.may_be_in(following):
                following = step.flat(following)
        if following == text:
            break
        text = following
    if text.isascii() and "\0" not in text:
        return text
    plain = _CHANGED.sub(lambda match: _plain(match[0]), text)
    return str(_DROPPED.sub("", _read(plain)))


def _is_plain(text: str) -> bool:
    """Whether a text obviously needs no normalisation."""
    if any(map(text.__contains__, _MAY_CHANGE)):
        return False
    return text.isascii() or (_ODD.search(text) is None and _WHOLE_SAID.search(text) is None)


def _read(text: str) -> str:
    """The text with spoken numbers as digits, character for character."""
    return _WHOLE_SAID.sub(lambda number: number[0].translate(_DIGITS), text)


_Pieces = tuple[tuple[int, str], ...]
"""The meaning of an escape: for each character (or none) the number of characters it was written with.

0 means: all characters of the escape.
"""


def _without(before: View, pattern: re.Pattern[str], replaced: Callable[[re.Match[str]], _Pieces]) -> View:
    """The view with every match of ``pattern`` replaced; the same object if there is none."""
    match = pattern.search(before.text)
    if match is None:
        return before
    text = before.text
    old_starts = before.starts if before.starts is not None else list(range(len(text)))
    old_ends = before.ends if before.ends is not None else list(range(1, len(text) + 1))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in pattern.finditer(text):
        pieces.append(text[at : match.start()])
        starts += old_starts[at : match.start()]
        ends += old_ends[at : match.start()]
        at = match.start()
        for width, character in replaced(match):
            if character:
                pieces.append(character)
                starts.append(old_starts[at])
                ends.append(old_ends[(at + width if width else match.end()) - 1])
            at += width
        at = match.end()
    pieces.append(text[at:])
    starts += old_starts[at:]
    ends += old_ends[at:]
    return View("".join(pieces), starts, ends)


def _dropped(_: re.Match[str]) -> _Pieces:
    return ()


def _numbered(match: re.Match[str]) -> _Pieces:
    r"""A run of ``\u`` and ``\x`` escapes; two halves of a surrogate pair are one character."""
    pieces: list[tuple[int, str]] = []
    codes = [(len(one[0]), int(one[1], 16)) for one in _NUMBER.finditer(match[0])]
    for (width, code), (_, following) in itertools.pairwise([*codes, (0, 0)]):
        if 0xD800 <= code < 0xDC00 <= following < 0xE000:
            pieces.append((width, chr(0x10000 + ((code - 0xD800) << 10) + (following - 0xDC00))))
        elif pieces and ord(pieces[-1][1]) > 0xFFFF and 0xDC00 <= code < 0xE000:
            pieces[-1] = (pieces[-1][0] + width, pieces[-1][1])
        else:
            pieces.append((width, _character(code)))
    return tuple(pieces)


def _sign(match: re.Match[str]) -> _Pieces:
    return ((len(match[0]), _SIGNS.get(match[1], match[1])),)


def _character(code: int) -> str:
    """The character; U+FFFD for a code that is none (half a surrogate pair, NUL, beyond Unicode)."""
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)


def _percent(match: re.Match[str]) -> _Pieces:
    """A run of percent escapes as UTF-8, else as GB18030; else, and for control characters (``5%13…``), unchanged."""
    run = match[0]
    raw = bytes.fromhex(run.replace("%", ""))
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        pieces: list[tuple[int, str]] = []
        at = 0
        for sign in text:
            width = 3 * len(sign.encode(encoding))
            if sign >= " " or sign in "\t\n\r":
                pieces.append((width, sign))
            else:
                pieces += _as_written(run[at : at + width])
            at += width
        return tuple(pieces) if at == len(run) else _as_written(run)
    return _as_written(run)


def _encoded(match: re.Match[str]) -> _Pieces:
    """JSON in base64 that may hold values; anything else unchanged."""
    run = match[0].rstrip("=").translate(_URL_SAFE)
    try:
        text = base64.b64decode(run + "=" * (-len(run) % 4), validate=True).decode()
    except ValueError:
        return _as_written(match[0])
    if not text.rstrip().endswith(("}", "]")) or not _WORTH_READING.search(text):
        return _as_written(match[0])
    return tuple((0, max(sign, " ")) for sign in text)


def _as_written(text: str) -> _Pieces:
    return tuple((1, sign) for sign in text)


def _entity(match: re.Match[str]) -> _Pieces:
    written = match[0]
    meant = html.unescape(written)
    if len(meant) != 1:
        return _as_written(written)
    return ((len(written), _character(ord(meant))),)


@functools.lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    """The ASCII character for another digit, space, hyphen or full-width character."""
    if "\uff01" <= sign <= "\uff5e":
        return chr(ord(sign) - 0xFEE0)
    if sign == "\0":
        return "\ufffd"
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category == "Zs":
        return " "
    return "-" if sign in _HYPHENS else sign


@dataclass(frozen=True, slots=True)
class _Step:
    """One kind of escape: its markers, pattern and meaning. ``flat`` undoes it in many lines at once.

    A text needs one of the markers; ``sign`` is a character that all of them have (or empty).
    """

    sign: str
    markers: tuple[str, ...]
    pattern: re.Pattern[str]
    pieces: Callable[[re.Match[str]], _Pieces]
    flat: Callable[[str], str]

    def may_be_in(self, text: str) -> bool:
        """Whether a text has a marker. Most do not even have the common character, which is quick to test."""
        return self.sign in text and any(marker in text for marker in self.markers)


def _step(sign: str, pattern: str, pieces: Callable[[re.Match[str]], _Pieces], *markers: str) -> _Step:
    """A step that replaces matches one by one."""
    compiled = re.compile(pattern)

    def said(match: re.Match[str]) -> str:
        return "".join(piece for _, piece in pieces(match)).replace("\n", " ").replace("\r", " ")

    return _Step(sign, markers, compiled, pieces, lambda text: compiled.sub(said, text))


_TAB = re.compile(r"\\+t")
_BLANK = re.compile(r"\\+[nrbf]")


def _without_backslashes(text: str) -> str:
    for sign in "\"'/":
        while f"\\{sign}" in text:
            text = text.replace(f"\\{sign}", sign)
    return text


_STEPS = (
    # no part of a JWT, which is a finding itself
    _step(
        "",
        rf"(?<![A-Za-z0-9+/_.-]){BASE64}[A-Za-z0-9+/_-]{{20,65556}}={{0,2}}(?![A-Za-z0-9+/_.=-])",
        _encoded,
        "eyJ",
        "W3si",
    ),
    _step(
        "[",
        r"(?:\x1b|\\+(?:u001[bB]|x1[bB]|033|e)|#033|\^\[)\[[0-9;:?]*[ -/]*[@-~]",
        _dropped,
        *("\x1b[", "1b[", "1B[", "033[", "^[[", "\\e["),
    ),
    _step("\\", r"(?:\\+(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}))+", _numbered, "\\u", "\\x"),
    # by far the most common, and independent of their neighbours: no match is inspected
    _Step("\\", ('\\"', "\\'", "\\/"), re.compile(r"""\\+(["'/])"""), _sign, _without_backslashes),
    _Step(
        "\\",
        ("\\n", "\\r", "\\t", "\\b", "\\f"),
        re.compile(r"\\+([nrtbf])"),
        _sign,
        lambda text: _BLANK.sub(" ", _TAB.sub("\t", text)),
    ),
    _step("%", r"(?:%[0-9a-fA-F]{2})+", _percent, "%"),
    _step("&", r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}[0-9]?);", _entity, "&"),
)
