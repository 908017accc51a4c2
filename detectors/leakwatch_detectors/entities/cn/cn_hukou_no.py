"""Household register number. Only the key identifies it."""

from leakwatch_detectors.contract import Example, Region, Scores, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="CN_HUKOU_NO",
    region=Region.CN,
    title=Title("户口簿号", "Household register number"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"(?=[A-Z0-9]{0,19}[0-9]{4})[A-Z0-9]{6,20}" + RIGHT,
    digits=4,
    scores=Scores(bare=0.0, key=0.75, context=0.0),
    keys=terms("hukou no, hukou, household no, hkb no, 户口, 戶口, 户口簿, 戶口簿, 户口本, 户籍编"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 户口簿号：⟦0000123456⟧ 已上传", "key in Chinese"),
        Example('{"hukouNo":"⟦A00001234⟧"}', "key in JSON"),
        Example("客户户口本号⟦0000123456⟧已核", "Han characters on both sides"),
        Example("ref 0000123456", "no key or word names it"),
        Example("户口簿号：****", "already masked"),
        Example("户口类型：农业0000123456", "a type, not a number"),
        Example("hukouType=0000123456", "a different key"),
    ),
)
