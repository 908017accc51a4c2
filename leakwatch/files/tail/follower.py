"""Follows the logs of one watch: which logs there are, what is new in them, and what may be lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Gap
from leakwatch.files.tail.copytruncate import PendingCopies
from leakwatch.files.tail.lifecycle import LogLifecycle
from leakwatch.files.tail.line_reader import TURN_BYTES, LineReader, TruncatedError
from leakwatch.files.tail.listing import Listing
from leakwatch.files.tail.log_identity import LogIdentity
from leakwatch.files.tail.log_source import LineBatch, LogSource, close_idle
from leakwatch.files.tail.new_logs import NewLogs
from leakwatch.files.tail.pending_renames import PendingRenames
from leakwatch.files.tail.registry import LogRegistry
from leakwatch.files.watch_paths import WatchPath
from leakwatch.state.store import SourceRow
from leakwatch.text import charset

PARTIAL_SECONDS = 5.0
"""A last line without newline is scanned after this long; the offset stays before it."""

RECENT_SECONDS = 60.0
"""What was written within this time is read before anything older."""

BATCH_BYTES = 16 * 1024
"""The least that the lines of one log count for when a batch is filled: storing them costs, however few they are."""


@dataclass(slots=True)
class Follower:
    """The logs of one watch. Used by one thread.

    ``since`` (epoch seconds) is when the watch was first started: files last changed before it are backlog or, with
    ``from_end``, skipped. ``digest`` is keyed, so that the state holds nothing of what the logs hold. At most
    ``max_open`` logs are open at a time. Waits end early, never late, when the ``clock`` is set.
    """

    watch: str
    roots: tuple[WatchPath, ...]
    digest: Callable[[bytes], bytes]
    save: Callable[[SourceRow], None]
    clock: Callable[[], float]
    since: float
    encoding: str = charset.AUTO
    from_end: bool = False
    max_open: int = 1024
    unsettled: bool = False
    """Whether to reconcile again soon: a truncated log waits for its copy, or a copy is being written."""
    pending_renames: PendingRenames = field(init=False)
    """Notified of every file in the directories of the roots that gets or loses a name."""
    _listing: Listing = field(init=False)
    _lines: LineReader = field(init=False)
    _registry: LogRegistry = field(default_factory=LogRegistry)
    _copies: PendingCopies = field(init=False)
    _lifecycle: LogLifecycle = field(init=False)
    _new_logs: NewLogs = field(init=False)

    def __post_init__(self) -> None:
        identity = LogIdentity(self.digest)
        self._listing = Listing(self.roots)
        self._lines = LineReader(identity, self.clock, self.encoding)
        self._copies = PendingCopies(identity, self.clock)
        self.pending_renames = PendingRenames(self.roots, self._registry.needs_no_opening)
        self._lifecycle = LogLifecycle(self._registry, self._listing, identity, self._copies, self.save, self.clock)
        self._new_logs = NewLogs(
            self.watch,
            self.since,
            self.from_end,
            self._listing,
            self._registry,
            identity,
            self._copies,
            self._lines,
            self.pending_renames,
            self.save,
            self.clock,
        )

    @property
    def sources(self) -> list[LogSource]:
        """The logs that are followed now, orphans included."""
        return self._registry.sources

    @property
    def denied(self) -> dict[str, str]:
        """The logs, and their bases, that this user may not read; they are tried again at every change."""
        return self._lines.denied

    @property
    def foreign(self) -> dict[str, str]:
        """Hard links to files of another owner, and their bases: they are not followed."""
        return self._new_logs.foreign

    @property
    def skipped_bytes(self) -> int:
        """Bytes that were there at the first start and skipped (``from_end``)."""
        return self._new_logs.skipped_bytes

    @property
    def compressed(self) -> int:
        """How many files with a matching name are compressed and so not followed."""
        return len(self._new_logs.compressed)

    def resume(self, rows: Iterable[SourceRow]) -> None:
        """Take up the logs of an earlier run, and the tombstones of those that are gone."""
        self._new_logs.seen_until = self.since
        for row in rows:
            self._new_logs.seen_until = max(self._new_logs.seen_until, row.seen_at)
            if row.state == "gone":
                self._registry.tombstones[FileId(row.dev, row.ino)] = row
            else:
                base = self._listing.base_of(os.fsdecode(row.directory))
                self._registry.follow(LogSource(row, base, dirty=row.state != "orphan"))

    def reconcile(self, directory: str | None = None) -> list[Gap]:
        """Compare the known logs with the listed files (of one directory, or of all); returns what may be lost."""
        self._take_pending_renames()
        files = self._listing.files(directory)
        unclaimed = dict(files)
        for path in [one for one in self.foreign if directory in {None, _directory_of(one)}]:
            del self.foreign[path]
        concerned = [source for source in self.sources if directory in {None, _directory_of(source.path)}]
        gaps = self._lifecycle.claim_all(concerned, unclaimed)
        for file in sorted(unclaimed.values(), key=lambda file: file.mtime_ns):
            self._new_logs.consider(file, self._lifecycle.reused)
        gaps += self._new_logs.unseen.overdue(self._registry)
        gaps += self._lifecycle.expire_orphans()
        if directory is None:
            self._copies.keep_only(files)
            self._new_logs.unseen.forget_old()
        close_idle(self.sources, self.max_open)
        self.unsettled = bool(self._copies or self._lifecycle.orphans)
        return gaps

    def touch(self, path: str, file_id: FileId) -> bool:
        """A file changed. True if it is a known log under its known name; it is read next."""
        known = False
        for source in self._registry.at(file_id):
            if source.id == file_id and source.row.state in {"live", "rotated"} and source.path == path:
                source.dirty = known = True
        return known

    def poll(self) -> None:
        """Check the size of every open log: mark the changed ones, close deleted and idle ones in time."""
        for source in [source for source in self.sources if source.fd >= 0]:
            stat = os.fstat(source.fd)
            source.dirty |= source.differs(stat.st_size, stat.st_mtime_ns)
            if source.dirty:
                continue
            if stat.st_nlink:
                if source.idle(self.clock()) and (
                    source.row.state == "rotated" or self._registry.is_superseded(source)
                ):
                    source.close_dormant()
            elif not source.lingers(self.clock()):
                source.close()
                self._lifecycle.retire(source)
        self._registry.drop(lambda source: source.row.state == "gone")

    def read(self, limit: int = TURN_BYTES, *, live_only: bool = False) -> Iterator[LineBatch]:
        """What is new in the changed logs, one turn each, until ``limit`` bytes are gathered.

        Recently written logs come first, then those with least to read: a large backlog never delays what is being
        written. ``live_only`` leaves out logs with more than one turn. Nothing moves before ``accept``.
        """
        gathered = 0
        free = self.max_open - sum(source.fd >= 0 for source in self.sources)
        queue = self._in_reading_order(live_only=live_only)
        for source in queue:
            if gathered >= limit:
                break
            closed = source.fd < 0
            if source.dirty and closed and free <= 0:
                free = self.max_open - close_idle(self.sources, self.max_open * 3 // 4)
            # without a free descriptor, or while it may be a copy in the making, it stays dirty
            if source.dirty and (not closed or free > 0) and not self._new_logs.became_copy(source):
                try:
                    batch = self._lines.take(source)
                except TruncatedError:
                    queue.append(self._lifecycle.start_generation(source))  # at once: its name may be gone soon
                    self.unsettled = True
                    continue
                free -= closed and source.fd >= 0
                if batch is not None:
                    gathered += max(len(batch.chunk.data), BATCH_BYTES)
                    yield batch

    def partials(self) -> Iterator[LineBatch]:
        """Last lines without a newline that have not changed for a while: scanned once, the offset stays."""
        now = self.clock()
        for source in self.sources:
            waiting = source.fd >= 0 and not source.dirty and source.lag
            if waiting and source.partial_done != source.size and abs(now - source.changed_at) >= PARTIAL_SECONDS:
                yield self._lines.partial_line(source)

    def accept(self, batch: LineBatch) -> None:
        """What a batch held is stored: move the log's offset, or mark its partial line as scanned."""
        if batch.partial:
            batch.source.partial_done = batch.source.size
        else:
            batch.source.row = batch.after

    def close(self) -> None:
        """Close every log."""
        self.pending_renames.close()
        for source in self.sources:
            source.close()

    def _in_reading_order(self, *, live_only: bool) -> list[LogSource]:
        dirty = (source for source in self.sources if source.dirty and not (live_only and source.lag > TURN_BYTES))
        recent = int((self.clock() - RECENT_SECONDS) * 1e9)
        return sorted(dirty, key=lambda source: (source.is_old(recent), source.lag))

    def _take_pending_renames(self) -> None:
        """Follow the logs that were opened when they lost their name."""
        while (held := self.pending_renames.take()) is not None:
            source = None
            try:
                source = self._new_logs.owner_of(held)
            finally:
                if source is None:
                    os.close(held.fd)  # the next listing knows more
            if source is not None:
                source.fd, source.dirty = held.fd, True


def _directory_of(path: str) -> str:
    return path.rpartition("/")[0]
