"""One watch of kind ``log``, and the gaps that concern the watch as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from leakwatch.core.model import Gap, GapKind
from leakwatch.daemon.ledger import Ledger
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.read_lag import ReadLag
from leakwatch.detection.analyze import Analyzer
from leakwatch.files.tail import Follower
from leakwatch.files.watch_paths import FOREIGN
from leakwatch.state.incidents import Watched

BEHIND_SECONDS = 300.0
"""Lines that wait this long are reported as a gap; it closes when they wait a tenth of that."""

NOT_FOLLOWED = f"not followed: {FOREIGN}"
_DENIED = "a log may not be read; give this user the right to (group or ACL)"


@dataclass(slots=True)
class LogWatch:
    """The logs of one watch and what is reported about them. ``analyzer`` None: the one of the whole daemon."""

    watched: Watched
    follower: Follower
    backlog: bool = False
    """Whether something older than the first start is still unread."""
    denied: dict[str, str] = field(default_factory=dict)
    """Logs (masked) that may not be read, and their bases, as far as reported."""
    foreign: dict[str, str] = field(default_factory=dict)
    """The same for hard links to files of another owner."""
    lost: list[Gap] = field(default_factory=list)
    """Gaps that are not stored yet."""
    analyzer: Analyzer | None = None
    read: int = 0
    """Bytes read since the start."""
    lag: ReadLag = field(default_factory=ReadLag)
    late: bool = False
    """Whether a gap for late reading is open."""

    @property
    def name(self) -> str:
        """The name of the watch."""
        return self.watched.watch

    def report_unread(self, ledger: Ledger, redact: Callable[[str], str]) -> None:
        """Open and close the gaps of logs that may not be read or are not followed."""
        self.denied = _report(ledger, redact, GapKind.DENIED, _DENIED, self.denied, self.follower.denied)
        self.foreign = _report(ledger, redact, GapKind.SKIPPED, NOT_FOLLOWED, self.foreign, self.follower.foreign)

    def report_lag(self, ledger: Ledger, metrics: Metrics) -> None:
        """Measure how far reading is behind, and open or close its gap; backlog may take long without one."""
        waiting = sum(source.lag for source in self.follower.sources if source.dirty)
        self.lag.update(monotonic(), self.read, waiting)
        seconds = self.lag.seconds
        metrics.behind.labels(self.name).set(seconds)
        root = f"watch {self.name}"
        if not self.late and not self.backlog and seconds > BEHIND_SECONDS:
            self.late = True
            detail = f"the oldest unread line has waited for {seconds / 60:.0f} minutes, {waiting} bytes are unread"
            ledger.gap(Gap(GapKind.BEHIND, root, detail, ledger.clock()))
        elif seconds < BEHIND_SECONDS / 10 and (self.late or not self.lag.reported):
            self.late, self.lag.reported = False, True
            ledger.close_gap(GapKind.BEHIND, root)


def _report(
    ledger: Ledger,
    redact: Callable[[str], str],
    kind: GapKind,
    detail: str,
    reported: dict[str, str],
    present: dict[str, str],
) -> dict[str, str]:
    """Open a gap for each newly present log (path → base), close those that are over; returns what is reported now."""
    now = {redact(path): base for path, base in present.items()}
    for path, base in now.items():
        if path not in reported:
            ledger.gap(Gap(kind, base, detail, ledger.clock(), path))
    for path, base in reported.items():
        if path not in now:
            ledger.close_gap(kind, base, path)
    return now
