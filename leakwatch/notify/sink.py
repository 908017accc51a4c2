"""What every chat offers to delivery, and what it is given."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, ClassVar, Protocol

from leakwatch.core.alert import Message
from leakwatch.notify.http_client import HttpClient

JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """One channel's settings, read and resolved. ``url`` and ``secret`` never get into a ``repr``.

    ``mention`` names whom critical messages call; ``zone`` is the time zone of shown times (None: the machine's),
    ``host`` the machine that speaks.
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


class Sink(Protocol):
    """One chat. ``names`` is how many alerts one of its messages may name."""

    names: ClassVar[int]

    def __init__(self, settings: SinkSettings) -> None: ...

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        """The body to post, within the chat's limits; it is kept and sent as it is on every attempt.

        ``brief``: the shortest and plainest form, for a chat that refused the full one.
        """
        ...

    def cost(self, body: bytes) -> int:
        """How many posts of the robot's allowance sending this body takes."""
        ...

    def send(self, body: bytes, message_id: str) -> None:
        """Sign, post, and return once the chat has accepted the message; raise an outcome of ``errors`` otherwise."""
        ...


def encode(document: Any) -> bytes:
    """JSON in UTF-8: escapes would double the size of Chinese text, and limits are in bytes."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
