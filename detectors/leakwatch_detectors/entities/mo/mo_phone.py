"""Macau phone numbers: eight digits. Without the country prefix only under a key that mentions Macau."""

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
    terms,
)
from leakwatch_detectors.data.advice import PHONE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_LOCAL_NUMBER_SCORES = Scores(bare=0.0, key=0.8, context=0.0)


def _canonical(value: str) -> str:
    return "".join(char for char in value if char.isdigit())[-8:]


def _scores(value: str) -> Scores:
    return DETECTOR.scores if value[0] in "+0(" else _LOCAL_NUMBER_SCORES


DETECTOR = Detector(
    entity="MO_PHONE",
    region=Region.MO,
    title=Title("澳门电话", "Macau phone number"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(email_local_part=True),
    pattern=(
        LEFT
        + r"(?:(?:\+|00)?853[ \-]?|\(853\)[ ]?)?(?:6[0-9]{3}|28[0-9]{2}|8[0-9]{3})[ \-]?[0-9]{4}"
        + RIGHT
        + r"(?!-[0-9])"
    ),
    prefilter=Prefilter(
        digits=8,
        digit_runs=(*digit_runs((8,), "268", Requirement.NAME), *digit_runs((11,), "8"), *digit_runs((13,), "0")),
    ),
    scores=Scores(bare=0.7, key=0.95, context=0.9, negative=0.1),
    canonical=_canonical,
    scores_for=_scores,
    keys=terms(
        "mo mobile, mo phone, macau phone, macao phone, macau mobile, 澳门电话, 澳門電話, 澳门手机, "
        "澳門手機, 澳门流动电话"
    ),
    words=("澳门", "澳門"),
    mask="phone",
    advice=PHONE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.mo.Sms - sent to ⟦+853 6200 0000⟧ ok", "country prefix"),
        Example('{"moMobile":"⟦62000000⟧"}', "under its key"),
        Example("澳門電話⟦28000000⟧無人接聽", "a landline, Han characters on both sides"),
        Example("ref 62000000", "no key or word names it"),
        Example("tel +853 1200 0000", "numbers do not start with 1"),
        Example("電話：62000000", "a key that does not mention Macau"),
        Example("澳門電話 620000001", "nine digits"),
    ),
)
