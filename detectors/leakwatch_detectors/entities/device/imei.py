"""Device numbers of phones (IMEI): 15 digits with a Luhn check digit, under a key."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import DEVICE
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.boundaries import RIGHT, left
from leakwatch_detectors.values.checksums import luhn

DETECTOR = keyed_number(
    entity="IMEI",
    region=Region.ANY,
    title=Title("手机串号（IMEI）", "Device number (IMEI)"),
    category=DEVICE,
    traits=Traits(linkable=False),
    pattern=left("imei") + r"[0-9]{15}" + RIGHT,
    digits=15,
    scores=KEY_ONLY,
    validator=lambda value: luhn(value) and len(set(value)) > 1,
    keys=terms("imei, device imei, phone imei, 串号, 手机串号, 串號"),
    examples=(
        Example("imei=⟦490154203237518⟧&os=android", "published specimen"),
        Example('{"imei1":"⟦860000000000009⟧"}', "the first of two SIM slots"),
        Example("手机串号⟦350000000000006⟧已登记", "Han characters on both sides"),
        Example("ref 490154203237518", "no key or word names it"),
        Example("imei=490154203237519", "wrong Luhn digit"),
        Example("imei=000000000000", "twelve digits"),
        Example("imei=000000000000000", 'a "not available" value'),
    ),
)
