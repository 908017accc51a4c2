"""Taiwan national identity number: a letter, 1 or 2, and eight digits, the last one a check digit.

One random token of this form in ten passes; keys that name something else suppress it. Lower-case letters occur in
encoded text, so those need a key.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, DigitRun, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import IDENTITY_KEYS, IDENTITY_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import tw_id

_LOWER_CASE_SCORES = Scores(bare=0.0, key=0.85, context=0.0)


def _valid(value: str) -> bool:
    return tw_id(value.upper())


def _scores(value: str) -> Scores:
    return DETECTOR.scores if value[0].isupper() else _LOWER_CASE_SCORES


DETECTOR = Detector(
    entity="TW_NATIONAL_ID",
    region=Region.TW,
    title=Title("台湾身份证号", "Taiwan national identity number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=LEFT + r"[A-Za-z][12][0-9]{8}" + RIGHT,
    prefilter=Prefilter(digits=9, digit_runs=(DigitRun(9, after_letters=True),)),
    scores=Scores(bare=0.5, key=0.95, context=0.85, negative=0.0),
    validator=_valid,
    scores_for=_scores,
    canonical=str.upper,
    keys=(*IDENTITY_KEYS, *terms("tw id, nid, id, 身分證字, 身份證字, 身分證統一編, 身分證字號, 台湾身份证, 統一編")),
    words=(*IDENTITY_WORDS, "統一編號"),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Kyc - 身分證字號：⟦F100000006⟧ 驗證通過", "key in traditional script"),
        Example('{"personId":"⟦O200000006⟧"}', "key in JSON"),
        Example("客戶身分證⟦Z200000004⟧已驗證", "Han characters on both sides"),
        Example("INSERT INTO member VALUES (5,'⟦A123456789⟧');", "no key"),
        Example("身分證字號：⟦f100000006⟧", "a lower-case letter, under its key"),
        Example("ref f100000006", "a lower-case letter without a key"),
        Example("身分證 A123456788", "wrong check digit"),
        Example("身分證 A323456789", "the second character must be 1 or 2"),
        Example("身分證 A12345678", "eight digits"),
        Example("身分證 AB23456789", "two letters"),
        Example("身分證：A12345****", "already masked"),
        Example("orderNo=A123456789", "the key names an order"),
        Example("lot F100000006", "a lot number"),
        Example("token=xA123456789", "part of a longer token"),
    ),
)
