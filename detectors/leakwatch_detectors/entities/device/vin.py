"""Vehicle identification numbers (GB 16735): 17 characters without I, O, Q; the ninth is a check character."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import ATTRIBUTE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import vin


def _valid(value: str) -> bool:
    return vin(value) and sum(char.isalpha() for char in value) > 1


DETECTOR = Detector(
    entity="VIN",
    region=Region.CN,
    title=Title("车辆识别代号（车架号）", "Vehicle identification number"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    pattern=(LEFT + r"[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{8}" + RIGHT),
    prefilter=Prefilter(),
    scores=Scores(bare=0.5, key=0.95, context=0.85, negative=0.1),
    validator=_valid,
    keys=("vin", "vin no", "vin code", "frame no", "chassis no", "cjh", "车架", "車架", "车辆识别代", "车辆识别码"),
    words=("车架", "車架", "车辆", "車輛", "抵押"),
    mask="generic",
    advice=ATTRIBUTE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.auto.Loan - 车架号：⟦LSVAA4181E2000000⟧ 抵押登记", "key in Chinese"),
        Example('{"vin":"⟦LFV2A21K6A3000000⟧"}', "key in JSON"),
        Example("抵押车辆⟦1M8GDM9AXKP042788⟧已登记", "no key, Han characters on both sides"),
        Example("车架号 LSVAA4180E2000000", "wrong check character"),
        Example("车架号 LSVAA4181E200000", "sixteen characters"),
        Example("车架号 LSVAA4181O2000000", "the letter O is not used"),
        Example("车架号 11111111111111111", "a single repeated character"),
        Example("ref 12345678901234567", "digits only"),
        Example("orderNo=LSVAA4181E2000000", "the key names an order"),
    ),
)
