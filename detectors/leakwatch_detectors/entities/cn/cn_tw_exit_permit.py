"""Exit-entry permit for travelling to Taiwan: T or L and eight digits, no check digit."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = (
    "tw permit",
    "tw permit no",
    "taiwan permit",
    "permit no",
    "往来台湾通行证",
    "往來臺灣通行證",
    "台湾通行证",
    "臺灣通行證",
    "台灣通行證",
    "大通证",
    "大通證",
    "通行证",
    "通行證",
)
_WORDS = ("台湾通行", "臺灣通行", "台灣通行", "大通证")


DETECTOR = Detector(
    entity="CN_TW_EXIT_PERMIT",
    region=Region.CN,
    title=Title("往来台湾通行证号", "Exit-entry permit for Taiwan"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"[TLtl][0-9]{8}" + RIGHT),
    prefilter=Prefilter(digits=8, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    canonical=str.upper,
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 往来台湾通行证：⟦L00000000⟧ 已登记", "electronic card"),
        Example("台湾通行证号⟦T00000001⟧有效", "booklet, Han characters touch both sides"),
        Example("twPermit=⟦L00000002⟧", "key in camel case"),
        Example("ref L00000000", "nothing names it"),
        Example("往来台湾通行证：L0000000", "seven digits"),
        Example("往来台湾通行证：A00000000", "another letter"),
        Example("lotNo=L00000002", "its key names something else"),
    ),
)
