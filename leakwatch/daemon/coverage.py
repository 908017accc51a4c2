"""Keeps every root watched, by events or by polling, and reports the roots that cannot be watched."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from leakwatch.core.model import Gap, GapKind
from leakwatch.daemon.ledger import Ledger
from leakwatch.daemon.redacted_paths import shown
from leakwatch.detection.analyze import Analyzer
from leakwatch.files.inotify import Watcher, without_events
from leakwatch.files.watch_paths import WatchPath

POLL_SECONDS = 10.0
"""How often everything is reconciled while some directories give no events (file system, watch limit)."""


@dataclass(slots=True)
class Coverage:
    """The roots of one configuration. Used by the supervising thread."""

    roots: Sequence[WatchPath]
    watcher: Watcher
    ledger: Ledger
    names: Analyzer
    _checked_at: float = 0.0
    _missing: bool = False
    _needs_polling: bool = False
    _absent: set[str] = field(default_factory=set)

    def due(self, missing_seconds: float) -> bool:
        """Whether to check before the next scheduled time; while a root is missing, after ``missing_seconds``."""
        passed = time.monotonic() - self._checked_at
        if self._needs_polling and passed >= POLL_SECONDS:
            return True
        return passed > missing_seconds and (self._missing or any(root.problem() for root in self.roots))

    def check(self) -> None:
        """Watch what can be watched; open a gap for what cannot, and close it once it can."""
        self._checked_at = time.monotonic()
        self._missing = self._needs_polling = False
        for root in self.roots:
            problem = root.problem()
            kind = GapKind.ROOT_MISSING
            if problem:
                self._missing = True
                self._absent.add(root.pattern)
                self._open(kind, root.pattern, f"{root.pattern} {problem}")
                continue
            directories = list(root.directories())
            if self.watcher.unwatched([root.base]):
                if self.watcher.watched(root.base) and root.pattern not in self._absent:
                    now = time.time()
                    detail = f"{root.pattern} was replaced by another directory, which is watched now"
                    self.ledger.gap(Gap(kind, root.pattern, detail, now, closed_at=now))
                self.watcher.add(root.base, deep=root.deep)
            elif root.deep:
                self.watcher.extend(root.base, self.watcher.unwatched(directories))
            self._absent.discard(root.pattern)
            self.ledger.close_gap(kind, root.pattern)
            self._report(GapKind.DENIED, root, _unreadable(directories), "a directory may not be read")
            unwatched = self.watcher.unwatched(directories)
            self._report(
                GapKind.WATCH_LIMIT, root, unwatched, "no events: raise fs.inotify.max_user_watches; polled until then"
            )
            self._needs_polling |= bool(unwatched) or without_events(root.base) is not None

    def _report(self, kind: GapKind, root: WatchPath, directories: list[str], detail: str) -> None:
        if not directories:
            self.ledger.close_gap(kind, root.pattern)
        else:
            first = shown(self.names, directories[0])
            self._open(kind, root.pattern, f"{detail} ({len(directories)}, such as {first})")

    def _open(self, kind: GapKind, root: str, detail: str) -> None:
        self.ledger.gap(Gap(kind, root, detail, time.time()))


def mode_of(roots: Sequence[WatchPath]) -> str:
    """How changes below these roots are detected, for ``status``."""
    silent = sorted({kind for kind in (without_events(root.base) for root in roots) if kind is not None})
    return f"polling every {POLL_SECONDS:.0f} s ({', '.join(silent)} gives no events)" if silent else "events"


def _unreadable(directories: list[str]) -> list[str]:
    return [directory for directory in directories if not os.access(directory, os.R_OK | os.X_OK)]
