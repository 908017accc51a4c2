"""Public IPv4 and IPv6 addresses. Off by default: one log line in three has a number that looks like one."""

from __future__ import annotations

import ipaddress

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import DEVICE
from leakwatch_detectors.data.grades import ORDINARY

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"


def _valid(value: str) -> bool:
    try:
        return ipaddress.ip_address(value).is_global
    except ValueError:
        return False


DETECTOR = Detector(
    entity="IP_ADDRESS",
    region=Region.ANY,
    title=Title("公网 IP 地址", "Public IP address"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(linkable=False),
    pattern=(
        rf"(?:(?<![0-9A-Za-z.\-])(?<!:[0-9A-Fa-f]{{0,4}}:)(?:{_OCTET}\.){{3}}{_OCTET}(?![0-9A-Za-z]|\.[0-9])"
        r"|(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,35}:)[0-9A-Fa-f:]{4,39}(?![0-9A-Za-z:.]))"
    ),
    prefilter=Prefilter(digits=0),
    scores=Scores(bare=0.5, key=0.85, context=0.7, negative=0.0),
    validator=_valid,
    keys=terms(
        "ip, client ip, remote addr, remote address, remote ip, login ip, source ip, src ip, "
        "x forwarded for, x real ip, user ip, host, ip addr, ip address, 登录ip, ip地址"
    ),
    words=("登录", "登錄", "来自"),
    negative_keys=("version", "ver", "software", "release"),
    mask="generic",
    advice=DEVICE,
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO login from clientIp=⟦203.0.114.7⟧ ok", "under its key"),
        Example("登录IP：⟦8.8.8.8⟧，成功", "Chinese key"),
        Example("来自⟦1.1.1.1⟧的请求", "Han characters on both sides"),
        Example("remoteAddr=⟦2400:3200::1⟧", "IPv6"),
        Example("clientIp:⟦8.8.4.4⟧", "after a colon"),
        Example("clientIp=10.0.0.1", "a private address"),
        Example("version=1.2.3.4", "a version number"),
        Example("clientIp=300.1.1.1", "out of range"),
        Example("release 1.2.3.4.5", "five parts"),
        Example("time 10:15:32", "a time"),
        Example("mac aa:bb:cc:dd:ee:ff", "a MAC address"),
    ),
)
