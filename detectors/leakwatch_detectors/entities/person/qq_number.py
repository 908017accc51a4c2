"""QQ numbers: five to eleven digits, under a key."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import MESSENGER_ACCOUNT
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.boundaries import RIGHT, left

DETECTOR = keyed_number(
    entity="QQ_NUMBER",
    region=Region.ANY,
    title=Title("QQ 号", "QQ number"),
    category=MESSENGER_ACCOUNT,
    traits=Traits(email_local_part=True),
    pattern=left("qq") + r"[1-9][0-9]{4,10}" + RIGHT,
    digits=5,
    scores=KEY_ONLY,
    keys=terms("qq, qq no, qq num, qq number, qq号, qq号码"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.crm.Add - QQ：⟦10000001⟧ 已添加", "the usual key"),
        Example('{"qq_no":"⟦123456789⟧"}', "key in snake case"),
        Example("客户QQ⟦10000001⟧已添加", "Han characters on both sides"),
        Example("QQ群", "no number"),
        Example("ref 10000001", "no key or word names it"),
        Example("QQ：0123456", "a leading zero"),
        Example("QQ：1234", "four digits"),
        Example("qqGroup=10000001", "a different key"),
    ),
)
