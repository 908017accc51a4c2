"""What is told without the store: that nothing can be stored, and, where that is asked for, that we are alive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from leakwatch.core.alert import Alert, Reason
from leakwatch.core.model import Gap, GapKind, Severity
from leakwatch.daemon.channels import Channels
from leakwatch.daemon.ledger import Ledger
from leakwatch.notify import SINKS

PATIENCE_SECONDS = 5.0
"""A state that cannot be written is told after this long …"""

CALM_SECONDS = 30.0
"""… and its end when it could be written for this long: a disk at its brink is one blindness, not many."""

_HEARTBEAT_TYPES = tuple(name for name, sink in SINKS.items() if sink.traits.heartbeat)
"""Channel types that get the heartbeat: machines, which notice its absence. In a chat it would be noise."""

_UNWRITTEN, _ALIVE = "unwritten", "alive"


@dataclass(slots=True)
class OutOfBandAlerts:
    """Used by the supervisor. ``wall`` is epoch seconds, ``clock`` monotonic; ``state`` names what cannot be written.

    ``beat`` is set when it is time to say that we are alive.
    """

    channels: Channels
    ledger: Ledger
    state: str
    wall: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    beat: threading.Event = field(default_factory=threading.Event)
    _gap: Gap | None = None
    _since: float | None = None

    def unwritten(self, trouble: str | None) -> None:
        """Tell of what keeps the state from being written, if anything does, and of its end. ``sqlite3.Error``."""
        now = self.clock()
        if (trouble is None) is (self._gap is None):  # as it was told
            self._since = None
            return
        if self._since is None:
            self._since = now
        if trouble is not None and now - self._since >= PATIENCE_SECONDS:
            self._gap = Gap(GapKind.UNWRITTEN, self.state, trouble, self.wall())
            self._since = None
            self._say(_UNWRITTEN, Reason.GAP, Severity.HIGH, self._gap)
        elif self._gap is not None and now - self._since >= CALM_SECONDS:
            self.ledger.past_gap(replace(self._gap, closed_at=self.wall()))
            self.channels.drop_notice(_UNWRITTEN)
            self._gap = self._since = None

    def alive(self) -> None:
        """Say that we are alive, when it is time to."""
        if self.beat.is_set():
            self.beat.clear()
            self._say(_ALIVE, Reason.HEARTBEAT, Severity.INFO, None)

    def _say(self, kind: str, reason: Reason, severity: Severity, subject: Gap | None) -> None:
        at = self.wall()
        alert = Alert(f"{kind}-{at:.0f}", 1, reason, severity, at, subject)
        self.channels.put_notice(kind, alert, _HEARTBEAT_TYPES if subject is None else ())
