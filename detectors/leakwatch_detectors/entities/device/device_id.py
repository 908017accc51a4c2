"""Identifiers that phones give to applications (OAID, IDFA, IDFV, GAID, Android ID, UDID), by key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import RIGHT, left

_KEYS = (
    "oaid",
    "idfa",
    "idfv",
    "gaid",
    "vaid",
    "aaid",
    "android id",
    "device id",
    "udid",
    "open udid",
    "device uuid",
    "advertising id",
    "设备号",
    "设备标识",
    "设备",
)


DETECTOR = Detector(
    entity="DEVICE_ID",
    region=Region.ANY,
    title=Title("设备标识", "Device identifier"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(linkable=False),
    pattern=(
        left("oaid", "idfa", "idfv", "gaid", "udid")
        + r"(?:[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,64})"
        + RIGHT
    ),
    prefilter=Prefilter(literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    validator=lambda value: len(set(value)) > 2,
    keys=_KEYS,
    mask="generic",
    advice=DEVICE,
    examples=(
        Example("客户报OAID⟦0123456789abcdef⟧，请核对", "the key touches the value"),
        Example("oaid=⟦0123456789abcdef⟧&os=android", "16 hexadecimal signs"),
        Example('{"idfa":"⟦01234567-89AB-CDEF-0123-456789ABCDEF⟧"}', "a UUID"),
        Example("设备号⟦0123456789abcdef0123456789abcdef⟧已登记", "Han characters touch both sides"),
        Example("traceId=0123456789abcdef", "its key names a trace"),
        Example("oaid=0123", "too short"),
        Example("idfa=null", "no value"),
        Example("idfa=00000000-0000-0000-0000-000000000000", "not available"),
        Example("ref 0123456789abcdef", "nothing names it"),
    ),
)
