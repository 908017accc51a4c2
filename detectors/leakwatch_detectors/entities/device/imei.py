"""Device numbers of phones: 15 digits with a Luhn check, by key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import RIGHT, left
from leakwatch_detectors.values.checksums import luhn

_KEYS = ("imei", "device imei", "phone imei", "串号", "手机串号", "串號")


DETECTOR = Detector(
    entity="IMEI",
    region=Region.ANY,
    title=Title("手机串号（IMEI）", "IMEI"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(linkable=False),
    pattern=(left("imei") + r"[0-9]{15}" + RIGHT),
    prefilter=Prefilter(digits=15, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    validator=lambda value: luhn(value) and len(set(value)) > 1,
    keys=_KEYS,
    mask="generic",
    advice=DEVICE,
    examples=(
        Example("imei=⟦490154203237518⟧&os=android", "published specimen"),
        Example('{"imei1":"⟦860000000000009⟧"}', "the first of two cards"),
        Example("手机串号⟦350000000000006⟧已登记", "Han characters touch both sides"),
        Example("ref 490154203237518", "nothing names it"),
        Example("imei=490154203237519", "Luhn fails"),
        Example("imei=000000000000", "twelve digits"),
        Example("imei=000000000000000", "not available"),
    ),
)
