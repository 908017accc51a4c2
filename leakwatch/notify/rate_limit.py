"""Rate limits of one robot. Attempts count, not successes: the receiver counts them, too.

Three lanes share a minute, so that a storm of minor alerts never delays a critical one:

- critical messages may use all but the last two slots; once slots run low, their cards are full or ten seconds apart;
- other messages are sent while fewer than ten were sent;
- after that a card that counts all of them is sent every thirty seconds, in the two reserved slots.

Known limit: a restart forgets what was sent in the minute before it.
"""

from __future__ import annotations

import enum
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from leakwatch.notify.message_text import NAMES

MINUTE = 60.0
RESERVED = 2
SOLO = 10
STORM_SECONDS = 30.0
CRITICAL_CARD_SECONDS = 10.0
_PLENTY = 6
_FEW = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` attempts in any ``seconds``."""

    count: int
    seconds: float


class Lane(enum.Enum):
    """The lane of a message."""

    CRITICAL = "critical"
    OTHER = "other"


class RateLimit:
    """Sliding windows of one robot; ``clock`` is monotonic, in seconds."""

    def __init__(self, limits: tuple[Limit, ...], clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._attempts: deque[tuple[float, bool]] = deque()  # when, and whether in a slot reserved for storm cards
        self._storm: float | None = None
        self._card: float | None = None

    def spend(self, lane: Lane, cost: int = 1) -> None:
        """Count ``cost`` attempts made now."""
        now = self._clock()
        storm = self._minute is not None and lane is Lane.OTHER and self._used(now) >= SOLO
        if storm:
            self._storm = now
        self._attempts.extend([(now, storm)] * cost)

    def wait(self, lane: Lane, cost: int = 1) -> float:
        """Seconds until ``cost`` attempts of that lane are allowed; 0 if they are allowed now."""
        now = self._clock()
        self._forget(now)
        attempts = [at for at, _ in self._attempts]
        waits = [_until(attempts, limit.seconds, limit.count, cost, now) for limit in self._limits]
        if self._minute is not None and lane is Lane.CRITICAL:
            waits.append(_until(self._ordinary, MINUTE, self._minute.count - RESERVED, cost, now))
        elif self._minute is not None:
            storm = 0.0 if self._storm is None else max(0.0, self._storm + STORM_SECONDS - now)
            waits.append(min(storm, _until(attempts, MINUTE, SOLO, cost, now)))
        return max(waits, default=0.0)

    def criticals(self, waiting: int) -> int:
        """How many of the waiting criticals the next message may list; 0: wait for ``card_wait`` seconds first."""
        if self._minute is None:
            return 1
        self._forget(self._clock())
        left = self._minute.count - RESERVED - len(self._ordinary)
        if left > _PLENTY and waiting <= _FEW:
            return 1
        if (left > _FEW and waiting >= NAMES) or self.card_wait() == 0.0:
            return NAMES
        return 0

    def card_wait(self) -> float:
        """Seconds until the next card of criticals may be sent although it is not full."""
        return 0.0 if self._card is None else max(0.0, self._card + CRITICAL_CARD_SECONDS - self._clock())

    def card_sent(self) -> None:
        """Record that a card of several criticals is sent now."""
        self._card = self._clock()

    @property
    def _minute(self) -> Limit | None:
        return next((limit for limit in self._limits if limit.seconds == MINUTE), None)

    @property
    def _ordinary(self) -> list[float]:
        return [at for at, storm in self._attempts if not storm]

    def _used(self, now: float) -> int:
        self._forget(now)
        return len(self._attempts)

    def _forget(self, now: float) -> None:
        while self._attempts and self._attempts[0][0] <= now - MINUTE:
            self._attempts.popleft()


def _until(attempts: list[float], seconds: float, most: int, cost: int, now: float) -> float:
    """Seconds until ``cost`` more fit into a window of ``most`` (a cost above that needs an empty window)."""
    inside = [at for at in attempts if at > now - seconds]
    over = len(inside) + min(cost, most) - most
    # never zero by rounding while the window still holds too many
    return 0.0 if over <= 0 else max(inside[over - 1] + seconds - now, 0.001)
