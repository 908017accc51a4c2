"""Telling a copy that copytruncate makes from a new log."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from leakwatch.files.tail.log_identity import LogIdentity, identical, opened
from leakwatch.files.tail.log_source import LogSource
from leakwatch.files.watch_paths import ListedFile

COPY_SECONDS = 5.0
"""How long a file that begins like a live log is taken for a copy in the making."""


@dataclass(slots=True)
class PendingCopies:
    """The files that are left alone for now, because they may be copies in the making; false when there are none.

    ``kin`` are the logs that a file's name may be a rotated one of: only of those it can be a copy.
    """

    identity: LogIdentity
    clock: Callable[[], float]
    _awaited: dict[tuple[int, int], float] = field(default_factory=dict)
    """Since when, by device and inode."""

    def __bool__(self) -> bool:
        return bool(self._awaited)

    def twin(self, entry: ListedFile, kin: Iterable[LogSource]) -> LogSource | None:
        """A followed log whose head and anchor the file has, too: then it is most likely a copy of it."""
        return next((source for source in kin if source.row.offset and self.identity.same(entry, source.row)), None)

    def awaits(self, entry: ListedFile, kin: Iterable[LogSource]) -> bool:
        """Whether the file is to be left alone; after a while it is what it looks like."""
        kin, now, identity = list(kin), self.clock(), (entry.dev, entry.ino)
        looks_so = self.twin(entry, kin) is not None or self._may_be_one(entry, kin)
        if looks_so and abs(now - self._awaited.setdefault(identity, now)) < COPY_SECONDS:
            return True
        self.settle(entry)
        return False

    def settle(self, entry: ListedFile) -> None:
        """It is decided what the file is."""
        self._awaited.pop((entry.dev, entry.ino), None)

    def keep(self, there: Container[tuple[int, int]]) -> None:
        """Forget those that are not there any more."""
        self._awaited = {identity: since for identity, since in self._awaited.items() if identity in there}

    def _may_be_one(self, entry: ListedFile, kin: Iterable[LogSource]) -> bool:
        """Whether the file begins like a log that is further on."""
        if entry.size == 0:
            return False
        return any(
            source.row.offset
            and source.row.state in {"live", "orphan"}
            and entry.size < source.row.offset
            and self.identity.head_of(entry, min(entry.size, source.row.head_len))
            == self._head_known(source, entry.size)
            for source in kin
        )

    def _head_known(self, source: LogSource, size: int) -> bytes | None:
        if size >= source.row.head_len:
            return source.row.head
        with _opened(source) as fd:
            return self.identity.head(fd, size) if fd >= 0 else None


def repeats(entry: ListedFile, twin: LogSource) -> bool:
    """Whether a file repeats all that was read of a log, byte by byte."""
    with opened(entry) as fd, _opened(twin) as other:
        return fd >= 0 and other >= 0 and identical(fd, other, twin.row.offset)


@contextmanager
def _opened(source: LogSource) -> Iterator[int]:
    """A followed log, opened for the block if it is closed; -1 when that cannot be, or an orphan has no file."""
    if source.fd >= 0 or source.row.state == "orphan":
        yield source.fd
    else:
        with opened(ListedFile(source.path, source.base, source.row.dev, source.row.ino, 0, 0)) as fd:
            yield fd
