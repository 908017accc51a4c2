"""Finding finished exports: files that are not growing any more and that nobody has open for writing.

Events only hasten the look; what decides is that size and modification time stayed the same for ``settle`` seconds and,
where the kernel lets this user ask (a read lease on an own file), that there is no writer. A later change makes the
file a new one.
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
"""An export during which the daemon died this often is put into quarantine."""


@dataclass(frozen=True, slots=True)
class _Version:
    dev: int
    ino: int
    size: int
    mtime_ns: int


@dataclass(slots=True)
class _Candidate:
    entry: ListedFile
    since: float


@dataclass(slots=True)
class FinishedExports:
    """The exports of one watch. Used by one thread. ``clock`` is monotonic, ``wall`` epoch seconds.

    ``digest`` is keyed, so that the state knows an export again without holding its name, which can hold values.
    """

    watch: str
    roots: tuple[WatchPath, ...]
    settle: float
    clock: Callable[[], float]
    wall: Callable[[], float]
    digest: Callable[[bytes], bytes]
    odd: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What is left alone among the exports, with its base and why; whoever tells of it takes it out."""
    _odd_seen: set[str] = field(default_factory=set)
    _done: dict[bytes, _Version] = field(default_factory=dict)
    _candidates: dict[str, _Candidate] = field(default_factory=dict)

    def resume(self, rows: Iterable[ExportRow]) -> None:
        """Take up what earlier runs finished or gave up."""
        for row in rows:
            if row.state != "scanning":
                self._done[row.path] = _Version(row.dev, row.ino, row.size, row.mtime_ns)

    def key(self, path: str) -> bytes:
        """What the state calls an export of that path."""
        return self.digest(os.fsencode(path))

    @property
    def waiting(self) -> int:
        """How many files are not finished yet, or not scanned."""
        return len(self._candidates)

    @property
    def known(self) -> int:
        """How many files are scanned as they are."""
        return len(self._done)

    def reconcile(self, directory: str | None = None) -> None:
        """Look at what is there: in all directories, or in one."""
        seen = set()
        for root in self.roots:
            if directory is None or root.covers(directory):
                for entry in root.list(directory, partial(self._meet_odd, root)):
                    if root.matches(entry.path) and entry.foreign:
                        self._meet_odd(root, entry.path, FOREIGN)
                    elif root.matches(entry.path):
                        seen.add(entry.path)
                        self._look(entry)
        for path in list(self._candidates):
            if path not in seen and (directory is None or os.path.dirname(path) == directory):  # noqa: PTH120
                del self._candidates[path]

    def _meet_odd(self, root: WatchPath, path: str, why: str = SkipReason.NOT_REGULAR.value) -> None:
        if root.matches(path) and path not in self._odd_seen:
            self._odd_seen.add(path)
            self.odd[path] = (root.base, why)

    def next_at(self) -> float | None:
        """When (monotonic) the next candidate may be finished; None when there is none."""
        if not self._candidates:
            return None
        return min(candidate.since for candidate in self._candidates.values()) + self.settle

    def finished(self) -> list[ListedFile]:
        """The exports that can be scanned now, oldest first. Those still growing start their wait again."""
        now = self.clock()
        due = [one for one in self._candidates.values() if now - one.since >= self.settle]
        ready = []
        for candidate in sorted(due, key=lambda candidate: candidate.entry.mtime_ns):
            entry = candidate.entry
            state = _state(entry)
            if state is None:
                del self._candidates[entry.path]
            elif state != _version(entry):
                candidate.entry = ListedFile(entry.path, entry.base, state.dev, state.ino, state.size, state.mtime_ns)
                candidate.since = now
            elif _has_writer(entry):
                candidate.since = now
            else:
                ready.append(entry)
        return ready

    def scanned(self, entry: ListedFile) -> None:
        """An export was scanned (or given up) as it was."""
        self._done[self.key(entry.path)] = _version(entry)
        self._candidates.pop(entry.path, None)

    def replay(self, entry: ListedFile) -> None:
        """An export could not be scanned now; it waits once more."""
        candidate = self._candidates.get(entry.path)
        if candidate is not None:
            candidate.since = self.clock()

    def _look(self, entry: ListedFile) -> None:
        version = _version(entry)
        if self._done.get(self.key(entry.path)) == version:
            return
        candidate = self._candidates.get(entry.path)
        if candidate is None:
            # a file that has been quiet for long enough already does not have to wait once more
            quiet = max(0.0, self.wall() - entry.mtime_ns / 1e9)
            self._candidates[entry.path] = _Candidate(entry, self.clock() - quiet)
        elif _version(candidate.entry) != version:
            candidate.entry, candidate.since = entry, self.clock()


def found(entry: ListedFile) -> FoundFile:
    """The export as the readers take it."""
    return FoundFile(Origin(entry.path), entry.size, entry.base, entry.parts)


def _version(entry: ListedFile) -> _Version:
    return _Version(entry.dev, entry.ino, entry.size, entry.mtime_ns)


def _state(entry: ListedFile) -> _Version | None:
    try:
        stat = os.lstat(entry.path)
    except OSError:
        return None
    return _Version(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def _has_writer(entry: ListedFile) -> bool:
    """Whether somebody has the file open for writing; False too when this user may not ask."""
    try:
        root = os.open(entry.base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fd = open_beneath(root, entry.parts)
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
