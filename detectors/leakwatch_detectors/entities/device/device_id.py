"""Identifiers that phones give to applications (OAID, IDFA, IDFV, GAID, Android ID, UDID), under a key."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import DEVICE
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.boundaries import RIGHT, left

DETECTOR = keyed_number(
    entity="DEVICE_ID",
    region=Region.ANY,
    title=Title("设备标识", "Device identifier"),
    category=DEVICE,
    traits=Traits(linkable=False),
    pattern=left("oaid", "idfa", "idfv", "gaid", "udid")
    + r"(?:[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,64})"
    + RIGHT,
    scores=KEY_ONLY,
    validator=lambda value: len(set(value)) > 2,
    keys=terms(
        "oaid, idfa, idfv, gaid, vaid, aaid, android id, device id, udid, open udid, device uuid, "
        "advertising id, 设备号, 设备标识, 设备"
    ),
    examples=(
        Example("客户报OAID⟦0123456789abcdef⟧，请核对", "the key directly before the value"),
        Example("oaid=⟦0123456789abcdef⟧&os=android", "16 hexadecimal characters"),
        Example('{"idfa":"⟦01234567-89AB-CDEF-0123-456789ABCDEF⟧"}', "a UUID"),
        Example("设备号⟦0123456789abcdef0123456789abcdef⟧已登记", "Han characters on both sides"),
        Example("traceId=0123456789abcdef", "the key names a trace"),
        Example("oaid=0123", "too short"),
        Example("idfa=null", "an empty value"),
        Example("idfa=00000000-0000-0000-0000-000000000000", 'a "not available" value'),
        Example("ref 0123456789abcdef", "no key or word names it"),
    ),
)
