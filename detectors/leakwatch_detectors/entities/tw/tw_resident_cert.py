"""Taiwan resident certificate: a letter, 8 or 9 and eight digits (since 2021), or two letters and eight digits.

One random token of this form in ten passes the check digit; keys that name something else suppress it. Lower-case
letters occur in encoded text, so those need a key.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, DigitRun, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import IDENTITY_KEYS, IDENTITY_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import tw_resident

_LOWER_CASE_SCORES = Scores(bare=0.0, key=0.85, context=0.0)


def _valid(value: str) -> bool:
    return tw_resident(value.upper())


def _scores(value: str) -> Scores:
    return DETECTOR.scores if value.upper() == value else _LOWER_CASE_SCORES


DETECTOR = Detector(
    entity="TW_RESIDENT_CERT",
    region=Region.TW,
    title=Title("台湾居留证号", "Taiwan resident certificate"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=(LEFT + r"[A-Za-z][89A-Da-d][0-9]{8}" + RIGHT),
    prefilter=Prefilter(digits=8, digit_runs=(DigitRun(8, after_letters=True), DigitRun(9, after_letters=True))),
    scores=Scores(bare=0.5, key=0.95, context=0.85, negative=0.0),
    validator=_valid,
    scores_for=_scores,
    canonical=str.upper,
    keys=(*IDENTITY_KEYS, *terms("arc, arc no, ui no, 居留证, 居留證, 统一证, 統一證, 外僑居留證, 身分證字, id")),
    words=(*IDENTITY_WORDS, "居留证", "居留證", "統一證號"),
    negative_keys=("lot", "lot no"),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Kyc - 居留證：⟦A800000014⟧ 驗證通過", "new form"),
        Example('{"arcNo":"⟦AC00000012⟧"}', "old form"),
        Example("外僑居留證⟦F870000001⟧已驗證", "Han characters on both sides"),
        Example("INSERT INTO member VALUES (5,'⟦FD00000019⟧');", "no key"),
        Example("居留證號：⟦ac00000012⟧", "lower-case letters, under its key"),
        Example("ref ac00000012", "lower-case letters without a key"),
        Example("居留證 A800000015", "wrong check digit"),
        Example("居留證 AE00000012", "the second letter must be A to D"),
        Example("居留證 A700000014", "the second character must be 8 or 9"),
        Example("居留證 A80000001", "too short"),
        Example("lotNo=A800000014", "the key names something else"),
        Example("orderNo=A800000014", "the key names an order"),
    ),
)
