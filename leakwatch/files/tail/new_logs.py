"""Deciding what a file is that nobody follows: a new log, a copy in the making, or none of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from leakwatch.core.file_id import FileId
from leakwatch.files.tail.copytruncate import PendingCopies, repeats
from leakwatch.files.tail.line_reader import LineReader
from leakwatch.files.tail.listing import Listing
from leakwatch.files.tail.log_identity import HeldFile, LogIdentity, opened
from leakwatch.files.tail.log_source import LogSource
from leakwatch.files.tail.pending_renames import PendingRenames
from leakwatch.files.tail.registry import LogRegistry
from leakwatch.files.tail.unseen_rotations import UnseenRotations
from leakwatch.files.watch_paths import ListedFile, file_at
from leakwatch.state.store import SourceRow

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")


@dataclass(slots=True)
class NewLogs:
    """Starts the logs of one watch.

    ``since`` (epoch seconds) is when the watch was first started: files last changed before it are backlog or, with
    ``from_end``, skipped. ``seen_until`` (epoch seconds) is when an earlier run last read anything.
    """

    watch: str
    since: float
    from_end: bool
    listing: Listing
    registry: LogRegistry
    identity: LogIdentity
    copies: PendingCopies
    lines: LineReader
    pending_renames: PendingRenames
    save: Callable[[SourceRow], None]
    clock: Callable[[], float]
    seen_until: float = 0.0
    skipped_bytes: int = 0
    foreign: dict[str, str] = field(default_factory=dict)
    """Hard links to files of another owner, and their bases: they are not followed."""
    compressed: set[str] = field(default_factory=set)
    """Compressed files with a matching name: they are not followed."""
    unseen: UnseenRotations = field(init=False)

    def __post_init__(self) -> None:
        self.unseen = UnseenRotations(self.clock, self._is_copy)

    def consider(self, file: ListedFile, reused: set[FileId]) -> None:
        """Start a log if the file is one. ``reused`` inodes held a log, were truncated and have grown again."""
        pending = file.path in self.pending_renames and self._is_recent(file)
        if file.id in reused or self.listing.matches(file.path) or pending:
            if file.foreign:
                self.foreign[file.path] = file.base
            else:
                self.start(file)
        elif self._is_recent(file) and self.registry.family_of(file.path) and not file.path.endswith(_COMPRESSED):
            self.unseen.suspect(file)

    def start(self, file: ListedFile) -> LogSource | None:
        """Follow a new log, unless it is compressed or looks like a copy that is still being written."""
        if file.path.endswith(_COMPRESSED):
            self.compressed.add(file.path)
            return None
        now = self.clock()
        relatives = self.registry.family_of(file.path)
        if self.copies.awaits(file, relatives):
            return None
        duplicate = self.copies.duplicate_of(file, relatives)
        row = SourceRow(self.watch, b"", b"", file.dev, file.ino, seen_at=now)
        source = LogSource(row, file.base, size=file.size, changed_at=now)
        source.rename(file, self.listing.state_of(file))
        if duplicate is not None and repeats(file, duplicate):  # a finished copy: what it shares was read
            source.continue_from(duplicate)
        elif file.mtime_ns / 1e9 < self.since:
            if self.from_end:
                self.skipped_bytes += self.lines.skip_to_end(source, file)
            else:
                row.backlog_end = file.size
        self.save(row)
        self.registry.follow(source)
        return source

    def owner_of(self, held: HeldFile) -> LogSource | None:
        """The closed log that a held file belongs to, or a new one; None if it is open already or that is uncertain."""
        for source in self.registry.at(held.id):
            if source.row.state != "orphan" and (source.fd >= 0 or self.identity.holds(held.fd, source.row)):
                return source if source.fd < 0 else None
        tombstone = self.registry.tombstones.get(held.id)
        was_read = tombstone is not None and tombstone.head_len and self.identity.holds(held.fd, tombstone)
        return None if was_read or held.foreign or not self._is_recent(held) else self.start(held)

    def became_copy(self, source: LogSource) -> bool:
        """Whether a log that was started while its file was empty turns out to be a copy in the making."""
        if source.row.offset or source.size or source.fd >= 0:
            return False
        file = file_at(source.path, source.base)
        return file is not None and self.copies.awaits(file, self.registry.family_of(file.path))

    def _is_recent(self, file: ListedFile) -> bool:
        """Whether it was written since an earlier run last read anything: older files are not ours to read now."""
        return file.mtime_ns / 1e9 > self.seen_until

    def _is_copy(self, file: ListedFile) -> bool:
        """Whether the file begins like a log that is or was followed."""
        with opened(file) as fd:
            return fd >= 0 and self.registry.has_known_head(fd, file.size, self.identity)
