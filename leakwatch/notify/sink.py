"""The protocol of a sink, and what it is given."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, ClassVar, Protocol

from leakwatch.core.alert import Message
from leakwatch.notify.http_client import HttpClient
from leakwatch.notify.rate_limit import Limit

JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """The resolved settings of one channel. ``url`` and ``secret`` never appear in a ``repr``.

    ``mention`` lists the people that critical messages mention; ``zone`` is the time zone of displayed times (None: the
    machine's), ``host`` this machine.
    """

    url: str = field(repr=False)
    client: HttpClient
    secret: str | None = field(default=None, repr=False)
    keyword: str = ""
    mention: tuple[str, ...] = ()
    format: str = "ocsf"
    zone: tzinfo | None = None
    host: str = "localhost"
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class SinkTraits:
    """What the rest of leakwatch needs to know about a channel type."""

    names: int
    """How many alerts one message may list; 1: it takes one alert per message and does not wait for others."""
    accepted: bytes
    """A body with which the receiver says that it has accepted a message; empty if its status alone says so."""
    limits: tuple[Limit, ...] = ()
    """Rate limits, a little below what the receiver documents; none: no limit."""
    body_bytes: int | None = None
    """The largest body the receiver takes."""
    signed: bool = False
    """Whether it signs with ``secret``."""
    mentions: bool = False
    """Whether critical messages can mention people."""
    heartbeat: bool = False
    """Whether it gets ``alerts.heartbeat``."""


class Sink(Protocol):
    """One chat or webhook."""

    traits: ClassVar[SinkTraits]

    def __init__(self, settings: SinkSettings) -> None: ...

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        """The body to post, within the chat's limits; it is stored, and every attempt sends it unchanged.

        ``brief``: the shortest and plainest form, for a chat that rejected the full one.
        """
        ...

    def cost(self, body: bytes) -> int:
        """How many posts this body takes of the rate limit."""
        ...

    def send(self, body: bytes, message_id: str) -> None:
        """Sign and post; return once the chat has accepted the message, else raise a ``DeliveryError``."""
        ...


def encode(document: Any) -> bytes:
    """JSON in UTF-8: escapes would double the size of Chinese text, and limits are in bytes."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
