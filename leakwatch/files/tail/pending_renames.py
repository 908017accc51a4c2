"""Logs that lost their name before they could be opened, tracked through the events of their directories."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from leakwatch.core.file_id import FileId
from leakwatch.files.tail.log_identity import HeldFile, open_same_file
from leakwatch.files.watch_paths import ListedFile, WatchPath, file_at

MAX_HELD = 64
"""How many renamed logs are held open until they are taken; beyond it only their names are kept."""


@dataclass(slots=True)
class PendingRenames:
    """Files that lost a name that starts a log. ``path in pending``: whether the file of that path had such a name.

    Such a file must be read whatever its name is now: it was there, only not for long enough. A file is tracked from
    name to name, so every event must be passed on, in order; after a loss of events nothing is pending. It is opened
    as soon as its rename is reported, since it may be deleted at any moment. ``moved`` is called by watchdog's thread,
    the other methods by the thread that reads.
    """

    roots: Sequence[WatchPath]
    needs_no_opening: Callable[[ListedFile], bool]
    """Whether a listed file is followed already and safe."""
    _names: set[str] = field(default_factory=set)
    _held: dict[FileId, HeldFile] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def moved(self, old: str | None, new: str | None) -> None:
        """``old`` was renamed to ``new``; None stands for a place outside the watched directories."""
        pending = old is not None and (old in self._names or self._starts_log(old))
        if old is not None:
            self._names.discard(old)
        if new is not None and pending:
            if not self._starts_log(new):
                self._names.add(new)
            self._hold(new)
        elif new is not None:
            self._names.discard(new)

    def forget(self) -> None:
        """Events were lost: no name can be trusted any more."""
        self._names = set()

    def take(self) -> HeldFile | None:
        """Hand over one opened file; the caller closes it."""
        with self._lock:
            return self._held.pop(next(iter(self._held))) if self._held else None

    def close(self) -> None:
        """Close what nobody took; nothing is opened any more."""
        self._closed = True
        while (held := self.take()) is not None:
            os.close(held.fd)

    def __contains__(self, path: str) -> bool:
        return path in self._names

    def _starts_log(self, path: str) -> bool:
        return any(root.matches(path) for root in self.roots)

    def _hold(self, path: str) -> None:
        """Open the file of that name. If it moved on already, that is its successor, which is pending as well."""
        folder = path.rpartition("/")[0]
        base = next((root.base for root in self.roots if root.covers(folder)), None)
        file = None if base is None else file_at(path, base)
        if file is None or self.needs_no_opening(file):
            return
        with self._lock:
            if self._closed or file.id in self._held or len(self._held) >= MAX_HELD:
                return
            try:
                fd = open_same_file(file.base, file.parts, file.id)
            except PermissionError:
                return  # the next listing reports it
            if fd >= 0:
                self._held[file.id] = HeldFile(**asdict(file), fd=fd)
