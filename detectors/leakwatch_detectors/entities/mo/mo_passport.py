"""Macau passports: MA or MB and seven digits; no check digit."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = Detector(
    entity="MO_PASSPORT",
    region=Region.MO,
    title=Title("澳门特区护照号", "Macau passport"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"[Mm][ABab][0-9]{7}" + RIGHT),
    prefilter=Prefilter(digits=7, literals=literals((*PASSPORT_KEYS, *PASSPORT_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    canonical=str.upper,
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.mo.Kyc - 護照號碼：⟦MA0000000⟧ 已上傳", "key in traditional script"),
        Example('{"passport":"⟦MB0000001⟧"}', "key in JSON"),
        Example("客戶護照⟦MA0000001⟧有效", "Han characters touch both sides"),
        Example("ref MA0000000", "nothing names it"),
        Example("護照：MC0000000", "MC is not issued"),
        Example("passportNo=MA000000", "six digits"),
    ),
)
