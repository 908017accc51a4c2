"""A directory in which an application writes and rotates a log, and the follower under test reads it."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

from leakwatch.core.model import Gap
from leakwatch.files.tail import Follower
from leakwatch.files.watch_paths import roots_of
from leakwatch.state.store import SourceRow


class LogHost:
    """Writes numbered lines to ``app.log`` and keeps what was read, with stored offsets that survive a crash."""

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
        """Begin (again) with what is stored."""
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
        self.look()

    def crash(self) -> None:
        """Lose everything that is not stored."""
        self.follower.close()
        self.start()

    def _save(self, row: SourceRow) -> None:
        if not row.uid:
            row.uid = len(self.stored) + 1
        self.stored[row.uid] = replace(row)

    def look(self) -> None:
        """List the directories."""
        self.gaps += self.follower.reconcile()

    def pump(self, *, accept: bool = True, limit: int = 1 << 20) -> list[str]:
        """Read what is new, and (unless a crash comes first) store it."""
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
        """Give the follower every chance: time passes, directories are listed, logs are read."""
        for _ in range(4):
            self.now += 6.0
            self.look()
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
        """Rename rotation: app.log becomes app.log.1, the older ones move up."""
        self._shift()
        self._rename(self.log, self.directory / "app.log.1")
        self.log.touch()
        self.follower.pending_renames.moved(None, str(self.log))

    def copytruncate(self) -> None:
        """Copy rotation: the copy is app.log.1, the log itself is truncated."""
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
        """With the event that follows it."""
        old.rename(new)
        self.follower.pending_renames.moved(str(old), str(new))
