"""Macau passports: MA or MB and seven digits; no check digit."""

from leakwatch_detectors.contract import Example, Region, Title
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="MO_PASSPORT",
    region=Region.MO,
    title=Title("澳门特区护照号", "Macau passport number"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"[Mm][ABab][0-9]{7}" + RIGHT,
    digits=7,
    canonical=str.upper,
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.mo.Kyc - 護照號碼：⟦MA0000000⟧ 已上傳", "key in traditional script"),
        Example('{"passport":"⟦MB0000001⟧"}', "key in JSON"),
        Example("客戶護照⟦MA0000001⟧有效", "Han characters on both sides"),
        Example("ref MA0000000", "no key or word names it"),
        Example("護照：MC0000000", "MC is not issued"),
        Example("passportNo=MA000000", "six digits"),
    ),
)
