"""Subscriber numbers of SIM cards (IMSI): 15 digits that begin with the country (460, 454, 455, 466), under a key."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import DEVICE
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.boundaries import RIGHT, left

DETECTOR = keyed_number(
    entity="IMSI",
    region=Region.ANY,
    title=Title("移动用户识别码（IMSI）", "Subscriber number (IMSI)"),
    category=DEVICE,
    traits=Traits(linkable=False),
    pattern=left("imsi") + r"(?:460|454|455|466)[0-9]{12}" + RIGHT,
    digits=15,
    scores=KEY_ONLY,
    keys=terms("imsi, subscriber id, sim imsi"),
    examples=(
        Example("imsi=⟦460001234567890⟧&imei=", "mainland"),
        Example('{"imsi":"⟦466920000000001⟧"}', "Taiwan"),
        Example("用户imsi：⟦454000000000001⟧已上线", "Hong Kong, Han characters on both sides"),
        Example("ref 460001234567890", "no key or word names it"),
        Example("imsi=310150123456789", "a different country"),
        Example("imsi=46000123456789", "fourteen digits"),
    ),
)
