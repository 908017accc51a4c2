"""What becomes of a followed log: found again, renamed, truncated, continued in another file, deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Gap, GapKind
from leakwatch.files.tail.copytruncate import PendingCopies
from leakwatch.files.tail.listing import Listing
from leakwatch.files.tail.log_identity import LogIdentity
from leakwatch.files.tail.log_source import LogSource
from leakwatch.files.tail.registry import LogRegistry
from leakwatch.files.watch_paths import ListedFile
from leakwatch.state.incidents import family
from leakwatch.state.store import SourceRow

ORPHAN_SECONDS = 60.0
"""How long an orphan waits for its copy before its unread bytes are reported as a gap."""


@dataclass(slots=True)
class LogLifecycle:
    """Moves the logs of a registry from state to state and saves each change."""

    registry: LogRegistry
    listing: Listing
    identity: LogIdentity
    copies: PendingCopies
    save: Callable[[SourceRow], None]
    clock: Callable[[], float]
    reused: set[FileId] = field(default_factory=set)
    """Inodes that hold a new log under the old name since the last ``claim_all``."""

    @property
    def orphans(self) -> list[LogSource]:
        """Generations whose file was truncated or replaced, and whose copy may still appear."""
        return [source for source in self.registry.sources if source.row.state == "orphan"]

    def claim_all(self, sources: Sequence[LogSource], unclaimed: dict[FileId, ListedFile]) -> list[Gap]:
        """Match logs with listed files and take what they match out of ``unclaimed``; returns what may be lost.

        Logs of which something was read go first: only then is it known which are orphans that a copy may continue.
        A log of which nothing was read is known by its inode alone, which may belong to such a copy by now: last.
        """
        self.reused.clear()
        gaps: list[Gap] = []
        claims = [source for source in sources if source.row.state != "orphan"]
        for source in claims:
            if source.row.head_len or source.fd >= 0:
                gaps += self._claim(source, unclaimed)
        self.registry.index()
        waiting = [source for source in self.orphans if source.row.offset]
        for file in sorted(unclaimed.values(), key=lambda file: file.mtime_ns):
            if self._continues_known(file, waiting):
                del unclaimed[file.id]
        for source in claims:
            if not (source.row.head_len or source.fd >= 0):
                gaps += self._claim(source, unclaimed)
        return gaps

    def start_generation(self, source: LogSource) -> LogSource:
        """Start a new log at the beginning of a truncated inode; the old one becomes an orphan."""
        row = source.row
        fresh = SourceRow(row.watch, row.directory, row.name, row.dev, row.ino, seen_at=self.clock())
        self.save(fresh)  # first: a crash in between leaves two claims on one inode, and only one of them holds
        self._orphan(source)
        started = LogSource(fresh, source.base, changed_at=self.clock())
        self.registry.follow(started)
        return started

    def retire(self, source: LogSource) -> None:
        """Stop following a log that is gone, and keep its row in case its file returns."""
        source.row.state, source.row.gone_at = "gone", self.clock()
        if source.row.uid:
            self.save(source.row)
            self.registry.tombstones[source.id] = source.row

    def expire_orphans(self) -> list[Gap]:
        """Retire orphans whose copy did not appear; returns their unread bytes as gaps."""
        gaps: list[Gap] = []
        now = self.clock()
        for source in self.orphans:
            if now - (source.row.gone_at or now) >= ORPHAN_SECONDS or not source.row.offset:
                gaps += source.lost(GapKind.TRUNCATED, now)
                self.retire(source)
        self.registry.drop(lambda source: source.row.state == "gone" and source.fd < 0)
        return gaps

    def _claim(self, source: LogSource, unclaimed: dict[FileId, ListedFile]) -> list[Gap]:
        """Look for a log's inode among the listed files. If it holds another log now, it stays unclaimed."""
        file = unclaimed.pop(source.id, None)
        if file is None:
            return self._missing(source)
        kept_name = family(source.path) == family(file.path)
        if not self._is_same(source, file):
            unclaimed[file.id] = file
            if kept_name:
                self.reused.add(file.id)
        return []

    def _is_same(self, source: LogSource, file: ListedFile) -> bool:
        """Whether a log's inode still holds that log; updates its name, or makes it an orphan."""
        row = source.row
        if source.rename(file, self.listing.state_of(file)) and row.uid:
            self.save(row)
        source.missing = 0
        source.dirty |= source.differs(file.size, file.mtime_ns)
        # an open log is compared more closely at every read, and a dormant one when it is opened
        checked_later = source.fd >= 0 or source.dormant
        changed = file.size < row.offset if checked_later else self.identity.differs(file, row)
        if changed:
            self._orphan(source)
        source.dormant |= not (checked_later or changed or source.dirty) and source.settled(self.clock())
        return not changed

    def _missing(self, source: LogSource) -> list[Gap]:
        """A known inode has no name any more. Two listings must agree, since renames race with them."""
        source.missing += 1
        if source.missing < 2 or source.row.state == "gone":
            return []
        if source.fd >= 0 and source.lingers(self.clock()):
            source.dirty = True
            return []
        lost = [] if source.fd >= 0 else source.lost(GapKind.DELETED, self.clock())
        source.close()
        self.retire(source)
        return lost

    def _continues_known(self, file: ListedFile, orphans: Sequence[LogSource]) -> bool:
        """Whether an unclaimed file holds what a deleted or truncated log held; then that log continues in it."""
        tombstone = self.registry.tombstones.get(file.id)
        if tombstone is not None and tombstone.head_len and self.identity.same(file, tombstone):
            del self.registry.tombstones[file.id]
            source = LogSource(tombstone, file.base)
            self.registry.follow(source)
            self._continue_in(source, file)
            return True
        for source in orphans:
            if source.row.state == "orphan" and self.identity.same(file, source.row):
                self._continue_in(source, file)
                return True
        return False

    def _continue_in(self, source: LogSource, file: ListedFile) -> None:
        source.rename(file, self.listing.state_of(file))
        source.row.dev, source.row.ino, source.dirty = file.dev, file.ino, True
        self.registry.add_inode(file.id, source)
        self.copies.resolve(file)
        self.save(source.row)

    def _orphan(self, source: LogSource) -> None:
        """The file no longer holds what this log held; a copy of that may appear."""
        source.close()
        source.dirty, source.row.state, source.row.gone_at = False, "orphan", self.clock()
        if source.row.uid:
            self.save(source.row)
