"""Mainland landlines: area code and 7 or 8 digits. A bare local number is never reported.

Without a dash, brackets or country prefix the digits prove little (columns of numbers look the same), so a key or a
word must name them. Local numbers that begin with 1 or 9 are not assigned: one is tolerated only after an area code and
under its key.
"""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, digit_runs
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.shared_keys import PHONE_KEYS, PHONE_WORDS
from leakwatch_detectors.values.boundaries import RIGHT, left

_NO_SEPARATOR_SCORES = Scores(bare=0.0, key=0.8, context=0.6)
_UNASSIGNED_SCORES = Scores(bare=0.0, key=0.5, context=0.0)
_UNASSIGNED_LOCAL_NUMBER = regex.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})[19]")


def _canonical(value: str) -> str:
    digits = "".join(char for char in value if char in "0123456789")
    return digits.removeprefix("00").removeprefix("86").removeprefix("0")


def _scores(value: str) -> Scores:
    if _UNASSIGNED_LOCAL_NUMBER.match(_canonical(value)):
        return _UNASSIGNED_SCORES
    set_off = value.startswith(("+", "(", "00")) or "-" in value
    return DETECTOR.scores if set_off else _NO_SEPARATOR_SCORES


DETECTOR = Detector(
    entity="CN_LANDLINE",
    region=Region.CN,
    title=Title("中国大陆固定电话", "Mainland China landline number"),
    severity="low",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    pattern=(
        left("tel", "phone", "fax")
        + r"(?<![0-9A-Za-z]-)"
        + r"(?:(?:\+|00)86[ \-]?|\(0|0)"
        + r"(?:(?:10|2[0-57-9])(?:(?:\)[ ]?|[ \-])?[2-8]|(?:\)[ ]?|[ \-])[19])[0-9]{6,7}"
        + r"|[3-9][0-9]{2}(?:(?:\)[ ]?|[ \-])?[2-8]|(?:\)[ ]?|[ \-])[19])[0-9]{6,7}"
        + r"|(?:10|2[0-57-9])[ \-][2-8][0-9]{3}[ \-][0-9]{4})"
        + r"(?:(?:-|转|轉|ext\.? ?)[0-9]{1,6})?"
        + RIGHT
        + r"(?!-[0-9A-Za-z])"
    ),
    prefilter=Prefilter(digits=7, digit_runs=(*digit_runs(range(10, 16), "0"), *digit_runs((11, 12, 13), "8"))),
    scores=Scores(bare=0.6, key=0.9, context=0.85, negative=0.1),
    scores_for=_scores,
    canonical=_canonical,
    keys=(*PHONE_KEYS, "landline", "fax", "座机", "座機", "固话", "固定电话", "传真", "傳真"),
    words=(*PHONE_WORDS, "客服", "前台"),
    mask="phone",
    advice=Title(
        "个人座机按手机号的标准脱敏；公司公开电话可配置抑制规则。",
        "Mask private landlines like mobile numbers; suppress the published numbers of your company.",
    ),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.crm.Visit - 单位电话：⟦010-60000000⟧，未接", "area code and dash"),
        Example('{"homeTel":"⟦0755-20000000⟧"}', "four-digit area code in JSON"),
        Example("请拨打⟦(021)60000000⟧预约", "area code in brackets, Han characters on both sides"),
        Example("tel=⟦+86 10 60000000⟧", "country prefix"),
        Example("联系人座机⟦0571-80000000-8001⟧", "with an extension"),
        Example("companyTel=⟦057180000000⟧", "without separators, under its key"),
        Example("固定电话：⟦020-1000000⟧", "an unassigned local number (begins with 1), tolerated under its key"),
        Example("office 010-10000000", "the same without a key"),
        Example("电话 01010000000", "the same without a dash"),
        Example("office 026-20000000", "026 is not an area code"),
        Example("电话 60000000", "no area code"),
        Example("date 2024-01-02 03:04:05", "a date"),
        Example("联系电话 ⟦0571 80000000⟧", "separated by a space, under its key"),
        Example("irq 0571 8000000 0 0", "columns of numbers"),
        Example("no=057180000000", "without separators or key"),
        Example("GET /image/deuter-0760-5234921-1-zoom.jpg", "part of a file name"),
        Example("id=10057180000000123", "part of a longer run of digits"),
    ),
)
