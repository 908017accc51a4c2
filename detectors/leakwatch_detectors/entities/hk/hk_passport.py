"""Hong Kong passports: K or H and eight digits, or KJ, HJ and seven; no check digit."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = Detector(
    entity="HK_PASSPORT",
    region=Region.HK,
    title=Title("香港特区护照号", "Hong Kong passport"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"[KHkh](?:[0-9]{8}|[JMjm][0-9]{7})" + RIGHT),
    prefilter=Prefilter(digits=7, literals=literals((*PASSPORT_KEYS, *PASSPORT_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    canonical=str.upper,
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.hk.Kyc - 護照號碼：⟦K00000000⟧ 已上傳", "key in traditional script"),
        Example("passportNo=⟦HJ0000001⟧&region=HK", "the longer prefix"),
        Example("客戶護照⟦K00000001⟧有效", "Han characters touch both sides"),
        Example("ref K00000000", "nothing names it"),
        Example("passportNo=K0000000", "seven digits"),
        Example("護照：K0000****", "masked already"),
    ),
)
