"""QQ numbers: five to eleven digits, by key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import ATTRIBUTE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import RIGHT, left

_KEYS = ("qq", "qq no", "qq num", "qq number", "qq号", "qq号码")


DETECTOR = Detector(
    entity="QQ_NUMBER",
    region=Region.ANY,
    title=Title("QQ号", "QQ number"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(email_local_part=True),
    pattern=(left("qq") + r"[1-9][0-9]{4,10}" + RIGHT),
    prefilter=Prefilter(digits=5, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=ATTRIBUTE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.crm.Add - QQ：⟦10000001⟧ 已添加", "the usual key"),
        Example('{"qq_no":"⟦123456789⟧"}', "key in snake case"),
        Example("客户QQ⟦10000001⟧已添加", "Han characters around"),
        Example("QQ群", "no number"),
        Example("ref 10000001", "nothing names it"),
        Example("QQ：0123456", "a zero in front"),
        Example("QQ：1234", "four digits"),
        Example("qqGroup=10000001", "another key"),
    ),
)
