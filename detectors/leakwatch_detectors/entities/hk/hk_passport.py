"""Hong Kong passports: K or H and eight digits, or KJ, HJ and seven; no check digit."""

from leakwatch_detectors.contract import Example, Region, Title
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="HK_PASSPORT",
    region=Region.HK,
    title=Title("香港特区护照号", "Hong Kong passport number"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"[KHkh](?:[0-9]{8}|[JMjm][0-9]{7})" + RIGHT,
    digits=7,
    canonical=str.upper,
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.hk.Kyc - 護照號碼：⟦K00000000⟧ 已上傳", "key in traditional script"),
        Example("passportNo=⟦HJ0000001⟧&region=HK", "the longer prefix"),
        Example("客戶護照⟦K00000001⟧有效", "Han characters on both sides"),
        Example("ref K00000000", "no key or word names it"),
        Example("passportNo=K0000000", "seven digits"),
        Example("護照：K0000****", "already masked"),
    ),
)
