"""Person names in the tagged words of a text: what the model tags as a name, and what stands in the place of one.

The model knows words, not surnames: it cuts rare names too short or too long, attaches some to the word before, and
takes shops for their founders. Tables of surnames and given-name characters, roles before a name and titles after it
correct that. Names that are masked already (张某) do not count.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from leakwatch_detectors.data import tables
from leakwatch_detectors.data.provinces import PROVINCE_NAMES
from leakwatch_detectors.data.surnames import COMPOUND_SURNAMES, NOT_NAMES, RARE_SURNAMES, SURNAMES
from leakwatch_detectors.values.boundaries import HAN

SURE, LIKELY, UNLIKELY = 0.85, 0.6, 0.35
"""The score of a name: with a surname and a title or role beside it, with one of these, with neither."""


class Word(NamedTuple):
    """``text[start:end]`` with the tag of the model."""

    start: int
    end: int
    tag: str


Found = dict[tuple[int, int], float]
"""Spans of names with their scores."""

_GIVEN_NAME_CHARACTERS = frozenset(tables.characters("given_name_characters.txt"))
_NAME_LIKE_WORDS = frozenset(tables.words("name_like_words.txt"))
_ANY_SURNAMES = frozenset(SURNAMES + RARE_SURNAMES)
_HAN = regex.compile(rf"[{HAN}]+")
_SURNAME = rf"(?:{'|'.join(COMPOUND_SURNAMES)}|[{SURNAMES}])"
_TITLE = (
    r"(?:先生|女士|小姐|太太|老师|老師|医生|醫生|大夫|律师(?!事务)|律師(?!事務)|法官|经理|經理|主任|同学|同學|师傅|師傅|警官|教授|博士"
    r"|同志|阿姨|叔叔|大爷|大妈|老人|院长|院長|校长|校長|主管|总监|总经理|董事长|院士|书记|局长|處長|处长|队长)"
)
_AFTER = regex.compile(rf"[ ]?(?:{_TITLE}|本人|名下|之[妻夫子女父母]|[（(][男女])")
_ENDS_IN_TITLE = regex.compile(rf"{_TITLE}$")
_TITLED = regex.compile(rf"{_SURNAME}[{HAN}]{{1,2}}(?={_TITLE})")
_STATES = regex.compile(
    rf"{_SURNAME}(?P<given>[{HAN}]{{1,2}})(?=名下|本人|之[妻夫子女父母]|[辩诉述供]称|[辯訴述供]稱|供述|陈述|陳述)"
)
_ROLES = (
    r"(?:客户|客戶|顾客|用户|用戶|会员|會員|业主|患者|病人|学生|博士生|研究生|原告|被告|被告人|上诉人|上訴人|被上诉人|申请人"
    r"|申請人|执行人|证人|證人|第三人|案外人|鉴定人|被害人|死者|代理人|代表人|代办人|负责人|審判長|审判长|审判员|陪审员"
    r"|书记员|记者|記者|通讯员|编辑|主持人|发言人|發言人|员工|職員|职员|柜员|主管|经理|主任|主席|总裁|董事长|医生|老师|教练"
    r"|裁判|歌手|演员|导演|民警|警官|男子|女子|村民|市民|居民|牧民|村支书|司机|乘客|借款人|还款人|担保人|保证人|联系人"
    r"|收货人|收件人|寄件人|投保人|受益人|被保险人|致电|拨打|坐席|客服|我叫|名叫|叫做|本人|我是|是叫|姓名|持卡人|户主|机主"
    r"|配偶|老伴|丈夫|妻子|父亲|母亲|儿子|女儿|长子|次子|长女|次女|弟弟|妹妹|哥哥|姐姐|嫌疑人|同事|朋友|邻居|市長|市长|議員|议员"
    r"|转告|告知|自称|自稱|队友|爱人|恋人|[其之][父母妻夫子女兄弟姐妹])"
)
_ROLE_BEFORE = regex.compile(rf"(?r){_ROLES}[：:为是 ]?")
_ROLE_ENDS = frozenset(regex.findall(r"(.)(?=[|)\]])", _ROLES)) | frozenset("：:为是 父母妻夫子女兄弟姐妹")
_OPENS_A_NAME = frozenset("由叫是系与、")
_AGENT = regex.compile(rf"(?r)[{HAN}][人员員者师師手警民记記生家长長]")
_ROLED = regex.compile(rf"(?P<surname>{_SURNAME})(?P<given>[{HAN}]{{1,2}})")
_COMPANY_WORDS = (
    r"(?:路|街|大道|镇|鎮|村|县|縣|市|区|區|乡|店|公司|集团|集團|银行|銀行|医院|醫院|大学|大學|中学|小学|楼|桥|站|牌"
    r"|版|杯|奖|基金|产品|科技|系列|品牌|超市|商场|酒店|饭店|饭庄|餐厅|菜馆|老店|小吃|火锅|烤鸭|大厦|广场|湖|山|江|河|岛|寺"
    r"|奖学金|工作室|事务所|事務所|珠宝|药业|饮品|食品|茶庄|商行|证券|保险|教育|地图|面馆|牛肉面|酒业|服饰|电器|文学馆|纪念馆"
    r"|博物馆|故居|机场|火车站|剪刀|凉茶|酱菜|园|园区|厂|社区|中心|委员会|俱乐部|协会|商会)"
)
_COMPANY = regex.compile(_COMPANY_WORDS)
_COMPANY_ENDS = regex.compile(rf"{_COMPANY_WORDS}$")
_COMPANY_TAGS = frozenset({"n", "nz", "ORG", "LOC", "nw", "vn"})
_PLACE_AFTER = regex.compile(r"(?:方向|一带|一處|一处|境内|境內|当地|當地|出差|街头|街頭|气温|氣溫|地区|地區|踏青)")
_PLACE_BEFORE = frozenset("在到从往赴抵至")
_NO_NAME_ENDS = "店馆厅路街巷村镇祠庙的"
_NEVER = frozenset("因与与及对將将把被已在由从從于於是的了就都也均曾未为為氏系")
_NEVER_LAST = _NEVER | frozenset("和向特亦代以")
_BEFORE_HEAD = frozenset("部局处校队组院厅科市县区镇乡村班会店董社船家省州行团师旅排连营厂所股站室员判事班首")
_NICKNAME_PREFIXES = frozenset("小老阿")
_NOT_PERSON_TAGS = frozenset({"LOC", "ORG"})
_REST_OF_NAME = frozenset({"a", "ad", "an", "n", "nz"})
_MAYBE_REST_OF_NAME = frozenset({"v", "d", "t", "f", "s", "q", "vn"})
_BEFORE_WHAT = frozenset({"v", "d", "p", "w", "c", "ad", "vd"})
_FUNCTION_TAGS = frozenset({"p", "c", "u", "r", "w", "xc", "m"})
_NO_GIVEN = frozenset("父母兄弟姐妹妻夫子女儿家等某案方男名")


def persons(text: str, words: Sequence[Word]) -> Found:
    """The names in a tagged text; places and companies that begin like one have score 0."""
    found: Found = {}
    if words:
        for name, score in itertools.chain(
            _with_middle_dot(text, words), _after_role(text, words), _tagged(text, words), _before_title(text, words)
        ):
            if not any(one[0] < name[1] and name[0] < one[1] for one in found):
                found[name] = score
    return found


def _tagged(text: str, words: Sequence[Word]) -> Iterator[tuple[tuple[int, int], float]]:
    """What the model tags as a person, scored; places and companies that begin like one with score 0."""
    for tag, start, end in _candidates(text, words):
        if tag in _NOT_PERSON_TAGS:
            if text[start] in SURNAMES and end - start <= 4:
                yield (start, end), 0.0
        elif (name := _trimmed(text, start, end)) is not None and not _is_company(text, words, name):
            yield name, _score(text, name)


def _candidates(text: str, words: Sequence[Word]) -> Iterator[tuple[str, int, int]]:
    """Words that may be names, with their tag, joined again where the model split them."""
    for number, word in enumerate(words):
        start, end = word.start, word.end
        if word.tag in _NOT_PERSON_TAGS:
            yield word.tag, start, end
        elif word.tag == "PER":
            yield word.tag, _begin(text, words, number), _end(text, words, number)
        elif text[start : start + 2] in COMPOUND_SURNAMES and end - start in {2, 3, 4}:
            yield word.tag, start, _end(text, words, number)


def _begin(text: str, words: Sequence[Word], number: int) -> int:
    """The true start of a name: the model may attach a surname, or its first character, to the word before."""
    start = words[number].start
    if text[start - 1 : start + 1] in COMPOUND_SURNAMES:
        alone = text[start - 1 : start + 1] != "长孙" or text[start - 2 : start - 1] not in _BEFORE_HEAD
        return start - 1 if alone else start
    if text[start - 2 : start] in COMPOUND_SURNAMES and words[number].end - start <= 2:
        return start - 2
    before = words[number - 1] if number else None
    if before is None or before.end - before.start != 1 or text[before.start] not in _ANY_SURNAMES:
        return start
    free = before.tag not in _FUNCTION_TAGS and before.tag not in {"v", "d"}
    whole = text[start] in SURNAMES and words[number].end - start == 3
    return before.start if free and not whole and words[number].end - start <= 2 else start


def _end(text: str, words: Sequence[Word], number: int) -> int:
    """The true end of a name: the model knows few given names or surnames of two characters."""
    word = words[number]
    name = text[word.start : word.end]
    after = words[number + 1] if number + 1 < len(words) else None
    if after is None or not _HAN.fullmatch(text, after.start, after.end):
        return word.end
    rest = after.end - after.start
    if name in COMPOUND_SURNAMES or (len(name) == 1 and name in _ANY_SURNAMES):
        return after.end if rest <= 2 and after.tag not in _FUNCTION_TAGS else word.end
    short = (len(name) == 2 and name[0] in _ANY_SURNAMES) or (len(name) == 3 and name[:2] in COMPOUND_SURNAMES)
    beyond = words[number + 2].tag if number + 2 < len(words) else "w"
    return after.end if rest == 1 and short and _goes_on(text, after, beyond) else word.end


def _goes_on(text: str, after: Word, beyond: str) -> bool:
    """Whether a single character after a name belongs to it, by its tag or by a title or verb after it."""
    char = text[after.start]
    if char in _NO_GIVEN:
        return False
    if after.tag in _REST_OF_NAME:
        return True
    is_likely = after.tag in _MAYBE_REST_OF_NAME and beyond in _BEFORE_WHAT
    return char in _GIVEN_NAME_CHARACTERS and (is_likely or _AFTER.match(text, after.end) is not None)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The name without what the model added to it; None when it is no name."""
    if title := _ENDS_IN_TITLE.search(text, start, end):
        end = title.start()
    if text[start : start + 2] in NOT_NAMES and end - start > 3:
        start += 2
    most = 4 if text[start : start + 2] in COMPOUND_SURNAMES else 3
    if end - start > most and text[start] in _ANY_SURNAMES:
        end = start + most
    if end - start == most and text[end - 1] in _NEVER_LAST:
        end -= 1
    name = text[start:end]
    if not _HAN.fullmatch(name) or not 2 <= len(name) <= 4 or not NOT_NAMES.isdisjoint((name, name[1:])):
        return None
    if text[end : end + 1] == "某" or name[:2] in PROVINCE_NAMES or name[-1] in _NO_NAME_ENDS:
        return None
    if "某" in name or name in COMPOUND_SURNAMES or (len(name) == 2 and name[0] in _NICKNAME_PREFIXES):
        return None
    return None if _NEVER & set(name[1:]) else (start, end)


def _is_company(text: str, words: Sequence[Word], name: tuple[int, int]) -> bool:
    """Whether what follows makes it the name of a shop, a street or a place."""
    start, end = name
    if _COMPANY.match(text, end) or (text[start - 1 : start] in _PLACE_BEFORE and _PLACE_AFTER.match(text, end)):
        return True
    after = [word for word in words if word.start >= end][:2]
    for word in after:
        if word.tag not in _COMPANY_TAGS:
            return False
        if _COMPANY_ENDS.search(text, word.start, word.end):
            return True
    return False


def _score(text: str, name: tuple[int, int]) -> float:
    start, end = name
    known = text[start : start + 2] in COMPOUND_SURNAMES or (text[start] in SURNAMES and end - start <= 3)
    role = _ROLE_BEFORE.match(text, 0, start) is not None
    titled = role or _AFTER.match(text, end) is not None
    if not known and not titled:
        titled = _AGENT.match(text, 0, start) is not None
    if not titled and text[start:end] in _NAME_LIKE_WORDS:
        return UNLIKELY
    return SURE if known and titled else LIKELY if known or titled else UNLIKELY


def _before_title(text: str, words: Sequence[Word]) -> Iterator[tuple[tuple[int, int], float]]:
    """Names directly before a title, or before a verb of stating."""
    companies = [word for word in words if word.tag == "ORG"]
    for match in _TITLED.finditer(text, words[0].start, words[-1].end):
        inside = any(company.start <= match.start() and match.end() + 2 < company.end for company in companies)
        if match[0] not in NOT_NAMES and "某" not in match[0] and not inside and not _NEVER & set(match[0][1:]):
            yield match.span(), LIKELY
    for match in _STATES.finditer(text, words[0].start, words[-1].end):
        if _GIVEN_NAME_CHARACTERS.issuperset(match["given"]) and NOT_NAMES.isdisjoint((match[0], match["given"])):
            yield match.span(), LIKELY


def _after_role(text: str, words: Sequence[Word]) -> Iterator[tuple[tuple[int, int], float]]:
    """Names directly after a role, or after a word that names follow, whatever their tag."""
    ends = {word.end for word in words}
    for start in range(words[0].start + 1, words[-1].end):
        if text[start] not in _ANY_SURNAMES and text[start : start + 2] not in COMPOUND_SURNAMES:
            continue
        if text[start - 1] in _ROLE_ENDS and _ROLE_BEFORE.match(text, 0, start):
            if name := _given_name_at(text, words, start, ends):
                yield name, SURE
        elif start in ends and _can_precede_name(text, start, ends):
            name = _given_name_at(text, words, start, ends)
            if name is not None and name[1] - start == 3:
                yield name, LIKELY


def _can_precede_name(text: str, start: int, ends: set[int]) -> bool:
    """Whether names follow the word before: 由, 与 and the like, or a word for an occupation."""
    if text[start - 1] in _OPENS_A_NAME:
        return start + 1 in ends  # the surname is a word of its own: 由 黄 建设 承担, not 由 黄金 …
    return _AGENT.match(text, 0, start) is not None


def _given_name_at(text: str, words: Sequence[Word], start: int, ends: set[int]) -> tuple[int, int] | None:
    """The name that starts there: a surname and given-name characters up to the end of a word."""
    match = _ROLED.match(text, start)
    if match is None:
        return None
    for end in range(match.end(), match.start("given"), -1):
        given = text[match.start("given") : end]
        if end not in ends or given[-1] in _NEVER_LAST or not _GIVEN_NAME_CHARACTERS.issuperset(given):
            continue
        if NOT_NAMES.isdisjoint((text[start:end], given)) and not _is_company(text, words, (start, end)):
            return start, end
    return None


_DOTTED = regex.compile(rf"[{HAN}]{{1,12}}(?:·[{HAN}]{{1,12}}){{1,2}}")
_TRANSCRIPTION_CHARACTERS = frozenset(
    "阿不布卜杜都热合曼买提艾力江吉古丽娜尔吐逊木沙依拉别克汗玛孜肉斯帕巴特其格卓次仁扎西多杰才让央金达瓦尼萨努哈麦迪亚库班卡德塔赛米姆比叶"
    "仙兰迪拜明买加马麻祖农图荪伊穆司拜衣色夏吾甫丁赫穆罕默德奴亥尕热娅孟苏日乌云高娃那顺陶白音嘎查朝鲁格勒珠贡嘎平措旦增罗桑顿旺姆"
)
"""Characters that transcribe names of Uyghurs, Kazakhs, Mongols and Tibetans."""


def _with_middle_dot(text: str, words: Sequence[Word]) -> Iterator[tuple[tuple[int, int], float]]:
    """Names with a middle dot. Other Han characters may touch them, so the tags or the characters set the bounds."""
    tagged = {at for word in words if word.tag == "PER" for at in range(word.start, word.end)}
    for match in _DOTTED.finditer(text, words[0].start, words[-1].end):
        first, last = text.index("·", match.start()), text.rindex("·", match.start(), match.end())
        start, end = first, last + 1
        while start > match.start() and (start - 1 in tagged or text[start - 1] in _TRANSCRIPTION_CHARACTERS):
            start -= 1
        while end < match.end() and (end in tagged or text[end] in _TRANSCRIPTION_CHARACTERS):
            end += 1
        titled = _ROLE_BEFORE.match(text, 0, start) is not None or _AFTER.match(text, end) is not None
        known = titled or not tagged.isdisjoint(range(start, end))
        if known and first - start >= 2 and end - last > 2 and not _COMPANY.match(text, end):
            yield (start, end), SURE if titled else LIKELY
