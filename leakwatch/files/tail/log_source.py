"""One followed log at run time, and what is read of it in one turn."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from leakwatch.core.model import Gap, GapKind, TextChunk
from leakwatch.files.watch_paths import ListedFile
from leakwatch.state.store import SourceRow

LINGER_SECONDS = 55.0
"""A deleted log stays open this long after its last growth, because its writer may not know yet: it may use its space
for a minute."""

IDLE_SECONDS = 60.0
"""A rotated log that was read to its end is closed after so long without growth; it is opened again when it grows."""

SETTLED_SECONDS = 2.0


@dataclass(slots=True, eq=False)
class LogSource:
    """A followed log at run time. ``path`` is its present name; ``fd`` is -1 while it is closed."""

    row: SourceRow
    base: str
    fd: int = -1
    size: int = 0
    mtime_ns: int = 0
    missing: int = 0
    dirty: bool = True
    changed_at: float = 0.0
    half: int = -1
    """Its size when all that follows the offset was a line without its end."""
    partial_done: int = -1
    """Its size when that line was looked at as it is."""
    resting: bool = False
    """Closed, and not written since long before that: as long as size and time stay, so does what it holds."""

    @property
    def path(self) -> str:
        """Where the log is now, or was last."""
        return os.fsdecode(b"%b/%b" % (self.row.directory, self.row.name))

    @property
    def lag(self) -> int:
        """Bytes that are there and not read yet."""
        size, offset = self.size, self.row.offset
        return size - offset if size > offset else 0  # asked of every log at every turn

    @property
    def unread(self) -> bool:
        """Whether there is something that was not looked at; half a line is, too, in the end."""
        return self.lag > 0 and self.partial_done != self.size

    def lingers(self, now: float) -> bool:
        """Whether an open log without a name may still have something to read."""
        return self.unread or now - self.changed_at < LINGER_SECONDS

    def is_old(self, lately: int) -> bool:
        """Whether it was last written before that time (ns); of what was never read its being backlog tells."""
        return self.mtime_ns < lately if self.mtime_ns else self.row.offset < self.row.backlog_end

    def settled(self, now: float) -> bool:
        """Whether it was written so long ago that it would have another time if it were written again."""
        return now - self.mtime_ns / 1e9 >= SETTLED_SECONDS

    def idle(self, now: float) -> bool:
        """Whether an open log can be closed until it is written again; one that is missing could not be opened."""
        return not self.missing and not self.unread and abs(now - self.changed_at) >= IDLE_SECONDS

    def call(self, entry: ListedFile, state: str) -> bool:
        """Give it the name of a listed file; whether that changes anything."""
        folder, _, name = entry.path.rpartition("/")
        before = self.row.directory, self.row.name, self.row.state
        self.row.directory, self.row.name, self.row.state = os.fsencode(folder), os.fsencode(name), state
        self.base = entry.base
        if before == (self.row.directory, self.row.name, state):
            return False
        self.row.gone_at = None
        return True

    def stand_like(self, other: LogSource) -> None:
        """It repeats what was read of another log: go on from there."""
        for name in ("head", "head_len", "anchor", "anchor_len", "offset", "line", "col", "encoding"):
            setattr(self.row, name, getattr(other.row, name))

    def lost(self, kind: GapKind, now: float) -> list[Gap]:
        """What of it is gone unread, if anything is."""
        if not self.unread:
            return []
        detail = f"{self.lag} bytes of a log were gone before they could be read"
        return [Gap(kind, self.base, detail, now, self.path, now)]

    def rest(self) -> None:
        """Close it until it is written again."""
        self.close()
        self.resting = True

    def close(self) -> None:
        """Close it, if it is open."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self.resting = False

    def differs(self, size: int, mtime_ns: int) -> bool:
        """Whether there may be something to read.

        The time counts, too: a log can be truncated and grow to the same size.
        """
        return mtime_ns != self.mtime_ns or (size > self.row.offset and size != self.half)


@dataclass(frozen=True, slots=True)
class LineBatch:
    """Lines of one log, and where it stands once what they hold is stored. ``decode_errors`` were replaced."""

    source: LogSource
    chunk: TextChunk
    after: SourceRow
    backlog: bool
    decode_errors: int
    partial: bool = False


def close_idle(sources: Iterable[LogSource], limit: int) -> int:
    """Above the limit, close logs with nothing new, those that end in half a line last; how many are open then.

    Those without a name stay open: they could not be found again.
    """
    open_now = [source for source in sources if source.fd >= 0]
    idle = sorted(
        (source for source in open_now if not source.dirty and not source.missing),
        key=lambda source: (source.lag > 0, source.changed_at),
    )[: max(0, len(open_now) - limit)]
    for source in idle:
        source.close()
    return len(open_now) - len(idle)
