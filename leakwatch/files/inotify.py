"""Hints from inotify (through watchdog) that a path changed, and the proof of which directories give none.

Events are hints, never the truth: the queue can overflow and the watch limit can be reached without an error. So an
overflow is told (watchdog itself only logs it), and ``blind`` compares what the kernel really watches with what it
should; ``daemon`` reconciles on both, and on a schedule.
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

# Opening and closing for reading are left out: our own reads would make events.
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
"""After events of writing only the next are left to the kernel for so long: it makes one of those that are alike."""

_OCTAL = re.compile(r"\\([0-7]{3})")

WITHOUT_EVENTS = frozenset(
    {"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs"}
)
"""File systems on which others can change files without this kernel hearing of it; ``fuse`` of any kind, too."""


def without_events(path: str) -> str | None:
    """The kind of file system a path is on if that gives no (or not all) events; None when it does. See proc(5)."""
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
    """watchdog's inotify descriptor, which also tells of an overflow, and is not woken by every line of a log."""

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
            # watchdog loses count where two directories were watched by one name in turn; a look sees what is there
            self.on_overflow()


class _Emitter(InotifyEmitter):
    """watchdog's emitter, which also ends where watchdog loses count of its watches (as above)."""

    def on_thread_stop(self) -> None:
        group = self._inotify
        try:
            super().on_thread_stop()
        except KeyError:
            # the kernel's watches were removed before; what is left is to let the thread go that waits for events
            assert group is not None
            group._move_event_grouper.close()  # noqa: SLF001  # watchdog has no other door


class _Hints(FileSystemEventHandler):
    """Passes paths on, under the name by which the directory was asked for: ``real`` is where its links lead."""

    def __init__(self, on_path: OnPath, on_move: OnMove, base: str, real: str) -> None:
        self._on_path = on_path
        self._on_move = on_move
        self._base = base
        self._real = real

    def on_any_event(self, event: FileSystemEvent) -> None:
        old, new = self._named(event.src_path), self._named(event.dest_path)
        if isinstance(event, FileCreatedEvent):
            self._on_move(None, old)
        elif isinstance(event, FileMovedEvent | FileDeletedEvent):
            self._on_move(old, new)  # before the hint: whoever follows it knows of the move
        for path in (old, new):
            if path is not None:
                self._on_path(path, isinstance(event, FileModifiedEvent))

    def _named(self, path: bytes | str) -> str | None:
        return self._base + os.fsdecode(path).removeprefix(self._real) if path else None


class Watcher(BaseObserver):
    """Watches directories. What it is given is called in threads of watchdog's, so it must be quick.

    ``on_path`` is called for every change, and told whether it is one of the contents only; ``on_move`` (first) for
    files that get or lose a name: what was called by the first is called by the second now. One of them is None where
    a file is made, comes from where nothing is watched, goes there, or is deleted. ``on_overflow`` is called when
    events were lost.
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
        """Watch a directory; False when the kernel refuses (no such directory, watch limit): see ``blind``.

        One that was watched under that name before, such as a root that was removed and made again, is let go.
        """
        real = os.path.realpath(base)  # watchdog would watch the link itself
        before = self._watched.pop(base, None)
        if before is not None:
            self.unschedule(before)
        try:
            handler = _Hints(self._on_path, self._on_move, base, real)
            self._watched[base] = self.schedule(handler, real, recursive=deep, event_filter=_EVENTS)
        except OSError:
            return False
        return True

    def extend(self, base: str, directories: Sequence[str]) -> None:
        """Try again to watch directories below a deep base that were refused, until the kernel refuses once more."""
        watch = self._watched.get(base)
        emitter = next((one for one in self.emitters if one.watch == watch), None)
        group = getattr(emitter, "_inotify", None)
        if group is None:
            return
        real = os.path.realpath(base)
        with group._lock:  # noqa: SLF001  # watchdog itself tries only when it is made
            for directory in directories:
                group._add_callback(os.fsencode(real + directory.removeprefix(base)))  # noqa: SLF001
                if self.blind([directory]):
                    return

    def watched(self, base: str) -> bool:
        """Whether a directory of that name is or was watched."""
        return base in self._watched

    def on_thread_stop(self) -> None:
        """Close the descriptor with the thread."""
        super().on_thread_stop()
        self._descriptor.stop()
        self._descriptor.join()

    def alive(self) -> bool:
        """Whether every thread that hints depend on still runs.

        One emitter ends with its directory, which is no death: ``blind`` tells when there is one to watch again.
        """
        return self.is_alive() and self._descriptor.is_alive() and not any(map(self._deaf, self.emitters))

    def _deaf(self, emitter: EventEmitter) -> bool:
        """Whether an emitter ended although the kernel still has events for it."""
        path = emitter.watch.path
        return not emitter.is_alive() and Path(path).exists() and not self.blind([path])

    def blind(self, directories: Iterable[str]) -> list[str]:
        """Which of these directories the kernel does not watch for us."""
        seen = self._kernel_watches()
        missing = []
        for directory in directories:
            try:
                stat = Path(directory).stat()
            except OSError:
                continue
            if (stat.st_dev, stat.st_ino) not in seen:
                missing.append(directory)
        return missing

    def _kernel_watches(self) -> set[tuple[int, int]]:
        """(device, inode) of everything that is watched, as ``/proc/self/fdinfo`` tells it; see proc(5)."""
        seen = set()
        for line in Path(f"/proc/self/fdinfo/{self._descriptor.number}").read_text("ascii").splitlines():
            if line.startswith("inotify "):
                facts = dict(part.split(":", 1) for part in line.split()[1:])
                device = int(facts["sdev"], 16)
                seen.add((os.makedev(device >> 20, device & 0xFFFFF), int(facts["ino"], 16)))
        return seen
