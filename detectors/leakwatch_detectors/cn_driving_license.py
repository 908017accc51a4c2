"""File number of a driving licence: twelve digits under its key.

The licence number itself is the identity number of the driver and is found as such.
"""

from __future__ import annotations

from leakwatch_detectors.advice import DOCUMENT
from leakwatch_detectors.boundaries import LEFT, RIGHT
from leakwatch_detectors.contract import Anchors, Detector, Example, Region, Scores, Title
from leakwatch_detectors.keys import literals

_KEYS = (
    "dl file no",
    "license file no",
    "licence file no",
    "driving license file no",
    "档案编",
    "檔案編",
    "驾驶证档案编",
    "驾驶证档案",
)
_WORDS = ("驾驶证档案", "駕駛證檔案", "档案编号", "檔案編號")


DETECTOR = Detector(
    entity="CN_DRIVING_LICENSE",
    region=Region.CN,
    title=Title("驾驶证档案编号", "Driving licence file number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    pattern=(LEFT + r"[0-9]{12}" + RIGHT),
    anchors=Anchors(digits=12, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.auto.Loan - 档案编号：⟦440300000001⟧ 已核", "key in Chinese"),
        Example('{"dlFileNo":"⟦110000000000⟧"}', "key in JSON"),
        Example("駕駛證檔案編號⟦330100000002⟧有效", "traditional script, Han characters touch both sides"),
        Example("ref 440300000001", "nothing names it"),
        Example("档案编号：44030000000", "eleven digits"),
        Example("档案编号：4403000000011", "thirteen digits"),
        Example("orderNo=440300000001", "its key names an order"),
    ),
)
