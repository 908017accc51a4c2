"""Home return permit (Hong Kong, Macau): H or M, eight digits for life, two for renewals on older cards."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = (
    "home return permit",
    "home return permit no",
    "home return",
    "hrp",
    "hrp no",
    "回乡证",
    "回鄉證",
    "来往内地通行证",
    "來往內地通行證",
    "港澳居民来往内地通行证",
    "通行证",
    "通行證",
)
_WORDS = ("回乡证", "回鄉證", "来往内地", "來往內地")


DETECTOR = Detector(
    entity="CN_HOME_RETURN_PERMIT",
    region=Region.CN,
    title=Title("港澳居民来往内地通行证号（回乡证）", "Mainland travel permit for Hong Kong and Macau residents"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"[HMhm][0-9]{8}(?:[0-9]{2})?" + RIGHT),
    prefilter=Prefilter(digits=8, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    canonical=str.upper,
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 回乡证：⟦H00000000⟧ 已登记", "current card"),
        Example("港澳居民来往内地通行证号码⟦M0000000001⟧有效", "with the count of renewals; Han characters touch"),
        Example("homeReturnPermit=⟦H0000000002⟧", "key in camel case"),
        Example("ref H00000000", "nothing names it"),
        Example("回乡证：H0000000", "seven digits"),
        Example("回乡证：K00000000", "another letter"),
        Example("回乡证：H000000001", "nine digits"),
    ),
)
