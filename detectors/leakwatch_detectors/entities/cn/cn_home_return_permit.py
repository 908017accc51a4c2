"""Home return permit (Hong Kong, Macau): H or M and eight digits for life; older cards add two for the renewal."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="CN_HOME_RETURN_PERMIT",
    region=Region.CN,
    title=Title("港澳居民来往内地通行证号（回乡证）", "Mainland travel permit for Hong Kong and Macau residents"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"[HMhm][0-9]{8}(?:[0-9]{2})?" + RIGHT,
    digits=8,
    canonical=str.upper,
    keys=terms(
        "home return permit, home return permit no, home return, hrp, hrp no, 回乡证, 回鄉證, "
        "来往内地通行证, 來往內地通行證, 港澳居民来往内地通行证, 通行证, 通行證"
    ),
    words=terms("回乡证, 回鄉證, 来往内地, 來往內地"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 回乡证：⟦H00000000⟧ 已登记", "current card"),
        Example("港澳居民来往内地通行证号码⟦M0000000001⟧有效", "with the renewal count, Han characters on both sides"),
        Example("homeReturnPermit=⟦H0000000002⟧", "key in camel case"),
        Example("ref H00000000", "no key or word names it"),
        Example("回乡证：H0000000", "seven digits"),
        Example("回乡证：K00000000", "a different letter"),
        Example("回乡证：H000000001", "nine digits"),
    ),
)
