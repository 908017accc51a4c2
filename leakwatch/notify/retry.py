"""When to try again: one table for all receivers."""

from __future__ import annotations

import random

from leakwatch.core.errors import ChannelFault, DeliveryError, MaybeDelivered, TryLater

BACKOFF_CAP = 60.0
AMBIGUOUS_SECONDS = 5.0
AMBIGUOUS_CAP = 300.0
RETRY_AFTER_CAP = 3600.0
PROBE_SECONDS = 600.0
JITTER = 0.2
UNKNOWN_TRIES = 5

LIFETIME_CRITICAL = 24 * 3600.0
LIFETIME = 6 * 3600.0
"""Seconds after which a message is given up if the receiver refuses it while it accepts others."""

LIFETIME_OUTAGE = 75 * 3600.0
"""Whatever it does with others: the whole schedule of Standard Webhooks."""


class Backoff:
    """Waits that double with every failure in a row, spread by ±20 % so that receivers are not hit in step."""

    def __init__(self, randomness: random.Random | None = None) -> None:
        self._random = randomness or random.Random()  # noqa: S311  # spreads retries, guards nothing
        self._failures = 0

    def reset(self) -> None:
        """The receiver accepted something."""
        self._failures = 0

    def wait(self, outcome: DeliveryError) -> float:
        """Seconds until the next attempt; never before the time the receiver asked for (up to an hour)."""
        self._failures += 1
        doubled = 2.0 ** min(self._failures - 1, 16)
        spread = self._random.uniform(1 - JITTER, 1 + JITTER)
        match outcome:
            case ChannelFault():
                return PROBE_SECONDS
            case MaybeDelivered():
                return min(AMBIGUOUS_SECONDS * doubled, AMBIGUOUS_CAP) * spread
            case TryLater(after=float() | int() as wish):
                wish = min(wish, RETRY_AFTER_CAP) * self._random.uniform(1, 1 + JITTER)
                return max(wish, min(doubled, BACKOFF_CAP) * spread)
            case _:
                return min(doubled, BACKOFF_CAP) * spread
