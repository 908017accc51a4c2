"""Subscriber numbers of SIM cards: 15 digits that begin with the country (460, 454, 455, 466), by key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import RIGHT, left

_KEYS = ("imsi", "subscriber id", "sim imsi")


DETECTOR = Detector(
    entity="IMSI",
    region=Region.ANY,
    title=Title("移动用户识别码（IMSI）", "IMSI"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(linkable=False),
    pattern=(left("imsi") + r"(?:460|454|455|466)[0-9]{12}" + RIGHT),
    prefilter=Prefilter(digits=15, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=DEVICE,
    examples=(
        Example("imsi=⟦460001234567890⟧&imei=", "mainland"),
        Example('{"imsi":"⟦466920000000001⟧"}', "Taiwan"),
        Example("用户imsi：⟦454000000000001⟧已上线", "Hong Kong, Han characters touch both sides"),
        Example("ref 460001234567890", "nothing names it"),
        Example("imsi=310150123456789", "another country"),
        Example("imsi=46000123456789", "fourteen digits"),
    ),
)
