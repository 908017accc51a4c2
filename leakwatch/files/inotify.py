"""Change hints from inotify (through watchdog), and which directories give none.

Events are only hints: the queue can overflow, and the watch limit can be reached without an error. So an overflow is
reported (watchdog only logs it), and ``unwatched`` compares the watches of the kernel with the directories that should
be watched. The daemon reconciles on both, and on a schedule.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, EventEmitter, ObservedWatch
from watchdog.observers.inotify import InotifyEmitter
from watchdog.observers.inotify_c import InotifyEvent, InotifyFD

from leakwatch.core.file_id import FileId

# Without opening and closing for reading: our own reads would cause events.
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]

OnPath = Callable[[str, bool], None]
OnMove = Callable[[str | None, str | None], None]

PAUSE_SECONDS = 0.025
"""How long to wait after a batch of write events: meanwhile the kernel merges equal events into one."""

_OCTAL = re.compile(r"\\([0-7]{3})")

WITHOUT_EVENTS = frozenset(
    {"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs"}
)
"""File systems that other hosts can change without an event on this one; likewise any kind of ``fuse``."""


def without_events(path: str) -> str | None:
    """The type of the file system of a path if it does not report all events, otherwise None. See proc(5)."""
    real = os.path.realpath(path)
    longest, found = "", None
    for line in Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), before.split(" ")[4])
        if len(point) >= len(longest) and (real == point or real.startswith(point.rstrip("/") + "/")):
            longest, found = point, after.split(" ")[0]
    silent = found is not None and (found in WITHOUT_EVENTS or found.partition(".")[0] in {"fuse", "fuseblk"})
    return found if silent else None


class _Descriptor(InotifyFD):
    """watchdog's inotify descriptor that also reports overflows and is not woken by every line of a log."""

    on_overflow: Callable[[], None]
    _pause: float = 0.0

    @property
    def number(self) -> int:
        return self._inotify_fd

    def read_events(self, **options: int) -> list[InotifyEvent]:
        self.stopped_event.wait(self._pause)
        events = super().read_events(**options)
        self._pause = PAUSE_SECONDS if all(event.is_modify for event in events) else 0.0
        return events

    def handle_event(self, event: InotifyEvent) -> None:
        if event.is_queue_overflow:
            self.on_overflow()
        try:
            super().handle_event(event)
        except KeyError:
            # watchdog loses track when a name was used by two watched directories in turn; reconcile everything
            self.on_overflow()


class _Emitter(InotifyEmitter):
    """watchdog's emitter that also stops when watchdog lost track of its watches (as above)."""

    def on_thread_stop(self) -> None:
        group = self._inotify
        try:
            super().on_thread_stop()
        except KeyError:
            # the kernel's watches are removed already; only the thread that waits for events has to be stopped
            assert group is not None
            group._move_event_grouper.close()  # noqa: SLF001  # watchdog has no public method


class _Handler(FileSystemEventHandler):
    """Passes on paths below ``base``, as the caller named the directory; watchdog reports them below ``real``."""

    def __init__(self, on_path: OnPath, on_move: OnMove, base: str, real: str) -> None:
        self._on_path = on_path
        self._on_move = on_move
        self._base = base
        self._real = real

    def on_any_event(self, event: FileSystemEvent) -> None:
        old, new = self._renamed(event.src_path), self._renamed(event.dest_path)
        if isinstance(event, FileCreatedEvent):
            self._on_move(None, old)
        elif isinstance(event, FileMovedEvent | FileDeletedEvent):
            self._on_move(old, new)  # before the hint, so that its receiver knows the move
        for path in (old, new):
            if path is not None:
                self._on_path(path, isinstance(event, FileModifiedEvent))

    def _renamed(self, path: bytes | str) -> str | None:
        return self._base + os.fsdecode(path).removeprefix(self._real) if path else None


class Watcher(BaseObserver):
    """Watches directories. The callbacks run in watchdog's threads, so they must be fast.

    ``on_path(path, written)`` is called for every change; ``written`` if only the content changed. Before it,
    ``on_move(old, new)`` is called if a file got or lost a name: ``old`` is None if it was created or moved in from an
    unwatched directory, ``new`` is None if it was deleted or moved out. ``on_overflow()`` is called when events were
    lost.
    """

    def __init__(self, on_path: OnPath, on_move: OnMove, on_overflow: Callable[[], None]) -> None:
        self._descriptor = _Descriptor()
        self._descriptor.on_overflow = on_overflow
        self._descriptor.start()
        self._on_path = on_path
        self._on_move = on_move
        self._watched: dict[str, ObservedWatch] = {}
        super().__init__(_Emitter, inotify_fd=self._descriptor)

    def add(self, base: str, *, deep: bool) -> bool:
        """Watch a directory; False if the kernel refuses (no such directory, watch limit), see ``unwatched``.

        Replaces an earlier watch of that name, such as that of a root that was removed and created again.
        """
        real = os.path.realpath(base)  # watchdog would watch the link itself
        before = self._watched.pop(base, None)
        if before is not None:
            self.unschedule(before)
        try:
            handler = _Handler(self._on_path, self._on_move, base, real)
            self._watched[base] = self.schedule(handler, real, recursive=deep, event_filter=_EVENTS)
        except OSError:
            return False
        return True

    def extend(self, base: str, directories: Sequence[str]) -> None:
        """Retry to watch refused directories below a deep base, until the kernel refuses again."""
        watch = self._watched.get(base)
        emitter = next((one for one in self.emitters if one.watch == watch), None)
        group = getattr(emitter, "_inotify", None)
        if group is None:
            return
        real = os.path.realpath(base)
        with group._lock:  # noqa: SLF001  # watchdog itself tries only once
            for directory in directories:
                group._add_callback(os.fsencode(real + directory.removeprefix(base)))  # noqa: SLF001
                if self.unwatched([directory]):
                    return

    def watched(self, base: str) -> bool:
        """Whether ``add`` succeeded for a directory of that name."""
        return base in self._watched

    def on_thread_stop(self) -> None:
        """Close the descriptor when the thread stops."""
        super().on_thread_stop()
        self._descriptor.stop()
        self._descriptor.join()

    def alive(self) -> bool:
        """Whether every thread that delivers hints still runs.

        An emitter stops with its directory, which is no failure: ``unwatched`` returns it once it exists again.
        """
        return self.is_alive() and self._descriptor.is_alive() and not any(map(self._has_died, self.emitters))

    def _has_died(self, emitter: EventEmitter) -> bool:
        """Whether an emitter stopped although the kernel still watches its directory."""
        path = emitter.watch.path
        return not emitter.is_alive() and Path(path).exists() and not self.unwatched([path])

    def unwatched(self, directories: Iterable[str]) -> list[str]:
        """Those of the directories that the kernel does not watch for this process."""
        watched = self._kernel_watches()
        missing = []
        for directory in directories:
            try:
                stat = Path(directory).stat()
            except OSError:
                continue
            if FileId(stat.st_dev, stat.st_ino) not in watched:
                missing.append(directory)
        return missing

    def _kernel_watches(self) -> set[FileId]:
        """The directories that the kernel watches, from ``/proc/self/fdinfo``; see proc(5)."""
        watched = set()
        for line in Path(f"/proc/self/fdinfo/{self._descriptor.number}").read_text("ascii").splitlines():
            if line.startswith("inotify "):
                fields = dict(part.split(":", 1) for part in line.split()[1:])
                device = int(fields["sdev"], 16)
                watched.add(FileId(os.makedev(device >> 20, device & 0xFFFFF), int(fields["ino"], 16)))
        return watched
