"""Findings and gaps of an export that are stored in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from leakwatch.core.model import Gap, Skipped
from leakwatch.daemon.ledger import LocatedFinding

GROUP = 500
"""Findings are stored in groups of this many, or after ``GROUP_SECONDS``, whichever is first."""
GROUP_SECONDS = 0.2


@dataclass(slots=True)
class FindingGroup:
    """What is stored in one transaction; the ``last`` one completes the export."""

    located: list[LocatedFinding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    last: bool = False
    unread: frozenset[str] = frozenset()
    """In the last one: the parts of the export that were skipped, by their redacted paths."""
    _since: float | None = None

    def full(self) -> bool:
        """Whether it holds enough, or is old enough, to be stored."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
        return len(self.located) >= GROUP or now - self._since > GROUP_SECONDS
