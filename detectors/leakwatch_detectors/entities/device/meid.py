"""Device numbers of CDMA phones (MEID): 14 hexadecimal characters that begin with a letter, under a key."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import DEVICE
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.boundaries import RIGHT, left

DETECTOR = keyed_number(
    entity="MEID",
    region=Region.ANY,
    title=Title("移动设备识别码（MEID）", "Device number (MEID)"),
    category=DEVICE,
    traits=Traits(linkable=False),
    pattern=left("meid") + r"[A-Fa-f][0-9A-Fa-f]{13}" + RIGHT,
    scores=KEY_ONLY,
    keys=terms("meid, device meid"),
    examples=(
        Example("meid=⟦A0000000000001⟧&os=android", "the usual form"),
        Example('{"meid":"⟦a100004f000001⟧"}', "lower-case letters"),
        Example("手机meid：⟦A0000000000002⟧已登记", "Han characters on both sides"),
        Example("ref A0000000000001", "no key or word names it"),
        Example("meid=A000000000000", "thirteen characters"),
        Example("meid=10000000000001", "does not begin with a letter"),
    ),
)
