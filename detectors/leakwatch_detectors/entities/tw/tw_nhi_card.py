"""Taiwan health insurance card: twelve digits, with a key or word."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="TW_NHI_CARD",
    region=Region.TW,
    title=Title("台湾健保卡号", "Taiwan health insurance card"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"[0-9]{12}" + RIGHT,
    digits=12,
    keys=terms("nhi card, nhi card no, nhi no, 健保卡, 健保"),
    words=("健保卡",),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Med - 健保卡號：⟦000000000001⟧ 讀取成功", "key in traditional script"),
        Example("nhiCardNo=⟦000000000002⟧", "key in camel case"),
        Example("病患健保卡⟦000000000001⟧有效", "Han characters on both sides"),
        Example("ref 000000000001", "no key or word names it"),
        Example("健保卡：00000000001", "eleven digits"),
        Example("健保卡：0000000000011", "thirteen digits"),
    ),
)
