"""Getting messages to one channel: a thread each, so that a dead or slow receiver never blocks another."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

OnTrouble = Callable[[str, str], None]
"""Called once per trouble with (channel, reason); the reason is safe to store and to show."""


class Health(enum.StrEnum):
    """How a channel is: sending, waiting for the receiver, or stopped because its own settings are wrong."""

    OK = "ok"
    HOLDING = "holding"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel as ``status`` shows it. Times are epoch seconds."""

    name: str
    type: str
    state: Health
    since: float
    last_ok: float | None
    pending: int
    last_reason: str
