"""Mainland travel permit (Taiwan): eight digits for life, ten with the issue count; only by key or hint."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = (
    "mtp",
    "mtp no",
    "tbz",
    "tai bao zheng",
    "台胞证",
    "臺胞證",
    "台胞證",
    "来往大陆通行证",
    "來往大陸通行證",
    "台湾居民来往大陆通行证",
    "臺灣居民來往大陸通行證",
)
_WORDS = ("台胞证", "臺胞證", "台胞證", "来往大陆", "來往大陸")


DETECTOR = Detector(
    entity="CN_TW_COMPATRIOT_PERMIT",
    region=Region.CN,
    title=Title("台湾居民来往大陆通行证号（台胞证）", "Mainland travel permit for Taiwan residents"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(LEFT + r"(?:[0-9]{10}\([A-Z0-9]\)|(?:[0-9]{10}|[0-9]{8})" + RIGHT + ")"),
    prefilter=Prefilter(digits=8, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 台胞证：⟦00000001⟧，已登记", "current card"),
        Example("台湾居民来往大陆通行证号码⟦0000000101⟧有效", "with the issue count; Han characters touch"),
        Example("臺胞證 ⟦0000000101(B)⟧", "with the sign of the authority, traditional script"),
        Example("ref 00000001", "nothing names it"),
        Example("台胞证：0000001", "seven digits"),
        Example("台胞证：000000011", "nine digits"),
        Example("台胞证：0000****", "masked already"),
    ),
)
