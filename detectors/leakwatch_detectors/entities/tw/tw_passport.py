"""Taiwan passports: nine digits without a check digit, so only with a key or word."""

from leakwatch_detectors.contract import Example, Region, Title
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="TW_PASSPORT",
    region=Region.TW,
    title=Title("台湾护照号", "Taiwan passport number"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"[0-9]{9}" + RIGHT,
    digits=9,
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Kyc - 護照號碼：⟦300000001⟧ 已上傳", "key in traditional script"),
        Example('{"passportNumber":"⟦300000002⟧"}', "key in JSON"),
        Example("客戶護照⟦300000001⟧有效", "Han characters on both sides"),
        Example("ref 300000001", "no key or word names it"),
        Example("護照：30000001", "eight digits"),
        Example("護照：3000****1", "already masked"),
    ),
)
