"""Dates of birth under a key: Gregorian, or in Taiwan years of the Republic under the same keys."""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import ATTRIBUTE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.dates import is_birth_date

_NUMBERS = regex.compile(r"[0-9]+")


def _canonical(value: str) -> str:
    parts = _NUMBERS.findall(value)
    if len(parts) == 1:
        return value
    year = int(parts[0]) + (1911 if value.startswith("民") else 0)
    return f"{year:04}{int(parts[1]):02}{int(parts[2]):02}"


def _valid(value: str) -> bool:
    return is_birth_date(_canonical(value))


_KEYS = terms(
    "birthday, birth day, birth date, birth, date of birth, dob, csrq, birth dt, 出生, 出生日期, "
    "出生年月, 出生年月日, 生日, 出生時間"
)


DETECTOR = Detector(
    entity="DATE_OF_BIRTH",
    region=Region.ANY,
    title=Title("出生日期", "Date of birth"),
    severity="low",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(subject=False, birth_date_at=0),
    pattern=(
        r"(?<![0-9A-Za-z.])(?:(?:19|20)[0-9]{2}"
        r"(?:[\-/.年](?:1[0-2]|0?[1-9])[\-/.月](?:3[01]|[12][0-9]|0?[1-9])日?|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
        r"|(?:民國|民国)[ ]?[0-9]{2,3}年(?:1[0-2]|0?[1-9])月(?:3[01]|[12][0-9]|0?[1-9])日)(?![0-9A-Za-z])"
    ),
    prefilter=Prefilter(digits=4, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    validator=_valid,
    canonical=_canonical,
    keys=_KEYS,
    mask="generic",
    advice=ATTRIBUTE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Form - 出生日期：⟦1990-03-07⟧ 已填", "key in Chinese"),
        Example("birthday=⟦19900307⟧&sex=1", "without separators"),
        Example('{"dob":"⟦1990/3/7⟧"}', "key in JSON"),
        Example("客户生日⟦1990年3月7日⟧送券", "Han characters on both sides"),
        Example("出生日期：⟦民國79年3月7日⟧", "a year of the Republic"),
        Example("2024-03-07 10:00:00", "no key or word names it"),
        Example("birthday=19901307", "month 13"),
        Example("出生日期：1990-02-30", "not a calendar day"),
        Example("出生日期：1990-**-**", "already masked"),
        Example("createDate=1990-03-07", "a different key"),
    ),
)
