"""Taiwan health insurance card: twelve digits under its key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = ("nhi card", "nhi card no", "nhi no", "健保卡", "健保")
_WORDS = ("健保卡",)


DETECTOR = Detector(
    entity="TW_NHI_CARD",
    region=Region.TW,
    title=Title("台湾健保卡号", "Taiwan health insurance card"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"[0-9]{12}" + RIGHT),
    prefilter=Prefilter(digits=12, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Med - 健保卡號：⟦000000000001⟧ 讀取成功", "key in traditional script"),
        Example("nhiCardNo=⟦000000000002⟧", "key in camel case"),
        Example("病患健保卡⟦000000000001⟧有效", "Han characters touch both sides"),
        Example("ref 000000000001", "nothing names it"),
        Example("健保卡：00000000001", "eleven digits"),
        Example("健保卡：0000000000011", "thirteen digits"),
    ),
)
