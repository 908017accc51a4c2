"""Mainland travel permit (Taiwan): eight digits for life, ten with the issue count; only with a key or word."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="CN_TW_COMPATRIOT_PERMIT",
    region=Region.CN,
    title=Title("台湾居民来往大陆通行证号（台胞证）", "Mainland travel permit for Taiwan residents"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"(?:[0-9]{10}\([A-Z0-9]\)|(?:[0-9]{10}|[0-9]{8})" + RIGHT + ")",
    digits=8,
    keys=terms(
        "mtp, mtp no, tbz, tai bao zheng, 台胞证, 臺胞證, 台胞證, 来往大陆通行证, 來往大陸通行證, "
        "台湾居民来往大陆通行证, 臺灣居民來往大陸通行證"
    ),
    words=terms("台胞证, 臺胞證, 台胞證, 来往大陆, 來往大陸"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 台胞证：⟦00000001⟧，已登记", "current card"),
        Example("台湾居民来往大陆通行证号码⟦0000000101⟧有效", "with the issue count, Han characters on both sides"),
        Example("臺胞證 ⟦0000000101(B)⟧", "with the issuing authority, traditional script"),
        Example("ref 00000001", "no key or word names it"),
        Example("台胞证：0000001", "seven digits"),
        Example("台胞证：000000011", "nine digits"),
        Example("台胞证：0000****", "already masked"),
    ),
)
