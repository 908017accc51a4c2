"""Which addresses alerts may go to."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from leakwatch.core.errors import ChannelFault, TryLater
from leakwatch.notify.allowed_hosts import AllowedHosts, resolve, vet

NOBODY = AllowedHosts()


def names(*addresses: str) -> Resolver:
    return Resolver(addresses)


class Resolver:
    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_a_name_that_resolves_to_an_inner_address_is_refused_with_advice(address):
    """Loopback, private, link-local, metadata, reserved and translated inner addresses are not posted to."""
    with pytest.raises(ChannelFault, match=r"alerts\.allow_hosts"):
        vet("https://hooks.example.com/x", NOBODY, names(address))


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "https://[::1]/x", "https://2130706433/x", "https://0x7f.1/x"])
def test_literal_inner_addresses_are_refused_however_they_are_written(url):
    """Decimal and hexadecimal spellings mean the same to the system's resolver, and are refused as what they mean."""
    with pytest.raises(ChannelFault, match=r"alerts\.allow_hosts"):
        vet(url, NOBODY)


def test_a_public_address_is_looked_up_once_and_is_the_one_to_connect_to():
    """The checked addresses themselves are handed on, so that a second, different answer of the DNS has no effect."""
    resolver = names("8.8.8.8", "2001:4860:4860::8888")
    target = vet("https://hooks.example.com/x", NOBODY, resolver)
    assert target.addresses == ("8.8.8.8", "2001:4860:4860::8888")
    assert (target.host, target.port) == ("hooks.example.com", 443)
    assert resolver.asked == [("hooks.example.com", 443)]


def test_of_mixed_addresses_only_the_public_ones_are_used():
    """An inner address beside a public one is left out."""
    assert vet("https://hooks.example.com/x", NOBODY, names("10.0.0.1", "8.8.8.8")).addresses == ("8.8.8.8",)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("soc.corp.example", "https://soc.corp.example/x"),
        ("SOC.corp.example", "https://soc.corp.example/x"),
        ("soc.corp.example:8443", "https://soc.corp.example:8443/x"),
        ("10.0.0.0/8", "https://soc.corp.example/x"),
        ("10.1.2.3", "https://10.1.2.3/x"),
        ("10.1.2.3:8443", "https://10.1.2.3:8443/x"),
        ("10.1.2.3", "http://10.1.2.3/x"),
        ("soc.corp.example", "http://soc.corp.example/x"),
        ("10.0.0.0/8", "http://soc.corp.example/x"),
    ],
)
def test_a_listed_host_may_be_an_inner_one_and_plain_http(entry, url):
    """Names, name:port, addresses and networks in alerts.allow_hosts open exactly those."""
    assert vet(url, AllowedHosts([entry]), names("10.1.2.3")).addresses == ("10.1.2.3",)


@pytest.mark.parametrize("entry", ["other.example", "soc.corp.example:9999", "10.2.0.0/16", "fd00::/8"])
def test_a_list_opens_nothing_else(entry):
    """Another host, port or network in the list does not help."""
    with pytest.raises(ChannelFault):
        vet("https://soc.corp.example/x", AllowedHosts([entry]), names("10.1.2.3"))


def test_plain_http_to_a_public_host_is_refused_with_advice():
    """Without TLS anyone on the way reads the key in the URL."""
    with pytest.raises(ChannelFault, match=r"not https.*alerts\.allow_hosts"):
        vet("http://hooks.example.com/x", NOBODY, names("8.8.8.8"))


def test_plain_http_by_a_listed_network_stays_in_that_network():
    """A listed network permits http to its own addresses, not to a public one of the same name."""
    target = vet("http://soc.corp.example/x", AllowedHosts(["10.0.0.0/8"]), names("8.8.8.8", "10.1.2.3"))
    assert target.addresses == ("10.1.2.3",)


@pytest.mark.parametrize("url", ["ftp://h/x", "https:///x", "x", "https://h:99999/x", "https://[::1/x", ""])
def test_what_is_no_web_address_is_a_fault_of_the_channel(url):
    """Nothing is looked up for it."""
    resolver = names("8.8.8.8")
    with pytest.raises(ChannelFault, match="not a"):
        vet(url, NOBODY, resolver)
    assert resolver.asked == []


def test_a_name_without_an_address_is_tried_again():
    """The DNS may be down; that is no reason to give the channel up."""

    def fails(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    for resolver in (fails, names()):
        with pytest.raises(TryLater) as caught:
            vet("https://hooks.example.com/x", NOBODY, resolver)
        assert caught.value.hold


def test_behind_a_proxy_names_are_the_proxys_but_literal_inner_addresses_stay_refused():
    """The machine may have no DNS of its own; a literal address can be judged without one."""
    resolver = names("8.8.8.8")
    assert vet("https://hooks.example.com/x", NOBODY, resolver, proxied=True).addresses == ()
    assert resolver.asked == []
    with pytest.raises(ChannelFault):
        vet("https://169.254.169.254/x", NOBODY, resolver, proxied=True)


def test_the_systems_resolver_gives_each_address_once():
    """A literal needs no network, so it proves the shape of the answer."""
    assert resolve("127.0.0.1", 443) == ["127.0.0.1"]
