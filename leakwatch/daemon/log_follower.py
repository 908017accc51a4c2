"""The thread that follows logs: hints in, lines read, findings and offsets out in one transaction."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Finding, Gap, GapKind, Limits
from leakwatch.daemon.cpu_limit import GLANCE_SECONDS, CpuLimit
from leakwatch.daemon.ledger import Ledger, LocatedFinding
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.read_lag import ReadLag
from leakwatch.daemon.redacted_paths import shown
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.detection.analyze import Analysis, Analyzer
from leakwatch.files.tail import TURN_BYTES, Follower, LineBatch
from leakwatch.files.walk import FoundFile
from leakwatch.files.watch_paths import FOREIGN
from leakwatch.pipeline import ChunkResult, Pool, Task
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.incidents import Watched
from leakwatch.state.store import SourceRow

_log = structlog.get_logger("leakwatch")

POLL_SECONDS = 1.0
"""How often the size of open logs is looked at, whether or not there are hints."""

GATHER_SECONDS = 0.02
"""Hints that come within this time are served together."""

PACE_SECONDS = 0.1
"""Logs that are only written to are served this often, since each time costs a commit."""

UNSETTLED_SECONDS = 0.5
"""How soon to look again for the copy of a truncated log."""

MAX_NAMES = 100_000

EVERYTHING = ""
"""Stands among directories to be looked at for all of them."""

NOT_FOLLOWED = f"not followed: {FOREIGN}"

BEHIND_SECONDS = 300.0
"""Lines that wait so long are told as a gap; it ends when they wait a tenth of that."""

RETRY_SECONDS = 5.0
"""After the state could not be written (disk full): nothing moves, and it is tried again."""


class Hints:
    """Paths that changed, gathered from watchdog's thread for another one; each is held once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paths: set[str] = set()
        self._everything = False
        self._hurry = False
        self._taken = 0.0

    def add(self, path: str, *, written: bool = False) -> None:
        """A path changed: one that was only ``written`` to can wait a little, a name that came or went cannot."""
        with self._changed:
            if not self._paths or not (written or self._hurry):
                self._changed.notify()
            self._hurry |= not written
            self._paths.add(path)

    def everything(self) -> None:
        """Anything may have changed."""
        with self._changed:
            self._everything = True
            self._changed.notify()

    def take(self, timeout: float) -> tuple[set[str], bool]:
        """The paths and whether everything has to be looked at; waits for hints, unless ``timeout`` is zero."""
        with self._changed:
            if timeout and not self._paths and not self._everything:
                self._changed.wait(timeout)
            if timeout and self._paths:
                self._changed.wait_for(self._pressing, self._taken + PACE_SECONDS - time.monotonic())
                self._changed.wait_for(lambda: self._everything, GATHER_SECONDS)
            taken = self._paths, self._everything
            self._paths, self._everything, self._hurry, self._taken = set(), False, False, time.monotonic()
            return taken

    def _pressing(self) -> bool:
        return self._hurry or self._everything


@dataclass(slots=True)
class LogWatch:
    """One watch of kind ``log``: who it is, its follower, and who reads it (None: whoever reads all)."""

    watched: Watched
    follower: Follower
    backlog: bool = False
    """Whether something older than the first start is still to be read."""
    denied: dict[str, str] = field(default_factory=dict)
    """Logs (masked) that may not be read, and their bases, as far as that is stored as a gap."""
    foreign: dict[str, str] = field(default_factory=dict)
    """The same of hard links to files of another owner."""
    lost: list[Gap] = field(default_factory=list)
    """Gaps that are not stored yet."""
    analyzer: Analyzer | None = None
    read: int = 0
    """Bytes read since the start."""
    behind: ReadLag = field(default_factory=ReadLag)
    late: bool = False
    """Whether it was told that reading is behind."""


def cannot_store(error: sqlite3.Error) -> str:
    """Log that the state could not be written, in words for a person; the error's text may quote rows."""
    trouble = (
        f"the state cannot be written ({type(error).__name__}); nothing is lost, it is tried again: is the disk full?"
    )
    _log.error(trouble)
    return trouble


@dataclass(slots=True)
class LogScanner:
    """The body of the thread. ``on_ready`` is called once everything was looked at for the first time."""

    watches: Sequence[LogWatch]
    analyzer: Analyzer
    fingerprinter: Fingerprinter
    ledger: Ledger
    metrics: Metrics
    on_ready: Callable[[], None]
    hints: Hints = field(default_factory=Hints)
    seen_from: float = 0.0
    """When (monotonic) the last finished look at everything began."""
    trouble: str | None = None
    """Why nothing can be stored now; None while it can."""
    budget: CpuLimit = field(default_factory=lambda: CpuLimit(None, float))
    pool: Pool | None = None
    """Who analyses instead of this thread, where what is analysed may have ended an earlier run."""
    careful_until: float = 0.0
    """When (monotonic) that is over."""
    _beat: Callable[[], None] = lambda: None
    _names: dict[str, str] = field(default_factory=dict)
    """Names of logs as they may be shown: to judge one takes longer than to read what a quiet log has."""
    _polled: float = 0.0
    _next_look: dict[str, float] = field(default_factory=dict)
    _cost: dict[str, float] = field(default_factory=dict)

    def run(self, thread: SupervisedThread) -> None:
        """As ``_follow``; whoever analyses for this thread ends with it."""
        self._beat = thread.beat
        if self.pool is not None:
            self.pool.idle = thread.beat
        try:
            self._follow(thread)
        finally:
            if self.pool is not None:
                self.pool.close()

    def _follow(self, thread: SupervisedThread) -> None:
        """Follow until the pulse is told to stop; what was read by then is stored."""
        for analyzer in dict.fromkeys((self.analyzer, *(watch.analyzer for watch in self.watches))):
            if analyzer is not None:
                analyzer.warm()
                thread.beat()
        looked = False
        while not thread.stopping.is_set():
            thread.beat()
            try:
                if not looked:
                    self._reconcile(None)
                    looked = True
                    self.on_ready()
                self._turn(thread)
                if not self._behind():  # else what could not be stored is still to be tried again
                    self.trouble = None
            except sqlite3.Error as error:
                self.trouble = cannot_store(error)
                self.hints.everything()  # finds what was read and not stored
                thread.stopping.wait(RETRY_SECONDS)
        try:
            self._drain()
        except sqlite3.Error as error:
            cannot_store(error)
        for watch in self.watches:
            watch.follower.close()

    def _turn(self, thread: SupervisedThread) -> None:
        if self.pool is not None and time.monotonic() > self.careful_until:
            self.pool.close()
            self.pool = None
        busy = self._drain()
        if not busy:
            self._finish_backlog()
        paths, everything = self.hints.take(0 if busy else self._patience())
        now = time.monotonic()
        if everything:
            self._look_soon(EVERYTHING, now)
        for directory in {self._directory(path) for path in paths} - {None}:
            self._look_soon(str(directory), now)
        for directory in [one for one, at in self._next_look.items() if at <= now]:
            del self._next_look[directory]
            self._reconcile(directory or None)
        thread.beat()
        if now - self._polled >= POLL_SECONDS:
            self._polled = now
            self._poll()

    def _look_soon(self, directory: str, now: float) -> None:
        """Look at it, but never for more than a tenth of the time: where there are many logs, a look is long."""
        self._next_look.setdefault(directory, now + 10 * self._cost.get(directory, 0.0))

    def _behind(self) -> bool:
        return any(source.dirty for watch in self.watches for source in watch.follower.sources)

    def save(self, row: SourceRow) -> None:
        """Store where a log stands, under its name as it may be shown; the next run finds the real one by the inode."""
        path = os.path.join(os.fsdecode(row.directory), os.fsdecode(row.name))  # noqa: PTH118
        self._beat()  # a first look at many logs takes its time, and gets on
        folder, _, name = self._shown(path).rpartition("/")
        stored = replace(row, directory=os.fsencode(folder), name=os.fsencode(name))
        self.ledger.store.save_source(stored)
        row.uid = stored.uid

    def _shown(self, path: str) -> str:
        known = self._names.get(path)
        if known is None:
            if len(self._names) >= MAX_NAMES:
                self._names.clear()
            known = self._names[path] = shown(self.analyzer, path)
        return known

    def _patience(self) -> float:
        now = time.monotonic()
        wait = min([POLL_SECONDS, *(at - now for at in self._next_look.values())])
        if self.budget.spent():
            wait = min(wait, GLANCE_SECONDS)
        if any(watch.follower.unsettled for watch in self.watches):
            wait = min(wait, UNSETTLED_SECONDS)
        return max(wait, 0.0)

    def _directory(self, path: str) -> str | None:
        """The directory to list because of a hint; None when the hint is about a log that is known and still itself."""
        try:
            stat = os.lstat(path)
        except OSError:
            return os.path.dirname(path)  # noqa: PTH120
        known = False
        for watch in self.watches:
            known |= watch.follower.touch(path, stat.st_dev, stat.st_ino)
        return None if known else os.path.dirname(path)  # noqa: PTH120

    def _reconcile(self, directory: str | None) -> None:
        began = time.monotonic()
        with self.ledger.entry():
            for watch in self.watches:
                watch.lost += watch.follower.reconcile(directory)
                for gap in watch.lost:
                    self.ledger.gap(self._masked(gap))
        for watch in self.watches:
            watch.lost.clear()
        if directory is None:
            self.seen_from = began
        self._cost[directory or EVERYTHING] = time.monotonic() - began

    def _masked(self, gap: Gap) -> Gap:
        path = None if gap.path is None else shown(self.analyzer, gap.path)
        return Gap(gap.kind, gap.root, gap.detail, gap.opened_at, path, gap.closed_at)

    def _poll(self) -> None:
        for watch in self.watches:
            watch.follower.poll()
            if watch.follower.unsettled:
                self._look_soon(EVERYTHING, self._polled)
            self._tell_unread(watch)
            self._store(watch, list(watch.follower.partials()))
            self.metrics.lag.labels(watch.watched.watch).set(sum(source.lag for source in watch.follower.sources))
            self._tell_behind(watch)

    def _tell_behind(self, watch: LogWatch) -> None:
        """How far reading is behind, and whether that is too far; what is older than the first start may take long."""
        waiting = sum(source.lag for source in watch.follower.sources if source.dirty)
        watch.behind.look(time.monotonic(), watch.read, waiting)
        seconds = watch.behind.seconds
        self.metrics.behind.labels(watch.watched.watch).set(seconds)
        root = f"watch {watch.watched.watch}"
        if not watch.late and not watch.backlog and seconds > BEHIND_SECONDS:
            watch.late = True
            detail = f"the oldest unread line waits for {seconds / 60:.0f} minutes, {waiting} bytes are unread"
            self.ledger.gap(Gap(GapKind.BEHIND, root, detail, self.ledger.clock()))
        elif seconds < BEHIND_SECONDS / 10 and (watch.late or not watch.behind.known):
            watch.late, watch.behind.known = False, True
            self.ledger.close_gap(GapKind.BEHIND, root)

    def _tell_unread(self, watch: LogWatch) -> None:
        detail = "a log may not be read; give this user the right to (group or ACL)"
        watch.denied = self._tell(GapKind.DENIED, detail, watch.denied, watch.follower.denied)
        watch.foreign = self._tell(GapKind.SKIPPED, NOT_FOLLOWED, watch.foreign, watch.follower.foreign)

    def _tell(self, kind: GapKind, detail: str, told: dict[str, str], there: dict[str, str]) -> dict[str, str]:
        """Tell of the logs (and their bases) that are newly there, and of the end of the rest; what is told then."""
        now = {shown(self.analyzer, path): base for path, base in there.items()}
        for path, base in now.items():
            if path not in told:
                self.ledger.gap(Gap(kind, base, detail, self.ledger.clock(), path))
        for path, base in told.items():
            if path not in now:
                self.ledger.close_gap(kind, base, path)
        return now

    def _drain(self) -> bool:
        """One turn for every log that has something new; whether there is more that need not wait."""
        busy = False
        for watch in self.watches:
            if self.budget.overdrawn():
                return False
            batches = list(watch.follower.read(4 * TURN_BYTES, live_only=self.budget.spent()))
            self._store(watch, batches)
            busy |= bool(batches)
        return busy and self._behind()

    def _store(self, watch: LogWatch, batches: list[LineBatch]) -> None:
        """Analyse batches and store them whole; ``sqlite3.Error`` when that cannot be, and then nothing has moved."""
        if not batches:
            return
        began = time.monotonic()
        analysed = [(batch, *self._analyse(watch, batch)) for batch in batches]
        with self.ledger.entry():
            for batch, analysis, failures in analysed:
                for detail in failures:
                    self._blind(batch, detail)
                sightings = [LocatedFinding(self._identity(batch, finding), finding) for finding in analysis.findings]
                self.ledger.record(watch.watched, sightings, backlog=batch.backlog)
                if not batch.partial:
                    self.save(batch.after)
        self.trouble = None
        for batch, analysis, _ in analysed:
            watch.read += 0 if batch.partial else batch.after.offset - batch.source.row.offset
            watch.follower.accept(batch)
            self._count(watch.watched.watch, batch, analysis)
        self.metrics.latency.observe(time.monotonic() - began)

    def _analyse(self, watch: LogWatch, batch: LineBatch) -> tuple[Analysis, list[str]]:
        """What a batch holds, and why not all of it was looked at."""
        self._beat()
        try:
            if self.pool is None:
                analysis = (watch.analyzer or self.analyzer).analyze(batch.chunk)
            else:
                analysis = _apart(self.pool, watch.watched.watch, batch)
        except (AnalysisError, TimeoutError) as error:
            return Analysis(), [f"analysis failed in lines from {batch.chunk.first_line}: {error}"]
        if analysis.timed_out:
            return analysis, [f"a pattern ran out of time ({', '.join(analysis.timed_out)})"]
        return analysis, []

    def _count(self, watch: str, batch: LineBatch, analysis: Analysis) -> None:
        self.metrics.read_bytes.labels(watch).inc(len(batch.chunk.data))
        if batch.decode_errors:
            self.metrics.decode_errors.labels(watch).inc(batch.decode_errors)
        for why, count in (
            ("suppressed", analysis.suppressed),
            ("masked", analysis.masked_seen),
            ("placeholder", analysis.placeholders),
        ):
            self.metrics.quiet.labels(watch, why).inc(count)
        for finding in analysis.findings:
            self.metrics.findings.labels(watch, finding.entity).inc()

    def _blind(self, batch: LineBatch, detail: str) -> None:
        path = shown(self.analyzer, batch.source.path)
        now = self.ledger.clock()
        self.ledger.gap(Gap(GapKind.TIME_OUT, batch.source.base, detail, now, path, now))

    def _identity(self, batch: LineBatch, finding: Finding) -> bytes:
        if not batch.after.uid:  # a new log gets its number in the same transaction
            self.save(batch.after)
        place = finding.place.record()
        digest = self.fingerprinter.digest(
            "sighting", "log", str(batch.after.uid), str(place["line"]), str(place["start_column"]), finding.entity
        )
        return bytes.fromhex(digest)

    def _finish_backlog(self) -> None:
        for watch in self.watches:
            if watch.backlog and not any(source.dirty for source in watch.follower.sources):
                with self.ledger.entry():
                    self.ledger.store.set_meta(f"backlog-read:{watch.watched.watch}", "1")
                    self.ledger.backlog_done(watch.watched)
                watch.backlog = False


def _apart(pool: Pool, watch: str, batch: LineBatch) -> Analysis:
    """A batch analysed in another process. ``AnalysisError`` or ``TimeoutError`` when that process did not live."""
    chunk = batch.chunk
    piece = Task(FoundFile(chunk.origin, len(chunk.data), "", ()), chunk=chunk)
    looked, _ = list(pool.ask((piece,), Limits(), "auto", watch))
    assert isinstance(looked[0], ChunkResult)
    if looked[0].failure is not None:
        raise looked[0].failure
    return looked[0].analysis
