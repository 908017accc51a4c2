"""Which addresses an alert may be sent to: a URL from a configuration must not become a way into the inner network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from leakwatch.core.errors import ChannelFault, TryLater

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of (host, port), best first; raises ``OSError`` if there are none."""

_PORTS = {"http": 80, "https": 443}
_TRIED = 3
# Public by its number, yet answered by the machine's own cloud host.
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: the checked addresses, best first; none when a proxy resolves the name instead."""

    host: str
    port: int
    addresses: tuple[str, ...]


class AllowedHosts:
    """``alerts.allow_hosts``: names, ``name:port``, addresses and networks in CIDR form that may be internal."""

    def __init__(self, entries: Sequence[str] = ()) -> None:
        self._names: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in entries:
            text = entry.strip().lower()
            try:
                self._networks.append(ipaddress.ip_network(text.strip("[]"), strict=False))
            except ValueError:
                self._names.add(text)

    def name(self, host: str, port: int) -> bool:
        """Whether the host is listed by its name, with or without this port."""
        shown = f"[{host}]" if ":" in host else host
        return host in self._names or f"{shown}:{port}" in self._names

    def address(self, address: IPAddress) -> bool:
        """Whether the address is listed, itself or by its network."""
        return any(address in network for network in self._networks)


def vet(url: str, allowed: AllowedHosts, resolver: Resolve = resolve, *, proxied: bool = False) -> Target:
    """The addresses that this URL may be posted to; the name is resolved once, here.

    ``ChannelFault`` if it may not (plain http, or only internal addresses that are not listed); ``TryLater`` if the
    name has no address now. A proxy resolves names itself, so with one only a literal address is checked.
    """
    host, port, secure = _parts(url)
    listed = allowed.name(host, port)
    literal = _ip(host)
    if proxied and literal is None:
        found: tuple[IPAddress, ...] = ()
    elif literal is not None:
        found = (literal,)
    else:
        found = _look_up(host, port, resolver)
    usable = tuple(one for one in found if listed or allowed.address(one) or _public(one))
    if found and not usable:
        raise ChannelFault(
            "the receiver's address is loopback, private, link-local or reserved; "
            "if that is meant, list its host in alerts.allow_hosts",
            "address",
        )
    if not secure and not listed and not any(allowed.address(one) for one in usable):
        raise ChannelFault("the address is not https; if that is meant, list its host in alerts.allow_hosts", "http")
    if not secure and not listed:
        usable = tuple(one for one in usable if allowed.address(one))
    return Target(host, port, tuple(str(one) for one in usable[:_TRIED]))


def _parts(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ChannelFault("the address is not a valid URL", "url") from None
    if not host or parts.scheme not in _PORTS:
        raise ChannelFault("the address is not an http(s) URL", "url")
    return host, port, parts.scheme == "https"


def _ip(text: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _look_up(host: str, port: int, resolver: Resolve) -> tuple[IPAddress, ...]:
    try:
        addresses = resolver(host, port)
    except (OSError, UnicodeError):
        addresses = ()
    found = tuple(one for one in (_ip(text) for text in addresses) if one is not None)
    if not found:
        raise TryLater("the receiver's name has no address now", "dns", hold=True)
    return found


def _public(address: IPAddress) -> bool:
    for one in (address, *_embedded(address)):
        if not one.is_global or one.is_multicast or one.is_reserved or one in _METADATA:
            return False
    return True


def _embedded(address: IPAddress) -> tuple[IPAddress, ...]:
    """The IPv4 addresses embedded in an IPv6 address: a translator on the way would connect to them."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(one for one in inner if one is not None)
