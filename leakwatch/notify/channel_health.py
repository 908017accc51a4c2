"""How a channel is, for ``status`` and metrics."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Health(enum.StrEnum):
    """Health of a channel: sending, waiting for the receiver, or stopped because its own settings are wrong."""

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
