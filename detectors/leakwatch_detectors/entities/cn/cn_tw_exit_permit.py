"""Exit-entry permit for Taiwan: T or L and eight digits, no check digit."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="CN_TW_EXIT_PERMIT",
    region=Region.CN,
    title=Title("往来台湾通行证号", "Exit-entry permit for Taiwan"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"[TLtl][0-9]{8}" + RIGHT,
    digits=8,
    canonical=str.upper,
    keys=terms(
        "tw permit, tw permit no, taiwan permit, permit no, 往来台湾通行证, 往來臺灣通行證, 台湾通行证, "
        "臺灣通行證, 台灣通行證, 大通证, 大通證, 通行证, 通行證"
    ),
    words=terms("台湾通行, 臺灣通行, 台灣通行, 大通证"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 往来台湾通行证：⟦L00000000⟧ 已登记", "electronic card"),
        Example("台湾通行证号⟦T00000001⟧有效", "booklet, Han characters on both sides"),
        Example("twPermit=⟦L00000002⟧", "key in camel case"),
        Example("ref L00000000", "no key or word names it"),
        Example("往来台湾通行证：L0000000", "seven digits"),
        Example("往来台湾通行证：A00000000", "a different letter"),
        Example("lotNo=L00000002", "the key names something else"),
    ),
)
