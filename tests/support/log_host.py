"""A directory in which an application writes and rotates a log that the follower under test reads."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

from leakwatch.core.model import Gap, GapKind
from leakwatch.files.tail import IDLE_SECONDS, Follower
from leakwatch.files.watch_paths import roots_of
from leakwatch.state.store import SourceRow

UNSEEN = "a line of a log that no listing showed under its own name"


class LogHost:
    """Writes numbered lines to ``app.log`` and collects what is read; stored rows survive a crash."""

    def __init__(self, directory: Path, pattern: str = "*.log", **options: object) -> None:
        self.directory = directory
        self.log = directory / "app.log"
        self.pattern = f"{directory}/{pattern}"
        self.options = options
        self.now = 1_000.0
        self.stored: dict[int, SourceRow] = {}
        self.seen: dict[tuple[int, int, int], str] = {}
        self.read_lines: list[str] = []
        self.gaps: list[Gap] = []
        self.written = 0
        self.kept = 0
        self.start()

    def start(self) -> None:
        """Start a follower with the stored rows."""
        since = float(self.options.get("since", 0.0))
        self.follower = Follower(
            "logs",
            roots_of([self.pattern], recursive=False),
            lambda data: hashlib.sha256(data).digest(),
            self._save,
            lambda: self.now,
            since,
            encoding=str(self.options.get("encoding", "auto")),
            from_end=bool(self.options.get("from_end", False)),
        )
        self.follower.resume(replace(row) for row in self.stored.values())
        self.reconcile()

    def crash(self) -> None:
        """Lose everything that is not stored, and start again."""
        self.follower.close()
        self.start()

    def _save(self, row: SourceRow) -> None:
        if not row.uid:
            row.uid = len(self.stored) + 1
        self.stored[row.uid] = replace(row)

    def reconcile(self) -> None:
        """Reconcile the follower with a listing, and keep the gaps."""
        self.gaps += self.follower.reconcile()

    def pump(self, *, accept: bool = True, limit: int = 1 << 20) -> list[str]:
        """Read everything new and, unless ``accept`` is false, store it; returns the lines read for the first time."""
        fresh: list[str] = []
        while batches := list(self.follower.read(limit)):
            for batch in batches:
                if not accept:
                    continue
                self._save(batch.after)
                for number, line in enumerate(batch.chunk.data.decode().splitlines()):
                    place = (
                        batch.after.uid,
                        batch.chunk.first_line + number,
                        batch.chunk.first_column if number == 0 else 1,
                    )
                    if place not in self.seen:
                        self.seen[place] = line
                        fresh.append(line)
                self.follower.accept(batch)
            if not accept:
                break
        self.read_lines += fresh
        return fresh

    def settle(self) -> None:
        """Let time pass, with several reconciles and reads."""
        for _ in range(4):
            self.now += 6.0
            self.reconcile()
            self.follower.poll()
            self.pump()

    def lines(self, count: int = 1, *, end: str = "\n") -> list[str]:
        """Append numbered lines."""
        added = [f"2026-01-01 INFO line number {self.written + n}" for n in range(count)]
        self.written += count
        with self.log.open("a", encoding="utf-8") as log:
            log.write("\n".join(added) + end)
        return added

    def rotate(self) -> None:
        """Rename rotation: app.log becomes app.log.1, older ones get the next number."""
        self._shift()
        self._rename(self.log, self.directory / "app.log.1")
        self.log.touch()
        self.follower.pending_renames.moved(None, str(self.log))

    def copytruncate(self) -> None:
        """Copy rotation: app.log is copied to app.log.1 and truncated."""
        self._shift()
        copy = shutil.copyfile(self.log, self.directory / "app.log.1")
        self.follower.pending_renames.moved(None, str(copy))
        os.truncate(self.log, 0)

    def _shift(self) -> None:
        self.kept += 1
        for number in range(self.kept, 1, -1):
            older = self.directory / f"app.log.{number - 1}"
            if older.exists():
                self._rename(older, self.directory / f"app.log.{number}")

    def _rename(self, old: Path, new: Path) -> None:
        """Rename a file and pass on the event."""
        old.rename(new)
        self.follower.pending_renames.moved(str(old), str(new))


def read_texts(follower: Follower, *, limit: int = 1 << 30) -> list[tuple[int, int, str]]:
    """Read and accept everything new; returns (first line, first column, text) of each batch."""
    texts = []
    while batches := list(follower.read(limit)):
        for batch in batches:
            texts.append((batch.chunk.first_line, batch.chunk.first_column, batch.chunk.data.decode()))
            follower.save(batch.after)
            follower.accept(batch)
    return texts


def gap_kinds(host: LogHost) -> list[GapKind]:
    """The kinds of the gaps so far."""
    return [gap.kind for gap in host.gaps]


def open_descriptors() -> int:
    """Number of open descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def is_open(host: LogHost, path: Path) -> bool:
    """Whether the log with that path is open."""
    [source] = [source for source in host.follower.sources if source.path == str(path)]
    return source.fd >= 0


def set_mtime(path: Path, seconds: float) -> None:
    """Set the modification time (epoch seconds)."""
    os.utime(path, (seconds, seconds))


def create_and_rename(host: LogHost, *names: str) -> Path:
    """A log that is renamed before any listing, with the events of its renames; returns its last path."""
    path = host.directory / "created"
    path.write_text(UNSEEN + "\n")
    path = path.rename(host.log)
    host.follower.pending_renames.moved(None, str(path))
    for name in names:
        before, path = path, path.rename(path.with_name(name))
        host.follower.pending_renames.moved(str(before), str(path))
    return path


def rotate_and_read(host: LogHost, seconds: float = 10.0) -> None:
    """A log and an older rotated one beside it, both read to their ends."""
    host.lines(2)
    host.reconcile()
    host.pump()
    set_mtime(host.log, 1_000)
    host.rotate()
    host.lines(1)
    set_mtime(host.log, 1_000 + seconds)
    host.reconcile()
    host.pump()


def let_idle(host: LogHost) -> None:
    """Let the idle time of every log pass."""
    host.now += IDLE_SECONDS
    host.follower.poll()
    host.pump()
