"""Taiwan landlines: area code and six to eight digits; without a dash or brackets only under a key.

So are numbers of internet telephony (070). Local numbers that begin with 1 are not assigned and hardly count.
Toll-free numbers (0800, 00801) belong to companies.
"""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, digit_runs
from leakwatch_detectors.data.advice import PHONE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.shared_keys import PHONE_KEYS, PHONE_WORDS
from leakwatch_detectors.values.boundaries import RIGHT, left

_NO_SEPARATOR_SCORES = Scores(bare=0.0, key=0.7, context=0.0)
_UNASSIGNED_SCORES = Scores(bare=0.0, key=0.5, context=0.0)
_UNASSIGNED_LOCAL_NUMBER = regex.compile(r"[2-7]1")
_INTERNET_TELEPHONY = "70"


def _canonical(value: str) -> str:
    digits = "".join(char for char in value.split("#", maxsplit=1)[0] if char.isdigit())
    return digits.removeprefix("00").removeprefix("886").removeprefix("0")


def _scores(value: str) -> Scores:
    number = _canonical(value)
    if _UNASSIGNED_LOCAL_NUMBER.match(number):
        return _UNASSIGNED_SCORES
    set_off = "-" in value or value[0] in "(+"
    return DETECTOR.scores if set_off and not number.startswith(_INTERNET_TELEPHONY) else _NO_SEPARATOR_SCORES


DETECTOR = Detector(
    entity="TW_LANDLINE",
    region=Region.TW,
    title=Title("台湾市话", "Taiwan landline number"),
    severity="low",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    pattern=(
        left("tel", "phone", "fax")
        + r"(?<![0-9A-Za-z]-)(?:(?:\+|00)886[ \-]?|\(0|0)"
        + r"(?:(?:37|49|89|826?|836)(?:\)[ ]?|[ \-])?[2-9][0-9]{2}[ \-]?[0-9]{3,4}"
        + r"|70[ \-]?[0-9]{4}[ \-]?[0-9]{4}"
        # area code and local number form one number: 03 with a local 7… would be 037
        + r"|(?:(?:2|3(?!7)|4(?!9)|5|6|7)(?:\)[ ]?|[ \-])?[1-9]|8(?!2|9|36)(?:\)[ ]?|[ \-])?[2-9])"
        + r"[0-9]{2,3}[ \-]?[0-9]{4})(?:(?:#|轉|ext\.? ?)[0-9]{1,6})?"
        + RIGHT
        + r"(?!-[0-9A-Za-z])"
    ),
    prefilter=Prefilter(digits=8, digit_runs=(*digit_runs(range(9, 16), "0"), *digit_runs((11, 12, 13), "8"))),
    scores=Scores(bare=0.6, key=0.9, context=0.85, negative=0.1),
    canonical=_canonical,
    scores_for=_scores,
    keys=(*PHONE_KEYS, "市話", "市内电话", "市內電話", "住家電話", "公司電話"),
    words=PHONE_WORDS,
    mask="phone",
    advice=PHONE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Crm - 電話：⟦02-2000-0000⟧ 未接", "area code and dashes"),
        Example("tel=⟦(07)200-0000⟧", "area code in brackets"),
        Example("公司市話⟦04-20000000#12⟧總機", "with an extension, Han characters on both sides"),
        Example("電話 ⟦072000000⟧", "without separators, under its key"),
        Example("市話：⟦0232345678⟧", "the same under a landline key"),
        Example("ref 072000000", "without separators or key"),
        Example("網路電話：⟦070-0000-0001⟧", "internet telephony"),
        Example("電話 ⟦02-1000-0000⟧", "an unassigned local number (begins with 1), tolerated under its key"),
        Example("office 02-1000-0000", "the same without a key"),
        Example("電話 081234567", "not an area code"),
        Example("電話 037134567", "03 7… is the area 037, whose numbers do not begin with 1"),
        Example("ref 070-0000-0001", "also a number format of other countries"),
        Example("電話 0800-000-001", "a toll-free number of a company"),
        Example("date 2024-02-20", "a date"),
        Example("id 5-02-2000-00001", "part of a longer number"),
    ),
)
