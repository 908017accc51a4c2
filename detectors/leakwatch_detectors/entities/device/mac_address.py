"""MAC addresses. Off by default: network logs are full of them."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY

DETECTOR = Detector(
    entity="MAC_ADDRESS",
    region=Region.ANY,
    title=Title("MAC 地址", "MAC address"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(linkable=False),
    pattern=(
        r"(?<![0-9A-Za-z:.\-])(?:(?:[0-9A-Fa-f]{2}(?P<s>[:\-]))(?:[0-9A-Fa-f]{2}(?P=s)){4}[0-9A-Fa-f]{2}"
        r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![0-9A-Za-z]|[:.\-][0-9A-Fa-f])"
    ),
    prefilter=Prefilter(),
    scores=Scores(bare=0.6, key=0.85, context=0.7, negative=0.1),
    validator=lambda value: len(set(value) - set(":.-")) > 1,
    canonical=lambda value: "".join(char for char in value if char not in ":.-").lower(),
    keys=("mac", "mac address", "mac addr", "wifi mac", "bluetooth mac", "mac地址"),
    words=("网卡", "mac"),
    mask="generic",
    advice=DEVICE,
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO wifi mac=⟦a4:5e:60:00:00:01⟧ joined", "under its key"),
        Example('{"macAddress":"⟦A4-5E-60-00-00-01⟧"}', "with dashes"),
        Example("设备⟦a4:5e:60:00:00:01⟧上线", "Han characters on both sides"),
        Example("switch learned ⟦0012.3456.789a⟧ on port 3", "in the notation of switches"),
        Example("mac=00:00:00:00:00:00", 'a "not available" value'),
        Example("mac=ff:ff:ff:ff:ff:ff", "the broadcast address"),
        Example("mac=a4:5e:60:00:00", "five parts"),
        Example("ssh fingerprint a4:5e:60:00:00:01:aa:bb", "part of a longer digest"),
        Example("mac=a4:5e:60:**:**:**", "already masked"),
    ),
)
