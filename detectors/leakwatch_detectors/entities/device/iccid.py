"""SIM card numbers (ICCID): 19 or 20 characters that begin with 8986 or 8985x, under a key."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import DEVICE
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.boundaries import RIGHT, left

DETECTOR = keyed_number(
    entity="ICCID",
    region=Region.ANY,
    title=Title("SIM 卡号（ICCID）", "SIM card number (ICCID)"),
    category=DEVICE,
    traits=Traits(linkable=False),
    pattern=left("iccid") + r"89(?:86|852|853|886)[0-9A-F]{14,16}" + RIGHT,
    digits=4,
    scores=KEY_ONLY,
    keys=terms("iccid, sim card no, sim serial, sim卡"),
    examples=(
        Example("iccid=⟦89860000000000000000⟧&imsi=", "mainland"),
        Example('{"iccid":"⟦8985200000000000000⟧"}', "Hong Kong"),
        Example("物联卡iccid：⟦8986000000000000000A⟧已激活", "hexadecimal ending, Han characters on both sides"),
        Example("ref 89860000000000000000", "no key or word names it"),
        Example("iccid=88860000000000000000", "a different prefix"),
        Example("iccid=898600000000", "too short"),
    ),
)
