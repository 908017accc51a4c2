"""Finds finished exports: files that no longer grow and that no process has open for writing.

An export is finished when its size and modification time stayed the same for ``settle`` seconds and, where the kernel
lets this user ask (a read lease on an own file), no process has it open for writing. Events only make the check happen
sooner. A later change makes the file a new export.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from leakwatch.core.model import Origin, SkipReason
from leakwatch.files.walk import FoundFile, open_beneath
from leakwatch.files.watch_paths import FOREIGN, ListedFile, WatchPath
from leakwatch.state.store import ExportRow

MAX_ATTEMPTS = 3
"""An export that was being scanned at this many crashes is quarantined."""


@dataclass(frozen=True, slots=True)
class _Version:
    dev: int
    ino: int
    size: int
    mtime_ns: int


@dataclass(slots=True)
class _Pending:
    file: ListedFile
    since: float


@dataclass(slots=True)
class FinishedExports:
    """The exports of one watch. Used by one thread. ``clock`` is monotonic, ``wall`` epoch seconds.

    ``digest`` is keyed, so that the state recognises an export without holding its name, which can hold values.
    """

    watch: str
    roots: tuple[WatchPath, ...]
    settle: float
    clock: Callable[[], float]
    wall: Callable[[], float]
    digest: Callable[[bytes], bytes]
    special: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Paths that are not scanned, with base and reason; the caller removes what it has reported."""
    _special_seen: set[str] = field(default_factory=set)
    _done: dict[bytes, _Version] = field(default_factory=dict)
    _pending: dict[str, _Pending] = field(default_factory=dict)

    def resume(self, rows: Iterable[ExportRow]) -> None:
        """Take over what earlier runs finished or gave up."""
        for row in rows:
            if row.state != "scanning":
                self._done[row.path] = _Version(row.dev, row.ino, row.size, row.mtime_ns)

    def key(self, path: str) -> bytes:
        """The key of a path in the state."""
        return self.digest(os.fsencode(path))

    @property
    def waiting(self) -> int:
        """How many files are unfinished or not scanned yet."""
        return len(self._pending)

    @property
    def known(self) -> int:
        """How many files are scanned and unchanged since."""
        return len(self._done)

    def reconcile(self, directory: str | None = None) -> None:
        """List the exports: in all directories, or in one."""
        seen = set()
        for root in self.roots:
            if directory is None or root.covers(directory):
                for file in root.list(directory, partial(self._add_special, root)):
                    if root.matches(file.path) and file.foreign:
                        self._add_special(root, file.path, FOREIGN)
                    elif root.matches(file.path):
                        seen.add(file.path)
                        self._check(file)
        for path in list(self._pending):
            if path not in seen and (directory is None or os.path.dirname(path) == directory):  # noqa: PTH120
                del self._pending[path]

    def _add_special(self, root: WatchPath, path: str, why: str = SkipReason.NOT_REGULAR.value) -> None:
        if root.matches(path) and path not in self._special_seen:
            self._special_seen.add(path)
            self.special[path] = (root.base, why)

    def next_at(self) -> float | None:
        """When (monotonic) the next file may be finished; None if none is pending."""
        if not self._pending:
            return None
        return min(pending.since for pending in self._pending.values()) + self.settle

    def finished(self) -> list[ListedFile]:
        """The exports that can be scanned now, oldest first; those still growing wait again."""
        now = self.clock()
        due = [one for one in self._pending.values() if now - one.since >= self.settle]
        ready = []
        for pending in sorted(due, key=lambda pending: pending.file.mtime_ns):
            file = pending.file
            state = _state(file)
            if state is None:
                del self._pending[file.path]
            elif state != _version(file):
                pending.file = ListedFile(file.path, file.base, state.dev, state.ino, state.size, state.mtime_ns)
                pending.since = now
            elif _has_writer(file):
                pending.since = now
            else:
                ready.append(file)
        return ready

    def scanned(self, file: ListedFile) -> None:
        """An export was scanned or given up in this version."""
        self._done[self.key(file.path)] = _version(file)
        self._pending.pop(file.path, None)

    def retry(self, file: ListedFile) -> None:
        """An export could not be scanned now; it waits again."""
        pending = self._pending.get(file.path)
        if pending is not None:
            pending.since = self.clock()

    def _check(self, file: ListedFile) -> None:
        version = _version(file)
        if self._done.get(self.key(file.path)) == version:
            return
        pending = self._pending.get(file.path)
        if pending is None:
            # a file that is unchanged for long enough already does not have to wait again
            quiet = max(0.0, self.wall() - file.mtime_ns / 1e9)
            self._pending[file.path] = _Pending(file, self.clock() - quiet)
        elif _version(pending.file) != version:
            pending.file, pending.since = file, self.clock()


def as_input(file: ListedFile) -> FoundFile:
    """The export as an input for the readers."""
    return FoundFile(Origin(file.path), file.size, file.base, file.parts)


def _version(file: ListedFile) -> _Version:
    return _Version(file.dev, file.ino, file.size, file.mtime_ns)


def _state(file: ListedFile) -> _Version | None:
    try:
        stat = os.lstat(file.path)
    except OSError:
        return None
    return _Version(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def _has_writer(file: ListedFile) -> bool:
    """Whether a process has the file open for writing; False too if this user may not ask."""
    try:
        root = os.open(file.base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fd = open_beneath(root, file.parts)
    except OSError:
        return False
    finally:
        os.close(root)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False
