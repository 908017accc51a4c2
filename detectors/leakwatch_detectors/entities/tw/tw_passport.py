"""Taiwan passports: nine digits without a check digit, so only by key or hint."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = Detector(
    entity="TW_PASSPORT",
    region=Region.TW,
    title=Title("台湾护照号", "Taiwan passport"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"[0-9]{9}" + RIGHT),
    prefilter=Prefilter(digits=9, literals=literals((*PASSPORT_KEYS, *PASSPORT_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Kyc - 護照號碼：⟦300000001⟧ 已上傳", "key in traditional script"),
        Example('{"passportNumber":"⟦300000002⟧"}', "key in JSON"),
        Example("客戶護照⟦300000001⟧有效", "Han characters touch both sides"),
        Example("ref 300000001", "nothing names it"),
        Example("護照：30000001", "eight digits"),
        Example("護照：3000****1", "masked already"),
    ),
)
