"""Numbers of SIM cards: 19 or 20 signs that begin with 8986 or 8985x, by key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import RIGHT, left

_KEYS = ("iccid", "sim card no", "sim serial", "sim卡")


DETECTOR = Detector(
    entity="ICCID",
    region=Region.ANY,
    title=Title("SIM 卡号（ICCID）", "ICCID"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(linkable=False),
    pattern=(left("iccid") + r"89(?:86|852|853|886)[0-9A-F]{14,16}" + RIGHT),
    prefilter=Prefilter(digits=4, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=DEVICE,
    examples=(
        Example("iccid=⟦89860000000000000000⟧&imsi=", "mainland"),
        Example('{"iccid":"⟦8985200000000000000⟧"}', "Hong Kong"),
        Example("物联卡iccid：⟦8986000000000000000A⟧已激活", "a hexadecimal end, Han characters touch"),
        Example("ref 89860000000000000000", "nothing names it"),
        Example("iccid=88860000000000000000", "another prefix"),
        Example("iccid=898600000000", "too short"),
    ),
)
