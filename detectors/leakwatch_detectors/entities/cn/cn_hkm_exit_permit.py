"""Exit-entry permit for Hong Kong and Macau: C and eight digits, or C, a letter and seven; no check digit."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = (
    "eep",
    "eep no",
    "hk permit",
    "hk permit no",
    "hkm permit",
    "hk mo permit",
    "permit no",
    "往来港澳通行证",
    "往來港澳通行證",
    "港澳通行证",
    "港澳通行證",
    "双程证",
    "雙程證",
    "通行证",
    "通行證",
)
_WORDS = ("港澳通行", "双程证", "雙程證", "通行证")


DETECTOR = Detector(
    entity="CN_HKM_EXIT_PERMIT",
    region=Region.CN,
    title=Title("往来港澳通行证号", "Exit-entry permit for Hong Kong and Macau"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"(?:[CWcw][0-9]{8}|[Cc][A-HJ-NP-Za-hj-np-z][0-9]{7})" + RIGHT),
    prefilter=Prefilter(digits=7, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    canonical=str.upper,
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 往来港澳通行证：⟦C00000000⟧ 已登记", "key in Chinese"),
        Example("港澳通行证号码⟦CA0000001⟧有效", "letters run on after the digits were used up; Han characters touch"),
        Example("EEP: ⟦CB0000000⟧", "the short key"),
        Example('{"hkMoPermit":"⟦C00000001⟧"}', "both regions in the key"),
        Example("ref C00000000", "nothing names it"),
        Example("港澳通行证：CI0000001", "the letter I is not used"),
        Example("港澳通行证：C0000000", "seven digits"),
        Example("港澳通行证：C0000****", "masked already"),
    ),
)
