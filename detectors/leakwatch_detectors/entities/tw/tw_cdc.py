"""Taiwan citizen digital certificate: two letters and fourteen digits, with a key or word."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="TW_CDC",
    region=Region.TW,
    title=Title("台湾自然人凭证号", "Taiwan citizen digital certificate"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"[A-Z]{2}[0-9]{14}" + RIGHT,
    digits=14,
    keys=terms("cdc, cdc no, citizen digital certificate, 自然人憑證, 自然人凭证, 憑證"),
    words=terms("自然人憑證, 自然人凭证"),
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.tw.Sign - 自然人憑證：⟦TP00000000000001⟧ 簽章成功",
            "key in traditional script",
        ),
        Example("cdcNo=⟦AB00000000000002⟧", "key in camel case"),
        Example("會員自然人憑證⟦TP00000000000001⟧有效", "Han characters on both sides"),
        Example("ref TP00000000000001", "no key or word names it"),
        Example("自然人憑證：T000000000000001", "one letter"),
        Example("自然人憑證：TP0000000000001", "thirteen digits"),
    ),
)
