"""One followed log at run time, and a batch of its lines."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Gap, GapKind, TextChunk
from leakwatch.files.watch_paths import ListedFile
from leakwatch.state.store import SourceRow

LINGER_SECONDS = 55.0
"""A deleted log stays open this long after its last growth, since its writer may not know yet. Its disk space is freed
within a minute."""

IDLE_SECONDS = 60.0
"""A rotated log that was read to its end is closed after this long without growth, and opened again when it grows."""

SETTLED_SECONDS = 2.0


@dataclass(slots=True, eq=False)
class LogSource:
    """A followed log at run time. ``fd`` is -1 while it is closed."""

    row: SourceRow
    base: str
    fd: int = -1
    size: int = 0
    mtime_ns: int = 0
    missing: int = 0
    """In how many listings in a row its inode had no name."""
    dirty: bool = True
    """Whether it may have something to read."""
    changed_at: float = 0.0
    half_line_size: int = -1
    """Its size when only a line without its end followed the offset."""
    partial_done: int = -1
    """Its size when that line was scanned as it was."""
    dormant: bool = False
    """Closed, and last written well before that: while size and time stay the same, so does its content."""

    @property
    def id(self) -> FileId:
        """The file that holds the log."""
        return FileId(self.row.dev, self.row.ino)

    @property
    def path(self) -> str:
        """The present or last known path."""
        return os.fsdecode(b"%b/%b" % (self.row.directory, self.row.name))

    @property
    def lag(self) -> int:
        """Bytes not read yet."""
        size, offset = self.size, self.row.offset
        return size - offset if size > offset else 0  # called for every log at every turn

    @property
    def unread(self) -> bool:
        """Whether something was not scanned; half a line counts as scanned once it was scanned as it was."""
        return self.lag > 0 and self.partial_done != self.size

    def lingers(self, now: float) -> bool:
        """Whether an open log without a name may still have something to read."""
        return self.unread or now - self.changed_at < LINGER_SECONDS

    def is_old(self, recent_ns: int) -> bool:
        """Whether it was last written before ``recent_ns``; for a log never read, whether it is backlog."""
        return self.mtime_ns < recent_ns if self.mtime_ns else self.row.offset < self.row.backlog_end

    def settled(self, now: float) -> bool:
        """Whether it was written so long ago that another write would change its time stamp."""
        return now - self.mtime_ns / 1e9 >= SETTLED_SECONDS

    def idle(self, now: float) -> bool:
        """Whether an open log can be closed until it is written again; a missing one could not be opened again."""
        return not self.missing and not self.unread and abs(now - self.changed_at) >= IDLE_SECONDS

    def rename(self, file: ListedFile, state: str) -> bool:
        """Take the name of a listed file; whether that changes anything."""
        folder, _, name = file.path.rpartition("/")
        before = self.row.directory, self.row.name, self.row.state
        self.row.directory, self.row.name, self.row.state = os.fsencode(folder), os.fsencode(name), state
        self.base = file.base
        if before == (self.row.directory, self.row.name, state):
            return False
        self.row.gone_at = None
        return True

    def continue_from(self, other: LogSource) -> None:
        """Take the position of a log that this one repeats."""
        for name in ("head", "head_len", "anchor", "anchor_len", "offset", "line", "col", "encoding"):
            setattr(self.row, name, getattr(other.row, name))

    def lost(self, kind: GapKind, now: float) -> list[Gap]:
        """A gap for its unread bytes, if there are any."""
        if not self.unread:
            return []
        detail = f"{self.lag} bytes of a log were gone before they could be read"
        return [Gap(kind, self.base, detail, now, self.path, now)]

    def close_dormant(self) -> None:
        """Close it until it is written again."""
        self.close()
        self.dormant = True

    def close(self) -> None:
        """Close it, if it is open."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self.dormant = False

    def differs(self, size: int, mtime_ns: int) -> bool:
        """Whether there may be something to read.

        The time counts, too: a log can be truncated and grow to the same size.
        """
        return mtime_ns != self.mtime_ns or (size > self.row.offset and size != self.half_line_size)


@dataclass(frozen=True, slots=True)
class LineBatch:
    """Lines of one log, and ``after``, its row once their findings are stored. ``decode_errors`` were replaced."""

    source: LogSource
    chunk: TextChunk
    after: SourceRow
    backlog: bool
    decode_errors: int
    partial: bool = False


def close_idle(sources: Iterable[LogSource], limit: int) -> int:
    """Close logs with nothing new while more than ``limit`` are open; returns how many stay open.

    Logs that end in half a line are closed last. Those without a name stay open: they could not be found again.
    """
    open_now = [source for source in sources if source.fd >= 0]
    idle = sorted(
        (source for source in open_now if not source.dirty and not source.missing),
        key=lambda source: (source.lag > 0, source.changed_at),
    )[: max(0, len(open_now) - limit)]
    for source in idle:
        source.close()
    return len(open_now) - len(idle)
