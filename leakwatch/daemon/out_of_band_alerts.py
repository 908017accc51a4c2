"""Alerts that bypass the store: the state cannot be written, and the heartbeat where one is configured."""

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

ALERT_AFTER_SECONDS = 5.0
"""A state that cannot be written is alerted after this long …"""

RECOVERED_AFTER_SECONDS = 30.0
"""… and its end after it could be written for this long: a nearly full disk is one gap, not many."""

_HEARTBEAT_TYPES = tuple(name for name, sink in SINKS.items() if sink.traits.heartbeat)
"""Channel types that get the heartbeat: machines, which notice its absence. In a chat it would be noise."""

_UNWRITTEN, _ALIVE = "unwritten", "alive"


@dataclass(slots=True)
class OutOfBandAlerts:
    """Used by the supervisor. ``wall`` is epoch seconds, ``clock`` monotonic; ``state`` is the path of the state.

    ``beat`` is set when a heartbeat is due.
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
        """Alert why the state cannot be written, and when that ended. Raises ``sqlite3.Error``."""
        now = self.clock()
        if (trouble is None) is (self._gap is None):  # as already alerted
            self._since = None
            return
        if self._since is None:
            self._since = now
        if trouble is not None and now - self._since >= ALERT_AFTER_SECONDS:
            self._gap = Gap(GapKind.UNWRITTEN, self.state, trouble, self.wall())
            self._since = None
            self._say(_UNWRITTEN, Reason.GAP, Severity.HIGH, self._gap)
        elif self._gap is not None and now - self._since >= RECOVERED_AFTER_SECONDS:
            self.ledger.past_gap(replace(self._gap, closed_at=self.wall()))
            self.channels.drop_notice(_UNWRITTEN)
            self._gap = self._since = None

    def alive(self) -> None:
        """Send the heartbeat if it is due."""
        if self.beat.is_set():
            self.beat.clear()
            self._say(_ALIVE, Reason.HEARTBEAT, Severity.INFO, None)

    def _say(self, kind: str, reason: Reason, severity: Severity, subject: Gap | None) -> None:
        at = self.wall()
        alert = Alert(f"{kind}-{at:.0f}", 1, reason, severity, at, subject)
        self.channels.put_notice(kind, alert, _HEARTBEAT_TYPES if subject is None else ())
