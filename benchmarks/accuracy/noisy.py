"""Values in the spellings of real data: escaped, full-width, spaced, prefixed, without boundaries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random

from accuracy import values
from accuracy.sample import Line, Sample

Spelling = Callable[[str], tuple[str, str, str]]
"""Maps a value to the text before it, its spelling, and the text after it."""

_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
_HAN = str.maketrans("0123456789", "零一二三四五六七八九")
_FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
_CALLED = str.maketrans("0123456789", "洞幺两三四五六拐八勾")


def _around(before: str, after: str = "") -> Spelling:
    return lambda value: (before, value, after)


def _cut(value: str, char: str) -> str:
    """In groups as people write them: 3-4-4 for mobiles, 6-8-4 for identity numbers, fours for cards."""
    usual = {11: (3, 7), 18: (6, 14)}
    places = usual.get(len(value)) or tuple(range(4, len(value), 4))
    return char.join(value[begin:end] for begin, end in pairwise((0, *places, len(value))))


ANY: dict[str, Spelling] = {
    "%22 on both sides": _around("body=%22", "%22"),
    "%3A before": _around("q=mobile%3A", "%2C"),
    "%3D before": _around("next=/a?no%3D", "%26b"),
    "\\u0022 on both sides": _around('{"d":"\\u0022', '\\u0022"}'),
    "literal \\n before": _around("msg=line1\\n", "\\nline3"),
    "literal \\t before": _around("cells a\\t", "\\tb"),
    "JSON in JSON": _around('{"b":"{\\"no\\":\\"', '\\"}"}'),
    "JSON in JSON in JSON": _around('{"c":"{\\"b\\":\\"{\\\\\\"no\\\\\\":\\\\\\"', '\\\\\\"}\\"}"}'),
    "ANSI colour": _around("INFO \x1b[32m", "\x1b[0m done"),
    "&quot; on both sides": _around("&quot;", "&quot;"),
    "HTML entity inside": lambda value: ("<td>", f"&#x3{value[0]};{value[1:]}", "</td>"),
    "escaped Chinese key": _around('{"\\u53f7\\u7801":"', '"}'),
    "full-width digits": lambda value: ("号码：", value.translate(_FULL), "。"),
    "mathematical digits": lambda value: ("号码：", value.translate(_BOLD), "。"),
    "zero-width space inside": lambda value: ("号码：", f"{value[:4]}\u200b{value[4:]}", ""),
    "right-to-left mark before": lambda value: ("号码：\u202d", value, "\u202c"),
    "byte order mark inside": lambda value: ("号码：", f"{value[:7]}\ufeff{value[7:]}", ""),
    "soft hyphen inside": lambda value: ("号码：", f"{value[:5]}\u00ad{value[5:]}", ""),
    "spaces": lambda value: ("号码：", _cut(value, " "), "。"),
    "hyphens": lambda value: ("号码：", _cut(value, "-"), "。"),
    "en dashes": lambda value: ("号码：", _cut(value, "\u2013"), "。"),
    "ideographic spaces": lambda value: ("号码：", _cut(value, "\u3000"), "。"),
    "Han on both sides": _around("他的号码", "已登记"),
    "underscores on both sides": _around("user_", "_a.csv"),
    "spreadsheet guard": _around('="', '"'),
    "apostrophe before": _around("'", ",x"),
    "Java type after": _around("==> Parameters: ", "(String)"),
    "square brackets": _around("[", "]"),
    "full-width colon": _around("号码：", "；"),
}
MOBILE: dict[str, Spelling] = {
    "+86 with a space": lambda value: ("tel ", f"+86 {value}", ""),
    "0086": lambda value: ("tel ", f"0086{value}", ""),
    "86 glued": lambda value: ("tel ", f"86{value}", ""),
    "(86)": lambda value: ("tel ", f"(86){value}", ""),
    "dots": lambda value: ("电话 ", _cut(value, "."), ""),
    "key word glued": _around("tel"),
    "Han numerals": lambda value: ("客服：我的手机是", value.translate(_HAN), "，请回电"),
    "formal numerals": lambda value: ("手机号", value.translate(_FORMAL), ""),
    "telephone numerals": lambda value: ("电话号码是", value.translate(_CALLED), "，谢谢"),
}
_KEYED = {"BANK_CARD": "卡号"}


def noisy(rng: Random, each: int) -> list[Sample]:
    """Every spelling ``each`` times, of mobiles, identity numbers and cards."""
    made: list[Sample] = []
    makers = {"CN_MOBILE": values.mobile, "CN_RESIDENT_ID": values.resident_id, "BANK_CARD": values.bank_card}
    for entity, maker in makers.items():
        for kind, spelling in {**ANY, **(MOBILE if entity == "CN_MOBILE" else {})}.items():
            for _ in range(each):
                before, spelled, after = spelling(maker(rng))
                if entity in _KEYED:
                    before = before.replace("号码", _KEYED[entity]).replace("\\u53f7\\u7801", "\\u5361\\u53f7")
                made.append(Line().append(before).append_value(spelled, entity).append(after).sample("noisy", kind))
    return made
