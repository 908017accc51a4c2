"""Logs that lost their name before they could be opened, as the events of their directories tell of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from leakwatch.files.tail.log_identity import HeldFile, open_known
from leakwatch.files.watch_paths import ListedFile, WatchPath, entry_of

MAX_HELD = 64
"""So many owed logs are held open until they are taken; of more only the names are known."""


@dataclass(slots=True)
class PendingRenames:
    """Files that lost a name that starts a log. ``path in owed``: whether what is called so now had such a name.

    What had one is owed, whatever it is called by now: it was there to be read, only not for long enough. A file is
    known by its way from name to name, so all events must be told, in their order; where some were lost nothing is
    owed. It is opened as soon as its way is heard of, since it may be deleted in a moment. ``moved`` is called by one
    thread (watchdog's), the others by the one that reads.
    """

    roots: Sequence[WatchPath]
    in_hand: Callable[[ListedFile], bool]
    """Whether a listed file needs not be opened."""
    _names: set[str] = field(default_factory=set)
    _held: dict[tuple[int, int], HeldFile] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def moved(self, old: str | None, new: str | None) -> None:
        """What was called ``old`` is called ``new``; None: nothing that we saw, or nowhere that we see."""
        pending_renames = old is not None and (old in self._names or self._starts(old))
        if old is not None:
            self._names.discard(old)
        if new is not None and pending_renames:
            if not self._starts(new):
                self._names.add(new)
            self._hold(new)
        elif new is not None:
            self._names.discard(new)

    def forget(self) -> None:
        """Events were lost: of no name it is known any more what it stands for."""
        self._names = set()

    def take(self) -> HeldFile | None:
        """One that was opened, the caller's from now on."""
        with self._lock:
            return self._held.pop(next(iter(self._held))) if self._held else None

    def close(self) -> None:
        """Let go what nobody took; nothing is opened any more."""
        self._closed = True
        while (held := self.take()) is not None:
            os.close(held.fd)

    def __contains__(self, path: str) -> bool:
        return path in self._names

    def _starts(self, path: str) -> bool:
        return any(root.matches(path) for root in self.roots)

    def _hold(self, path: str) -> None:
        """Open what has that name now. If it moved on already, that is what follows it on its way, and owed as well."""
        folder = path.rpartition("/")[0]
        base = next((root.base for root in self.roots if root.covers(folder)), None)
        entry = None if base is None else entry_of(path, base)
        if entry is None or self.in_hand(entry):
            return
        with self._lock:
            if self._closed or (entry.dev, entry.ino) in self._held or len(self._held) >= MAX_HELD:
                return
            try:
                fd = open_known(entry.base, entry.parts, entry.dev, entry.ino)
            except PermissionError:
                return  # a listing tells of it
            if fd >= 0:
                self._held[entry.dev, entry.ino] = HeldFile(**asdict(entry), fd=fd)
