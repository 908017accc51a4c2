"""Hardware addresses. Off by default: logs of networks are full of them."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY

DETECTOR = Detector(
    entity="MAC_ADDRESS",
    region=Region.ANY,
    title=Title("MAC 地址", "Hardware (MAC) address"),
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
        Example("2026-03-01 10:00:00 INFO wifi mac=⟦a4:5e:60:00:00:01⟧ joined", "its key names it"),
        Example('{"macAddress":"⟦A4-5E-60-00-00-01⟧"}', "with dashes"),
        Example("设备⟦a4:5e:60:00:00:01⟧上线", "Han characters touch both sides"),
        Example("switch learned ⟦0012.3456.789a⟧ on port 3", "as switches write it"),
        Example("mac=00:00:00:00:00:00", "not available"),
        Example("mac=ff:ff:ff:ff:ff:ff", "everybody"),
        Example("mac=a4:5e:60:00:00", "five parts"),
        Example("ssh fingerprint a4:5e:60:00:00:01:aa:bb", "a longer digest"),
        Example("mac=a4:5e:60:**:**:**", "masked already"),
    ),
)
