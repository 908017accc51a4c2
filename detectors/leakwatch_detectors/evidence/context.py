"""The evidence around a value: its key, a word nearby, nothing, or a key of something else.

One mechanism for all detectors, on the raw text: Chinese has no word borders that a tokeniser without a model could
find, and keys in logs are no words of a language.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

import regex

from leakwatch_detectors.contract import Detector, Scores, Tolerance
from leakwatch_detectors.evidence.insert_columns import REACH as COLUMN_REACH
from leakwatch_detectors.evidence.insert_columns import column_of
from leakwatch_detectors.evidence.key_names import NEGATIVE_KEYS, KeyNames, key_names
from leakwatch_detectors.evidence.key_owner import REACH as OWNER_REACH
from leakwatch_detectors.evidence.key_owner import is_plain, owned

WORDS_BEFORE = 24
WORDS_AFTER = 6
"""How many characters before and after a value are searched for words."""

KEY_REACH = 96
"""How many characters before a value its key may begin."""

_BORDER = 4
"""How many characters before a key decide whether it is a whole word or stands in brackets."""

WINDOW_BEFORE = KEY_REACH + _BORDER
"""How many characters before a value can change its evidence, unless its key is a plain ``name``."""

NAME_WINDOW_BEFORE = WINDOW_BEFORE + OWNER_REACH + _BORDER
"""The same where the key is a plain ``name``: its owner is searched before the key."""
_ENDS = ("\n", "\0")


class Evidence(enum.Enum):
    """What supports that a value is what its shape suggests."""

    KEY = "key"
    CONTEXT = "context"
    NONE = "none"
    NEGATIVE = "negative"


SCORE_BY: Mapping[Evidence, Callable[[Scores], float]] = {
    Evidence.KEY: attrgetter("key"),
    Evidence.CONTEXT: attrgetter("context"),
    Evidence.NONE: attrgetter("bare"),
    Evidence.NEGATIVE: attrgetter("negative"),
}
"""Which of the scores counts."""


@dataclass(frozen=True, slots=True)
class Context:
    """The evidence for one value, and the span of the key that names it (None if there is none)."""

    evidence: Evidence
    key: tuple[int, int] | None = None


_KEY = regex.compile(
    r"""(?r)
    (?P<key> (?: [\p{Han}A-Za-z0-9_.$@\-]{1,40} [ ] ){0,3} [\p{Han}A-Za-z0-9_.$\-]{0,40} [\p{Han}A-Za-z0-9_] )
    (?P<gap> [\s"'\\>\])）】」*]{0,4} (?:[是为為]|[ ]is)? (?: [:：=＝?]{1,4}>? | -> )? [\s"'\\(（\[【「<{]{0,4} )
    """,
    regex.VERBOSE,
)
_BETWEEN = regex.compile(
    r"""(?: [(（\[【]
        (?: [^)）\]】\n]{0,REACH} [)）\]】] | [\p{Han}A-Za-z0-9_.$@\- ]{1,REACH} (?: ["']?[/\#,，]["']? )? )
    | <[^<>\n]{0,REACH}>
    | [\s"'\\>\])）】」*＊:：=＝?(（\[【「<{_.\-0-9$] | [是为為] | [号號][码碼]?
    | (?i: s | nos? | num(?:bers?)? | list | str(?:ing)? | val(?:ue)? | text | plain | raw | old | new | is )
    ){0,REACH}+""".replace("REACH", str(KEY_REACH)),
    regex.VERBOSE,
)
_WEAK_KEY = regex.compile(r"""(?r)(?P<key>[\p{Han}A-Za-z0-9_.]{0,40}[\p{Han}A-Za-z0-9])["']?[-_/#,，]["']?""")
_CELL_KEY = regex.compile(
    r"""(?r)(?P<key>[\p{Han}A-Za-z0-9_.$\- ]{0,40}[\p{Han}A-Za-z0-9_])\s?[:：]?\s?
    (?: </[a-z]{1,8}>\s{0,4} ){1,2}
    (?: <(?:t[dh]|dd|span|div|p|b|strong|li|em|font|label)(?:[ ][^<>]{0,60})?>\s{0,4} ){1,2}
    """,
    regex.VERBOSE,
)
_TIE = regex.compile(r"[:：=＝>\[({是为為]")
_OPENING = frozenset("(（【")
_HAN = regex.compile(r"\p{Han}")
_NOT_A_NUMBER = regex.compile(r"""(?r)(?: @ | HTTP/[0-9.]+"?[ ][1-5][0-9]{2}[ ] )""", regex.VERBOSE)
_UNIT = regex.compile(r"[ ]?(?:bytes?|字节|字節|毫秒|[mnu]s|[KMG]B|万?元|条|次|笔|[rR]ows)(?![A-Za-z])")
_STOP = regex.compile(r"""[;；。|&{}\t"'<>]|[0-9]{5,}|=[^\s=]*\s""")
_STOP_BEFORE_KEY = regex.compile(r"""[,，;；。|&{}\t"'<>]|[0-9]{5,}|=[^\s=]*\s""")


@dataclass(frozen=True, slots=True)
class _Key:
    """The key before a value: its span; whether a character (``=``, ``:``, ``>``, a bracket) ties it to the value.

    A key that is not ``near`` is separated by a comma, a slash or a dash: it may belong to something else.
    """

    start: int
    end: int
    tied: bool
    near: bool


def judge(detector: Detector, text: str, start: int, end: int) -> Context:
    """The evidence for the value ``text[start:end]``. Nothing beyond a newline or NUL counts."""
    floor = _floor(text, start, KEY_REACH)
    if _NOT_A_NUMBER.match(text, floor, start):
        return Context(Evidence.NEGATIVE)
    names, negative, words = _vocabulary(detector.keys, detector.words, detector.negative_keys)
    keys = _keys_before(text, floor, start)
    for key, name in _names_of(text, keys, start, end):
        verdict = _verdict(names, negative, name)
        if verdict is Evidence.KEY and not key.near:
            verdict = Evidence.CONTEXT
        if verdict is not Evidence.NONE:
            return Context(verdict, _last_word(text, key))
    if column := column_of(text, _floor(text, start, COLUMN_REACH), start):
        return Context(_verdict(names, negative, text[slice(*column)]), column)
    nearest = keys[0] if keys else None
    shown = _last_word(text, nearest) if nearest is not None and nearest.tied else None
    windows = _windows(text, nearest, floor, start, end)
    around = [text[slice(*span)] for span in windows]
    if any(_has_word(detector.negative_words, window) for window in around):
        return Context(Evidence.NEGATIVE, shown)
    if any(_has_word(words, window) for window in around):
        return Context(Evidence.CONTEXT, shown)
    return Context(Evidence.NEGATIVE if _UNIT.match(text, end, end + WORDS_AFTER) else Evidence.NONE, shown)


def begins_after(text: str, name_end: int) -> range:
    """Where a value of a key that ends there may begin, after numbers, ties and brackets.

    Nothing else can be a value of this key, except for the columns of an INSERT; not every position is one.
    """
    between = _BETWEEN.match(text, name_end)
    return range(name_end, (between.end() if between else name_end) + 1)


def _floor(text: str, start: int, reach: int) -> int:
    """The start of the record of the value, at most ``reach`` characters before it."""
    low = max(start - reach, 0)
    return max(low, text.rfind("\n", low, start) + 1, text.rfind("\0", low, start) + 1)


def _keys_before(text: str, floor: int, start: int) -> list[_Key]:
    """The key before the value and, if it is in brackets, the one before the brackets."""
    nearest = _key_before(text, floor, start)
    if nearest is None or text[nearest.start - 1 : nearest.start] not in _OPENING:
        return [nearest] if nearest else []
    outer = _key_before(text, floor, nearest.start - 1)
    return [nearest, outer] if outer else [nearest]


def _names_of(text: str, keys: list[_Key], start: int, end: int) -> Iterator[tuple[_Key, str]]:
    """The keys with their texts; a plain ``name`` also with its owner."""
    for key in keys:
        yield key, text[key.start : key.end]
        if key is keys[0] and is_plain(text[key.start : start]) and (whose := owned(text, key.start, end)):
            yield key, whose


def _key_before(text: str, floor: int, start: int) -> _Key | None:
    if text[start - 1 : start] == ">" and (found := _CELL_KEY.match(text, floor, start)):
        return _Key(found.start("key"), found.end("key"), tied=True, near=True)
    if found := _KEY.match(text, floor, start):
        return _Key(found.start("key"), found.end("key"), tied=_TIE.search(found["gap"]) is not None, near=True)
    if found := _WEAK_KEY.match(text, floor, start):
        return _Key(found.start("key"), found.end("key"), tied=False, near=False)
    return None


def _windows(text: str, key: _Key | None, floor: int, start: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where to search for words: before the value, up to other values, and after it.

    Latin words inside a key that is tied to the value do not count (``mobileType=``).
    """
    low, high, stops, last = max(floor, start - WORDS_BEFORE), start, _STOP, start
    if key is not None and key.tied:
        stops = _STOP_BEFORE_KEY
        last, _ = _last_word(text, key)
        if _HAN.search(text, key.start, key.end) is None:
            high = key.start
    for stop in stops.finditer(text, low, last):
        low = stop.end()
    ends = (at for mark in _ENDS if (at := text.find(mark, end, end + WORDS_AFTER)) >= 0)
    return (low, high), (end, min(ends, default=end + WORDS_AFTER))


def score(detector: Detector, evidence: Evidence, value: str) -> float:
    """The score (0 to 1) of ``value`` with this evidence; 0: not reported."""
    return weight(detector, evidence, value, detector.tolerance(value))


def weight(detector: Detector, evidence: Evidence, value: str, tolerance: Tolerance | None) -> float:
    """The same with a known result of ``detector.tolerance`` for the value."""
    if tolerance is not None:
        return tolerance.score if evidence is Evidence.KEY else 0.0
    return SCORE_BY[evidence](detector.scores_for(value) if detector.scores_for else detector.scores)


def judge_key(detector: Detector, key: str) -> Evidence:
    """The evidence of a key alone (a column header, a JSON member) for the values under it."""
    names, negative, _ = _vocabulary(detector.keys, detector.words, detector.negative_keys)
    return _verdict(names, negative, key)


@functools.cache
def _vocabulary(
    keys: tuple[str, ...], words: tuple[str, ...], negative: tuple[str, ...]
) -> tuple[KeyNames, KeyNames, tuple[str, ...]]:
    return key_names(keys), key_names((*NEGATIVE_KEYS, *negative)), tuple(dict.fromkeys((*words, *keys)))


def _has_word(words: tuple[str, ...], window: str) -> bool:
    """Whether one of the words is in the window: Han words anywhere, Latin ones as whole words."""
    low = window.lower()
    return any(word in low and _stands_alone(word, low) for word in words)


def _stands_alone(word: str, text: str) -> bool:
    if not word.isascii():
        return True
    return regex.search(rf"(?<![a-z]){regex.escape(word)}(?![a-z])", text) is not None


@functools.lru_cache(maxsize=4096)
def _verdict(names: KeyNames, negative: KeyNames, key: str) -> Evidence:
    for_it, against = names.match(key), negative.match(key)
    if not for_it and not against:
        return Evidence.NONE
    return Evidence.KEY if for_it >= against else Evidence.NEGATIVE


def _last_word(text: str, key: _Key) -> tuple[int, int]:
    """The span to show: of a key of several words the last one."""
    return text.rfind(" ", key.start, key.end) + 1 or key.start, key.end
