"""Hong Kong phone numbers: eight digits. Without the country prefix they look like dates, so only under a key."""

from __future__ import annotations

from leakwatch_detectors.contract import (
    Detector,
    Example,
    Prefilter,
    Region,
    Requirement,
    Scores,
    Title,
    Traits,
    digit_runs,
)
from leakwatch_detectors.data.advice import PHONE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.shared_keys import PHONE_KEYS, PHONE_WORDS
from leakwatch_detectors.values.boundaries import RIGHT, left

_LOCAL_NUMBER_SCORES = Scores(bare=0.0, key=0.7, context=0.0)


def _canonical(value: str) -> str:
    return "".join(char for char in value if char.isdigit())[-8:]


def _scores(value: str) -> Scores:
    return DETECTOR.scores if value[0] in "+0(" else _LOCAL_NUMBER_SCORES


DETECTOR = Detector(
    entity="HK_PHONE",
    region=Region.HK,
    title=Title("香港电话", "Hong Kong phone number"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(email_local_part=True),
    pattern=(
        left("tel", "phone", "mobile")
        + r"(?:(?:\+|00)?852[ \-]?|\(852\)[ ]?)?[2-9][0-9]{3}[ \-]?[0-9]{4}"
        + RIGHT
        + r"(?!-[0-9])"
    ),
    prefilter=Prefilter(
        digits=8,
        digit_runs=(*digit_runs((8,), "23456789", Requirement.NAME), *digit_runs((11,), "8"), *digit_runs((13,), "0")),
    ),
    scores=Scores(bare=0.7, key=0.95, context=0.9, negative=0.1),
    canonical=_canonical,
    scores_for=_scores,
    keys=(*PHONE_KEYS, "hk mobile", "hk phone", "hk tel"),
    words=PHONE_WORDS,
    mask="phone",
    advice=PHONE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.hk.Sms - sent to ⟦+852 5100 0000⟧ ok", "country prefix"),
        Example('{"hkMobile":"⟦51000000⟧"}', "under its key"),
        Example("客戶電話⟦5100 0000⟧無人接聽", "Han characters on both sides"),
        Example("ref 51000000", "no key or word names it"),
        Example("tel +852 1100 0000", "numbers do not start with 1"),
        Example("date=20240102", "a date"),
        Example("orderNo=51000000", "the key names an order"),
        Example("電話：510000001", "nine digits"),
    ),
)
