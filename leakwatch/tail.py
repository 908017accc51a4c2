"""Following growing logs without losing or repeating a line.

A log is known by what it is, not by its name: device and inode, a keyed digest of its first bytes, and one of the bytes
just before the offset (the *anchor*). So rename rotation, copytruncate, inode reuse and a restart in the middle of any
of them are told apart:

- same inode, head and anchor hold: the same log, wherever its name went inside its directory;
- same inode, but shorter or the anchor differs: it was truncated. What was there before becomes an *orphan*, and a
  file that turns up with the orphan's head and anchor (the copy that copytruncate made) inherits its offset;
- an inode nobody knows, under a name that matches: a new log, read from its beginning.

Limits: lines written between the copy and the truncation of copytruncate are on no disk; a file that lives for less
than a few milliseconds, or is rotated away and deleted while nothing runs, cannot be read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from leakwatch import charset
from leakwatch.incidents import family
from leakwatch.model import Gap, GapKind, Origin, TextChunk
from leakwatch.roots import Entry, Root
from leakwatch.store import SourceRow
from leakwatch.walk import open_beneath

HEAD_BYTES = 1024
ANCHOR_BYTES = 256
TURN_BYTES = 1024 * 1024
"""What one log may have read in one turn, so that a fast one does not starve the rest; also the longest line uncut."""

OVERLAP_BYTES = 4096
"""How much of a line longer than a turn is looked at twice, so that no value is lost at the cut."""

PARTIAL_SECONDS = 5.0
"""A last line without newline is scanned after this long; the offset stays before it."""

COPY_SECONDS = 5.0
"""How long a file that begins like a live log is taken for a copy in the making."""

LINGER_SECONDS = 60.0
"""A deleted log stays open this long after its last growth, because its writer may not know yet."""

ORPHAN_SECONDS = 60.0
"""When no copy turned up for this long, what a truncation left unread counts as lost."""

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")


@dataclass(slots=True, eq=False)
class Source:
    """A followed log at run time. ``path`` is its present name; ``fd`` is -1 while it is closed."""

    row: SourceRow
    base: str
    fd: int = -1
    size: int = 0
    mtime_ns: int = 0
    missing: int = 0
    dirty: bool = True
    changed_at: float = 0.0
    partial_done: int = -1

    @property
    def path(self) -> str:
        """Where the log is now, or was last."""
        return os.path.join(os.fsdecode(self.row.directory), os.fsdecode(self.row.name))  # noqa: PTH118

    @property
    def lag(self) -> int:
        """Bytes that are there and not read yet."""
        return max(0, self.size - self.row.offset)


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one log, and where it stands once what they hold is stored. ``decode_errors`` were replaced."""

    source: Source
    chunk: TextChunk
    after: SourceRow
    backlog: bool
    decode_errors: int
    partial: bool = False


@dataclass(slots=True)
class Follower:
    """The logs of one watch. Used by one thread.

    ``since`` (epoch seconds) is when the watch was first started: files last changed before it are backlog, or, with
    ``from_end``, passed over. ``digest`` is keyed, so that the state holds nothing of what the logs hold.
    ``denied`` holds the logs (and their bases) that this user may not read; they are tried again at every change.
    ``unsettled`` asks for another ``reconcile`` soon: a truncated log waits for its copy, or a copy is being made.
    """

    watch: str
    roots: tuple[Root, ...]
    digest: Callable[[bytes], bytes]
    save: Callable[[SourceRow], None]
    clock: Callable[[], float]
    since: float
    encoding: str = charset.AUTO
    from_end: bool = False
    sources: list[Source] = field(default_factory=list)
    max_open: int = 1024
    skipped_bytes: int = 0
    denied: dict[str, str] = field(default_factory=dict)
    unsettled: bool = False
    _seen_until: float = 0.0
    _unseen: set[tuple[int, int]] = field(default_factory=set)
    _tombs: dict[tuple[int, int], SourceRow] = field(default_factory=dict)
    _held: dict[tuple[int, int], float] = field(default_factory=dict)
    _compressed: set[str] = field(default_factory=set)

    def resume(self, rows: Iterable[SourceRow]) -> None:
        """Take up the logs of an earlier run, and the memory of those that are gone."""
        self._seen_until = self.since
        for row in rows:
            self._seen_until = max(self._seen_until, row.seen_at)
            if row.state == "gone":
                self._tombs[row.dev, row.ino] = row
            else:
                base = self._base_of(os.fsdecode(row.directory))
                self.sources.append(Source(row, base, dirty=row.state != "orphan"))

    @property
    def compressed(self) -> int:
        """How many files with a matching name are compressed and so not followed."""
        return len(self._compressed)

    # ------------------------------------------------------------------------------------ what is there

    def reconcile(self, directory: str | None = None) -> list[Gap]:
        """Compare what is known with what is there (in all directories, or in one); returns what may be lost."""
        entries = self._entries(directory)
        gaps: list[Gap] = []
        here = [source for source in self.sources if directory is None or source.path.rpartition("/")[0] == directory]
        unknown = dict(entries)
        # Known inodes first: only then is it clear who is an orphan that a copy may inherit from. A log of which
        # nothing was read is known by its inode alone, which may be such a copy's by now: those come last.
        claims = [source for source in here if source.row.state != "orphan"]
        for source in claims:
            if source.row.head_len or source.fd >= 0:
                gaps += self._claim(source, unknown)
        for entry in sorted(unknown.values(), key=lambda entry: entry.mtime_ns):
            if self._inherit(entry):
                del unknown[entry.dev, entry.ino]
        for source in claims:
            if not (source.row.head_len or source.fd >= 0):
                gaps += self._claim(source, unknown)
        for entry in sorted(unknown.values(), key=lambda entry: entry.mtime_ns):
            gaps += self._meet(entry)
        gaps += self._expire()
        self._close_idle()
        self.unsettled = bool(self._held) or any(source.row.state == "orphan" for source in self.sources)
        return gaps

    def touch(self, path: str, dev: int, ino: int) -> bool:
        """Something happened to a file: True when it is a known log under its known name, which is now looked at."""
        known = False
        for source in self.sources:
            row = source.row
            if (row.dev, row.ino) == (dev, ino) and row.state in {"live", "rotated"} and source.path == path:
                source.dirty = known = True
        return known

    def poll(self) -> None:
        """Look at the size of every open log; those that changed are dirty."""
        for source in self.sources:
            if source.fd >= 0:
                stat = os.fstat(source.fd)
                if stat.st_mtime_ns != source.mtime_ns or stat.st_size > source.row.offset:
                    source.dirty = True

    def _entries(self, directory: str | None) -> dict[tuple[int, int], Entry]:
        found: dict[tuple[int, int], Entry] = {}
        for root in self.roots:
            if directory is None or root.covers(directory):
                for entry in root.list(directory):
                    known = found.get((entry.dev, entry.ino))
                    if known is None or (self._matches(entry.path) and not self._matches(known.path)):
                        found[entry.dev, entry.ino] = entry
        return found

    def _matches(self, path: str) -> bool:
        return any(root.matches(path) for root in self.roots)

    def _base_of(self, directory: str) -> str:
        return next((root.base for root in self.roots if root.covers(directory)), directory)

    def _found(self, source: Source, entry: Entry) -> bool:
        """Find a known inode again: its present name, and whether it is still the same log."""
        row = source.row
        folder, _, name = entry.path.rpartition("/")
        state = "live" if self._matches(entry.path) else "rotated"
        if (row.directory, row.name, row.state) != (os.fsencode(folder), os.fsencode(name), state):
            row.directory, row.name, row.state, row.gone_at = os.fsencode(folder), os.fsencode(name), state, None
            source.base = entry.base
            if row.uid:
                self.save(row)
        source.missing = 0
        if entry.mtime_ns != source.mtime_ns or entry.size > row.offset:
            source.dirty = True  # also when the size is the same: it may have been truncated and have grown again
        if entry.size >= row.offset and (source.fd >= 0 or self._same(entry, row)):
            return True  # an open log is checked again, more sharply, at every read
        self._orphan(source)
        return False

    def _claim(self, source: Source, unknown: dict[tuple[int, int], Entry]) -> list[Gap]:
        """Look for a log's inode among those there are; when it is there but another log now, it stays unknown."""
        entry = unknown.pop((source.row.dev, source.row.ino), None)
        if entry is None:
            return self._missing(source)
        if not self._found(source, entry):
            unknown[entry.dev, entry.ino] = entry
        return []

    def _missing(self, source: Source) -> list[Gap]:
        """A known inode has no name any more; two listings must agree, since renames race with them."""
        source.missing += 1
        if source.missing < 2 or source.row.state == "gone":
            return []
        if source.fd >= 0 and (source.lag or self.clock() - source.changed_at < LINGER_SECONDS):
            source.dirty = True
            return []
        lost = [] if source.fd >= 0 else self._lost(source, GapKind.DELETED)
        self._close(source)
        self._bury(source)
        return lost

    def _bury(self, source: Source) -> None:
        """Remember a log that is gone, in case its name comes back."""
        source.row.state, source.row.gone_at = "gone", self.clock()
        if source.row.uid:
            self.save(source.row)
            self._tombs[source.row.dev, source.row.ino] = source.row

    def _inherit(self, entry: Entry) -> bool:
        """Whether a file nobody follows holds what a log held that is gone, or that was truncated after a copy."""
        tomb = self._tombs.get((entry.dev, entry.ino))
        if tomb is not None and tomb.head_len and entry.size >= tomb.offset and self._same(entry, tomb):
            del self._tombs[entry.dev, entry.ino]
            self.sources.append(Source(tomb, entry.base))
            self._take_over(self.sources[-1], entry)
            return True
        for source in self.sources:
            row = source.row
            if row.state == "orphan" and row.offset and entry.size >= row.offset and self._same(entry, row):
                self._take_over(source, entry)
                return True
        return False

    def _meet(self, entry: Entry) -> list[Gap]:
        """A file nobody follows and that holds nothing we know: a copy in the making, a new log, or not ours."""
        if self._matches(entry.path):
            self._begin(entry)
            return []
        return self._rotated_unseen(entry)

    def _rotated_unseen(self, entry: Entry) -> list[Gap]:
        """Tell of a log that got its rotated name before anybody could see its own: such names start no source."""
        identity = (entry.dev, entry.ino)
        if identity in self._unseen or entry.mtime_ns / 1e9 <= self._seen_until or entry.path.endswith(_COMPRESSED):
            return []
        if not any(family(source.path) == family(entry.path) for source in self.sources):
            return []
        self._unseen.add(identity)
        if not entry.size or self._is_copy(entry):
            return []
        now = self.clock()
        detail = "a log was begun and rotated unseen; put its rotated names into paths, too (such as app.log*)"
        return [Gap(GapKind.ROTATED, entry.base, detail, now, entry.path, now)]

    def _is_copy(self, entry: Entry) -> bool:
        """Whether the file begins like a log that is or was followed."""
        rows = [source.row for source in self.sources] + list(self._tombs.values())
        return any(
            row.head_len and entry.size >= row.head_len and self._head_of(entry, row.head_len) == row.head
            for row in rows
        )

    def _begin(self, entry: Entry) -> None:
        """Follow a new log, unless it is compressed or looks like a copy that is still being made."""
        if entry.path.endswith(_COMPRESSED):
            self._compressed.add(entry.path)
            return
        now = self.clock()
        identity = (entry.dev, entry.ino)
        if self._may_be_copy(entry) and now - self._held.setdefault(identity, now) < COPY_SECONDS:
            return
        self._held.pop(identity, None)
        folder, _, name = entry.path.rpartition("/")
        row = SourceRow(self.watch, os.fsencode(folder), os.fsencode(name), entry.dev, entry.ino, seen_at=now)
        source = Source(row, entry.base, size=entry.size, changed_at=now)
        if entry.mtime_ns / 1e9 < self.since:
            if self.from_end:
                self._start_at_end(source, entry)
            else:
                row.backlog_end = entry.size
        self.save(row)
        self.sources.append(source)

    def _may_be_copy(self, entry: Entry) -> bool:
        """Whether the file begins like a log that is further on: then it is most likely a copy in the making."""
        if entry.size == 0:
            return False
        return any(
            source.row.head_len
            and source.row.state in {"live", "orphan"}
            and entry.size < source.row.offset
            and self._head_of(entry, min(entry.size, source.row.head_len)) == self._head_known(source, entry.size)
            for source in self.sources
        )

    def _head_known(self, source: Source, size: int) -> bytes | None:
        if size >= source.row.head_len:
            return source.row.head
        return self.digest(os.pread(source.fd, size, 0)) if source.fd >= 0 else None

    def _head_of(self, entry: Entry, length: int) -> bytes | None:
        with _opened(entry) as fd:
            return None if fd < 0 else self.digest(os.pread(fd, length, 0))

    def _same(self, entry: Entry, row: SourceRow) -> bool:
        """Whether a file has the head and, before the offset, the anchor of a log."""
        with _opened(entry) as fd:
            return fd >= 0 and self._holds(fd, row)

    def _holds(self, fd: int, row: SourceRow) -> bool:
        if row.head_len and self.digest(os.pread(fd, row.head_len, 0)) != row.head:
            return False
        anchor = os.pread(fd, row.anchor_len, row.offset - row.anchor_len)
        return not row.anchor_len or self.digest(anchor) == row.anchor

    def _take_over(self, source: Source, entry: Entry) -> None:
        """Go on with a log in the file that now holds what it held."""
        folder, _, name = entry.path.rpartition("/")
        row = source.row
        row.dev, row.ino, row.directory, row.name = entry.dev, entry.ino, os.fsencode(folder), os.fsencode(name)
        row.state, row.gone_at = "live" if self._matches(entry.path) else "rotated", None
        source.dirty, source.base = True, entry.base
        self.save(row)

    def _orphan(self, source: Source) -> None:
        """The file no longer holds what this log held; a copy of that may turn up."""
        self._close(source)
        source.dirty, source.row.state, source.row.gone_at = False, "orphan", self.clock()
        self.unsettled = True
        if source.row.uid:
            self.save(source.row)

    def _expire(self) -> list[Gap]:
        gaps: list[Gap] = []
        now = self.clock()
        for source in [source for source in self.sources if source.row.state == "orphan"]:
            if now - (source.row.gone_at or now) >= ORPHAN_SECONDS or not source.row.offset:
                gaps += self._lost(source, GapKind.TRUNCATED)
                self._bury(source)
        self.sources = [source for source in self.sources if source.row.state != "gone" or source.fd >= 0]
        return gaps

    def _lost(self, source: Source, kind: GapKind) -> list[Gap]:
        if not source.lag:
            return []
        detail = f"{source.lag} bytes of a log were gone before they could be read"
        now = self.clock()
        return [Gap(kind, source.base, detail, now, source.path, now)]

    def _start_at_end(self, source: Source, entry: Entry) -> None:
        with _opened(entry) as fd:
            if fd < 0:
                return
            for block in _blocks(fd, entry.size):
                source.row.line += block.count(b"\n")
            source.row.offset = entry.size
            self.skipped_bytes += entry.size
            self._pin(fd, source.row)

    # ------------------------------------------------------------------------------------ reading

    def read(self, limit: int = TURN_BYTES) -> Iterator[Batch]:
        """What is new in the dirty logs, one turn each, until ``limit`` bytes are gathered.

        Nothing moves before ``accept``; a log with more to read stays dirty.
        """
        gathered = 0
        for source in self.sources:
            if source.dirty and gathered < limit:
                batch = self._read(source)
                if batch is not None:
                    gathered += len(batch.chunk.data)
                    yield batch

    def partials(self) -> Iterator[Batch]:
        """Last lines without a newline that have not changed for a while: scanned once, the offset stays."""
        now = self.clock()
        for source in self.sources:
            waiting = source.fd >= 0 and not source.dirty and source.lag
            if waiting and source.partial_done != source.size and now - source.changed_at >= PARTIAL_SECONDS:
                raw = os.pread(source.fd, min(source.lag, TURN_BYTES), source.row.offset)
                lines = charset.split_lines(self._encoding_for(source.row, raw), raw, force=True)
                source.partial_done = source.size
                yield Batch(
                    source, self._chunk(source, lines.utf8), source.row, self._is_backlog(source), 0, partial=True
                )

    def accept(self, batch: Batch) -> None:
        """What a batch held is stored: the log stands after it."""
        if not batch.partial:
            batch.source.row = batch.after

    def _read(self, source: Source) -> Batch | None:
        if source.fd < 0 and not self._open(source):
            source.dirty = False
            return None
        row = source.row
        stat = os.fstat(source.fd)
        size, source.mtime_ns = stat.st_size, stat.st_mtime_ns
        if size != source.size:
            source.size, source.changed_at = size, self.clock()
        if size < row.offset or not self._anchored(source):
            self._truncated(source)
            return None
        raw = os.pread(source.fd, TURN_BYTES, row.offset)
        if not self._anchored(source):
            # truncated under our eyes: what was read may be of both lives, so it is read again as what it is now
            self._truncated(source)
            return None
        source.dirty = row.offset + len(raw) < size
        encoding = self._encoding_for(row, raw)
        lines = charset.split_lines(encoding, raw)
        after = SourceRow(**{name: getattr(row, name) for name in SourceRow.__slots__})
        if lines.consumed == 0 and len(raw) >= TURN_BYTES:
            lines = self._cut(row, raw, encoding, after)
        elif lines.consumed:
            after.offset, after.line, after.col = row.offset + lines.consumed, row.line + lines.utf8.count(b"\n"), 1
        else:
            source.dirty = False
            return None
        after.seen_at = self.clock()
        self._pin(source.fd, after)
        return Batch(source, self._chunk(source, lines.utf8), after, self._is_backlog(source), lines.decode_errors)

    def _cut(self, row: SourceRow, raw: bytes, encoding: str, after: SourceRow) -> charset.Lines:
        """A line longer than a turn: look at all of it that is there, move on to shortly before its end."""
        kept = charset.split_lines(encoding, raw[:-OVERLAP_BYTES], force=True)
        after.offset = row.offset + kept.consumed
        after.col = row.col + len(kept.utf8.decode("utf-8", "replace"))
        return charset.split_lines(encoding, raw, force=True)

    def _chunk(self, source: Source, utf8: bytes) -> TextChunk:
        return TextChunk(Origin(source.path), utf8, source.row.line, source.row.col)

    def _is_backlog(self, source: Source) -> bool:
        return source.row.offset < source.row.backlog_end

    def _encoding_for(self, row: SourceRow, raw: bytes) -> str:
        """The encoding of a log; undecided as long as all of it could be any."""
        if self.encoding != charset.AUTO:
            return self.encoding
        if not row.encoding and not (raw.isascii() and b"\0" not in raw):
            row.encoding = charset.sniff(raw[: charset.SAMPLE_BYTES], at_end=False)
        return row.encoding or "utf-8"

    def _open(self, source: Source) -> bool:
        row = source.row
        folder = os.path.relpath(os.fsdecode(row.directory), source.base)
        parts = (*(part for part in folder.split("/") if part != "."), os.fsdecode(row.name))
        try:
            fd = _open_below(source.base, parts)
        except PermissionError:
            self.denied[source.path] = source.base
            return False
        self.denied.pop(source.path, None)
        if fd < 0:
            return False
        stat = os.fstat(fd)
        if (stat.st_dev, stat.st_ino) != (row.dev, row.ino):
            os.close(fd)
            return False
        source.fd = fd
        if not self._holds(fd, row):
            self._truncated(source)
            return False
        return True

    def _anchored(self, source: Source) -> bool:
        row = source.row
        return not row.anchor_len or (
            self.digest(os.pread(source.fd, row.anchor_len, row.offset - row.anchor_len)) == row.anchor
        )

    def _truncated(self, source: Source) -> None:
        """The inode began a new life: a new log at its start, while the old one waits for its copy."""
        row = source.row
        fresh = SourceRow(self.watch, row.directory, row.name, row.dev, row.ino, seen_at=self.clock())
        self.save(fresh)  # first: a crash in between leaves two claims on one inode, and only one of them holds
        self._orphan(source)
        self.sources.append(Source(fresh, source.base, changed_at=self.clock()))

    def _pin(self, fd: int, row: SourceRow) -> None:
        """Remember the head (as far as it is read, up to its full length) and the bytes before the offset."""
        row.head_len = min(row.offset, HEAD_BYTES)
        row.head = self.digest(os.pread(fd, row.head_len, 0))
        row.anchor_len = min(row.offset, ANCHOR_BYTES)
        row.anchor = self.digest(os.pread(fd, row.anchor_len, row.offset - row.anchor_len))

    def close(self) -> None:
        """Close every log."""
        for source in self.sources:
            self._close(source)

    def _close_idle(self) -> None:
        """Above the limit, close logs that are read to their end and still have a name; deleted ones stay open."""
        open_now = [source for source in self.sources if source.fd >= 0]
        idle = sorted(
            (source for source in open_now if not source.lag and not source.missing),
            key=lambda source: source.changed_at,
        )
        for source in idle[: max(0, len(open_now) - self.max_open)]:
            self._close(source)

    def _close(self, source: Source) -> None:
        if source.fd >= 0:
            os.close(source.fd)
            source.fd = -1


class _opened:  # noqa: N801  # reads as a statement
    """A file of a listing, open for the block; -1 when it is gone or was replaced meanwhile."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._fd = -1

    def __enter__(self) -> int:
        try:
            fd = _open_below(self._entry.base, self._entry.parts)
        except PermissionError:
            return -1
        if fd >= 0:
            stat = os.fstat(fd)
            if (stat.st_dev, stat.st_ino) == (self._entry.dev, self._entry.ino):
                self._fd = fd
            else:
                os.close(fd)
        return self._fd

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)


def _open_below(base: str, parts: Sequence[str]) -> int:
    """A descriptor, or -1 when there is no such regular file (any more). ``PermissionError`` passes."""
    try:
        root = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        raise
    except OSError:
        return -1
    try:
        return open_beneath(root, parts)
    except PermissionError:
        raise
    except OSError:
        return -1
    finally:
        os.close(root)


def _blocks(fd: int, size: int) -> Iterator[bytes]:
    offset = 0
    while offset < size:
        block = os.pread(fd, min(TURN_BYTES, size - offset), offset)
        if not block:
            return
        yield block
        offset += len(block)
