"""Device numbers of CDMA phones: 14 hexadecimal signs from A0, by key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import RIGHT, left

_KEYS = ("meid", "device meid")


DETECTOR = Detector(
    entity="MEID",
    region=Region.ANY,
    title=Title("移动设备识别码（MEID）", "MEID"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(linkable=False),
    pattern=(left("meid") + r"[A-Fa-f][0-9A-Fa-f]{13}" + RIGHT),
    prefilter=Prefilter(literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=DEVICE,
    examples=(
        Example("meid=⟦A0000000000001⟧&os=android", "the usual form"),
        Example('{"meid":"⟦a100004f000001⟧"}', "small letters"),
        Example("手机meid：⟦A0000000000002⟧已登记", "Han characters touch both sides"),
        Example("ref A0000000000001", "nothing names it"),
        Example("meid=A000000000000", "thirteen signs"),
        Example("meid=10000000000001", "does not begin with a letter"),
    ),
)
