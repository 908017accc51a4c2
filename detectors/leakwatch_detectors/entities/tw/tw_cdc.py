"""Taiwan citizen digital certificate: two letters and fourteen digits under its key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = ("cdc", "cdc no", "citizen digital certificate", "自然人憑證", "自然人凭证", "憑證")
_WORDS = ("自然人憑證", "自然人凭证")


DETECTOR = Detector(
    entity="TW_CDC",
    region=Region.TW,
    title=Title("台湾自然人凭证号", "Taiwan citizen digital certificate"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"[A-Z]{2}[0-9]{14}" + RIGHT),
    prefilter=Prefilter(digits=14, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.tw.Sign - 自然人憑證：⟦TP00000000000001⟧ 簽章成功",
            "key in traditional script",
        ),
        Example("cdcNo=⟦AB00000000000002⟧", "key in camel case"),
        Example("會員自然人憑證⟦TP00000000000001⟧有效", "Han characters touch both sides"),
        Example("ref TP00000000000001", "nothing names it"),
        Example("自然人憑證：T000000000000001", "one letter"),
        Example("自然人憑證：TP0000000000001", "thirteen digits"),
    ),
)
