"""Which logs there are, which file is which of them, and what of them may be lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from leakwatch.core.model import Gap, GapKind
from leakwatch.files.tail.copytruncate import PendingCopies, repeats
from leakwatch.files.tail.line_reader import TURN_BYTES, LineReader, TruncatedError
from leakwatch.files.tail.log_identity import HeldFile, LogIdentity, opened
from leakwatch.files.tail.log_source import LineBatch, LogSource, close_idle
from leakwatch.files.tail.pending_renames import PendingRenames
from leakwatch.files.tail.registry import LogRegistry
from leakwatch.files.tail.unseen_rotations import UnseenRotations
from leakwatch.files.watch_paths import ListedFile, WatchPath, entry_of
from leakwatch.state.incidents import family
from leakwatch.state.store import SourceRow
from leakwatch.text import charset

PARTIAL_SECONDS = 5.0
"""A last line without newline is scanned after this long; the offset stays before it."""

LATELY_SECONDS = 60.0
"""What was written since then is read before all else."""

ORPHAN_SECONDS = 60.0
"""When no copy turned up for this long, what a truncation left unread counts as lost."""

BATCH_BYTES = 16 * 1024
"""What the lines of one log count for at least when they are gathered: storing them is work, however few they are."""

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")


@dataclass(slots=True)
class Follower:
    """The logs of one watch. Used by one thread.

    ``since`` (epoch seconds) is when the watch was first started: files last changed before it are backlog, or, with
    ``from_end``, passed over. ``digest`` is keyed, so that the state holds nothing of what the logs hold.
    At most ``max_open`` logs are open at a time. Waits end early, never late, when the ``clock`` is set.
    ``unsettled`` asks for another ``reconcile`` soon: a truncated log waits for its copy, or a copy is being made.
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
    skipped_bytes: int = 0
    unsettled: bool = False
    foreign: dict[str, str] = field(default_factory=dict)
    """Hard links to files of another owner, and their bases: new ones are not followed."""
    pending_renames: PendingRenames = field(init=False)
    """Told of every file in the directories of the roots that gets or loses a name."""
    _identity: LogIdentity = field(init=False)
    _lines: LineReader = field(init=False)
    _known: LogRegistry = field(default_factory=LogRegistry)
    _copies: PendingCopies = field(init=False)
    _missed: UnseenRotations = field(init=False)
    _seen_until: float = 0.0
    _compressed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._identity = LogIdentity(self.digest)
        self._lines = LineReader(self._identity, self.clock, self.encoding)
        self._copies = PendingCopies(self._identity, self.clock)
        self._missed = UnseenRotations(self.clock, self._is_copy)
        self.pending_renames = PendingRenames(self.roots, self._known.in_hand)

    @property
    def sources(self) -> list[LogSource]:
        """The logs that are followed now, and what became of those that were truncated."""
        return self._known.sources

    @property
    def denied(self) -> dict[str, str]:
        """The logs, and their bases, that this user may not read; they are tried again at every change."""
        return self._lines.denied

    def resume(self, rows: Iterable[SourceRow]) -> None:
        """Take up the logs of an earlier run, and the memory of those that are gone."""
        self._seen_until = self.since
        for row in rows:
            self._seen_until = max(self._seen_until, row.seen_at)
            if row.state == "gone":
                self._known.tombs[row.dev, row.ino] = row
            else:
                base = self._base_of(os.fsdecode(row.directory))
                self._known.follow(LogSource(row, base, dirty=row.state != "orphan"))

    @property
    def compressed(self) -> int:
        """How many files with a matching name are compressed and so not followed."""
        return len(self._compressed)

    # ------------------------------------------------------------------------------------ what is there

    def reconcile(self, directory: str | None = None) -> list[Gap]:
        """Compare what is known with what is there (in all directories, or in one); returns what may be lost."""
        self._take_owed()
        entries = self._entries(directory)
        gaps: list[Gap] = []
        here = [source for source in self.sources if directory is None or source.path.rpartition("/")[0] == directory]
        unknown = dict(entries)
        for path in [one for one in self.foreign if directory in {None, one.rpartition("/")[0]}]:
            del self.foreign[path]
        # Known inodes first: only then is it clear who is an orphan that a copy may inherit from. A log of which
        # nothing was read is known by its inode alone, which may be such a copy's by now: those come last.
        reborn: set[tuple[int, int]] = set()
        claims = [source for source in here if source.row.state != "orphan"]
        for source in claims:
            if source.row.head_len or source.fd >= 0:
                gaps += self._claim(source, unknown, reborn)
        self._known.index()
        orphans = [source for source in self.sources if source.row.state == "orphan" and source.row.offset]
        for entry in sorted(unknown.values(), key=lambda entry: entry.mtime_ns):
            if self._inherit(entry, orphans):
                del unknown[entry.dev, entry.ino]
        for source in claims:
            if not (source.row.head_len or source.fd >= 0):
                gaps += self._claim(source, unknown, reborn)
        for entry in sorted(unknown.values(), key=lambda entry: entry.mtime_ns):
            self._meet(entry, reborn=(entry.dev, entry.ino) in reborn)
        gaps += self._missed.tell(self._known)
        gaps += self._expire()
        if directory is None:
            self._copies.keep(entries)
            self._missed.forget()
        close_idle(self.sources, self.max_open)
        self.unsettled = bool(self._copies) or any(source.row.state == "orphan" for source in self.sources)
        return gaps

    def touch(self, path: str, dev: int, ino: int) -> bool:
        """Something happened to a file: True when it is a known log under its known name, which is now looked at."""
        known = False
        for source in self._known.at(dev, ino):
            row = source.row
            if (row.dev, row.ino) == (dev, ino) and row.state in {"live", "rotated"} and source.path == path:
                source.dirty = known = True
        return known

    def poll(self) -> None:
        """Look at the size of every open log; those that changed are dirty, deleted and idle ones let go in time."""
        for source in [source for source in self.sources if source.fd >= 0]:
            stat = os.fstat(source.fd)
            source.dirty |= source.differs(stat.st_size, stat.st_mtime_ns)
            if source.dirty:
                continue
            if stat.st_nlink:
                if source.idle(self.clock()) and (source.row.state == "rotated" or self._known.outlived(source)):
                    source.rest()
            elif not source.lingers(self.clock()):
                source.close()
                self._bury(source)
        self._known.sources = [source for source in self.sources if source.row.state != "gone"]

    def _entries(self, directory: str | None) -> dict[tuple[int, int], ListedFile]:
        found: dict[tuple[int, int], ListedFile] = {}
        for root in self.roots:
            if directory is None or root.covers(directory):
                for entry in root.list(directory):
                    known = found.get((entry.dev, entry.ino))
                    if known is None or (self._matches(entry.path) and not self._matches(known.path)):
                        found[entry.dev, entry.ino] = entry
        return found

    def _matches(self, path: str) -> bool:
        return any(root.matches(path) for root in self.roots)

    def _state_of(self, entry: ListedFile) -> str:
        return "live" if self._matches(entry.path) else "rotated"

    def _base_of(self, directory: str) -> str:
        return next((root.base for root in self.roots if root.covers(directory)), directory)

    def _found(self, source: LogSource, entry: ListedFile) -> bool:
        """Find a known inode again: its present name, and whether it is still the same log."""
        row = source.row
        if source.call(entry, self._state_of(entry)) and row.uid:
            self.save(row)
        source.missing = 0
        source.dirty |= source.differs(entry.size, entry.mtime_ns)
        # an open log is checked again, more sharply, at every read, and one that rests when it is opened
        known = source.fd >= 0 or source.resting
        changed = entry.size < row.offset if known else self._identity.differs(entry, row)
        if changed:
            self._orphan(source)
        source.resting |= not (known or changed or source.dirty) and source.settled(self.clock())
        return not changed

    def _claim(
        self, source: LogSource, unknown: dict[tuple[int, int], ListedFile], reborn: set[tuple[int, int]]
    ) -> list[Gap]:
        """Look for a log's inode among those there are; when it is there but another log now, it stays unknown."""
        identity = (source.row.dev, source.row.ino)
        entry = unknown.pop(identity, None)
        if entry is None:
            return self._missing(source)
        own_name = family(source.path) == family(entry.path)
        if not self._found(source, entry):
            unknown[identity] = entry
            if own_name:
                reborn.add(identity)
        return []

    def _missing(self, source: LogSource) -> list[Gap]:
        """A known inode has no name any more; two listings must agree, since renames race with them."""
        source.missing += 1
        if source.missing < 2 or source.row.state == "gone":
            return []
        if source.fd >= 0 and source.lingers(self.clock()):
            source.dirty = True
            return []
        lost = [] if source.fd >= 0 else source.lost(GapKind.DELETED, self.clock())
        source.close()
        self._bury(source)
        return lost

    def _bury(self, source: LogSource) -> None:
        """Remember a log that is gone, in case its name comes back."""
        source.row.state, source.row.gone_at = "gone", self.clock()
        if source.row.uid:
            self.save(source.row)
            self._known.tombs[source.row.dev, source.row.ino] = source.row

    def _inherit(self, entry: ListedFile, orphans: list[LogSource]) -> bool:
        """Whether a file nobody follows holds what a log held that is gone, or that was truncated after a copy."""
        tomb = self._known.tombs.get((entry.dev, entry.ino))
        if tomb is not None and tomb.head_len and self._identity.same(entry, tomb):
            del self._known.tombs[entry.dev, entry.ino]
            self._known.follow(LogSource(tomb, entry.base))
            self._take_over(self.sources[-1], entry)
            return True
        for source in orphans:
            if source.row.state == "orphan" and self._identity.same(entry, source.row):
                self._take_over(source, entry)
                return True
        return False

    def _meet(self, entry: ListedFile, *, reborn: bool) -> None:
        """A file nobody follows and that holds nothing we know: a copy in the making, a new log, or not ours.

        ``reborn``: a log's inode that was truncated, has grown again and may have its rotated name already.
        """
        if reborn or self._matches(entry.path) or (entry.path in self.pending_renames and self._recent(entry)):
            if entry.foreign:
                self.foreign[entry.path] = entry.base
            else:
                self._begin(entry)
        elif self._recent(entry) and self._known.kin(entry.path) and not entry.path.endswith(_COMPRESSED):
            self._missed.suspect(entry)

    def _take_owed(self) -> None:
        """Follow the logs that were opened when they lost their name."""
        while (held := self.pending_renames.take()) is not None:
            source = None
            try:
                source = self._owner(held)
            finally:
                if source is None:
                    os.close(held.fd)  # a listing has more to go by
            if source is not None:
                source.fd, source.dirty = held.fd, True

    def _owner(self, held: HeldFile) -> LogSource | None:
        """The log that an opened file is to be read of; None when it is open, or that is not for certain."""
        identity = (held.dev, held.ino)
        for source in self._known.at(*identity):
            if source.row.state != "orphan" and (source.fd >= 0 or self._identity.holds(held.fd, source.row)):
                return source if source.fd < 0 else None
        tomb = self._known.tombs.get(identity)
        was_read = tomb is not None and tomb.head_len and self._identity.holds(held.fd, tomb)
        return None if was_read or held.foreign or not self._recent(held) else self._begin(held)

    def _recent(self, entry: ListedFile) -> bool:
        """Whether it was written since anybody looked in an earlier run: what is older is not to be read now."""
        return entry.mtime_ns / 1e9 > self._seen_until

    def _is_copy(self, entry: ListedFile) -> bool:
        """Whether the file begins like a log that is or was followed."""
        with opened(entry) as fd:
            return fd >= 0 and self._known.begins_like_one(fd, entry.size, self._identity)

    def _begin(self, entry: ListedFile) -> LogSource | None:
        """Follow a new log, unless it is compressed or looks like a copy that is still being made."""
        if entry.path.endswith(_COMPRESSED):
            self._compressed.add(entry.path)
            return None
        now = self.clock()
        kin = self._known.kin(entry.path)
        if self._copies.awaits(entry, kin):
            return None
        twin = self._copies.twin(entry, kin)
        row = SourceRow(self.watch, b"", b"", entry.dev, entry.ino, seen_at=now)
        source = LogSource(row, entry.base, size=entry.size, changed_at=now)
        source.call(entry, self._state_of(entry))
        if twin is not None and repeats(entry, twin):  # a copy that stays: what it shares with the log was read
            source.stand_like(twin)
        elif entry.mtime_ns / 1e9 < self.since:
            if self.from_end:
                self.skipped_bytes += self._lines.pass_over(source, entry)
            else:
                row.backlog_end = entry.size
        self.save(row)
        self._known.follow(source)
        return source

    def _was_empty(self, source: LogSource) -> bool:
        """Whether a file that was begun while it was empty has turned out to be such a copy."""
        if source.row.offset or source.size or source.fd >= 0:
            return False
        entry = entry_of(source.path, source.base)
        return entry is not None and self._copies.awaits(entry, self._known.kin(entry.path))

    def _take_over(self, source: LogSource, entry: ListedFile) -> None:
        """Go on with a log in the file that now holds what it held."""
        source.call(entry, self._state_of(entry))
        source.row.dev, source.row.ino, source.dirty = entry.dev, entry.ino, True
        self._known.moved_to(entry.dev, entry.ino, source)
        self._copies.settle(entry)
        self.save(source.row)

    def _orphan(self, source: LogSource) -> None:
        """The file no longer holds what this log held; a copy of that may turn up."""
        source.close()
        source.dirty, source.row.state, source.row.gone_at = False, "orphan", self.clock()
        self.unsettled = True
        if source.row.uid:
            self.save(source.row)

    def _expire(self) -> list[Gap]:
        gaps: list[Gap] = []
        now = self.clock()
        for source in [source for source in self.sources if source.row.state == "orphan"]:
            if now - (source.row.gone_at or now) >= ORPHAN_SECONDS or not source.row.offset:
                gaps += source.lost(GapKind.TRUNCATED, now)
                self._bury(source)
        self._known.sources = [source for source in self.sources if source.row.state != "gone" or source.fd >= 0]
        return gaps

    # ------------------------------------------------------------------------------------ reading

    def read(self, limit: int = TURN_BYTES, *, live_only: bool = False) -> Iterator[LineBatch]:
        """What is new in the dirty logs, one turn each, until ``limit`` bytes are gathered.

        Those written lately come first, and those with least to read: what is being written is not kept waiting by
        what was written long ago, however much or many that is; with ``live_only`` a log with more than one turn is
        left for later. Nothing moves before ``accept``; a log with more to read stays dirty.
        """
        gathered = 0
        room = self.max_open - sum(source.fd >= 0 for source in self.sources)
        dirty = (source for source in self.sources if source.dirty and not (live_only and source.lag > TURN_BYTES))
        lately = int((self.clock() - LATELY_SECONDS) * 1e9)
        in_order = sorted(dirty, key=lambda source: (source.is_old(lately), source.lag))
        for source in in_order:
            if gathered >= limit:
                break
            closed = source.fd < 0
            if source.dirty and closed and room <= 0:
                room = self.max_open - close_idle(self.sources, self.max_open * 3 // 4)
            # one for which there is no room, or that may be a copy in the making, stays dirty
            if source.dirty and (not closed or room > 0) and not self._was_empty(source):
                try:
                    batch = self._lines.take(source)
                except TruncatedError:
                    in_order.append(self._truncated(source))  # at once: its name may be gone in a moment
                    continue
                room -= closed and source.fd >= 0
                if batch is not None:
                    gathered += max(len(batch.chunk.data), BATCH_BYTES)
                    yield batch

    def partials(self) -> Iterator[LineBatch]:
        """Last lines without a newline that have not changed for a while: scanned once, the offset stays."""
        now = self.clock()
        for source in self.sources:
            waiting = source.fd >= 0 and not source.dirty and source.lag
            if waiting and source.partial_done != source.size and abs(now - source.changed_at) >= PARTIAL_SECONDS:
                yield self._lines.rest(source)

    def accept(self, batch: LineBatch) -> None:
        """What a batch held is stored: the log stands after it, or its last line was looked at as it is."""
        if batch.partial:
            batch.source.partial_done = batch.source.size
        else:
            batch.source.row = batch.after

    def _truncated(self, source: LogSource) -> LogSource:
        """The inode began a new life: a new log at its start, while the old one waits for its copy."""
        row = source.row
        fresh = SourceRow(self.watch, row.directory, row.name, row.dev, row.ino, seen_at=self.clock())
        self.save(fresh)  # first: a crash in between leaves two claims on one inode, and only one of them holds
        self._orphan(source)
        self._known.follow(LogSource(fresh, source.base, changed_at=self.clock()))
        return self.sources[-1]

    def close(self) -> None:
        """Close every log."""
        self.pending_renames.close()
        for source in self.sources:
            source.close()
