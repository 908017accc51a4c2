"""Numbers of machine SIM cards: 13 digits, like millisecond timestamps of 2014 to 2017, so only with a key or word."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = ("msisdn", "iot", "iot no", "iot card", "iot num", "sim no", "物联网卡", "物聯網卡", "物联卡")
_WORDS = ("物联网卡", "物聯網卡", "物联卡")


DETECTOR = Detector(
    entity="CN_IOT_MSISDN",
    region=Region.CN,
    title=Title("物联网卡号", "IoT SIM card number"),
    severity="low",
    grades={},
    profile_grades=ORDINARY,
    pattern=(LEFT + r"1(?:4(?:1[0]|4[01]|[68][0-9])[0-9]{9}|064[6-9][0-9]{8})" + RIGHT),
    prefilter=Prefilter(digits=12, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    keys=_KEYS,
    words=_WORDS,
    mask="phone",
    advice=DEVICE,
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.iot.Sim - 物联网卡：⟦1440000000000⟧ 上线", "key in Chinese"),
        Example("msisdn=⟦1064800000001⟧", "the other number range"),
        Example("物联网卡⟦1480000000002⟧已停用", "Han characters on both sides"),
        Example("ts 1440000000000", "milliseconds"),
        Example("msisdn=1700000000123", "a different number range"),
        Example("msisdn=144000000000", "twelve digits"),
        Example("timestamp=1440000000000", "the key names a time"),
    ),
)
