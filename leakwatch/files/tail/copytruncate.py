"""Tells the copy that copytruncate writes from a new log."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from leakwatch.core.file_id import FileId
from leakwatch.files.tail.log_identity import LogIdentity, identical, opened
from leakwatch.files.tail.log_source import LogSource
from leakwatch.files.watch_paths import ListedFile

COPY_SECONDS = 5.0
"""How long a file that begins like a live log is taken for a copy in the making."""


@dataclass(slots=True)
class PendingCopies:
    """Files that are not read for now, since they may be copies in the making; false when there are none.

    ``relatives`` are the logs of a file's rotation family: it can only be a copy of one of them.
    """

    identity: LogIdentity
    clock: Callable[[], float]
    _awaited: dict[FileId, float] = field(default_factory=dict)
    """Since when."""

    def __bool__(self) -> bool:
        return bool(self._awaited)

    def duplicate_of(self, file: ListedFile, relatives: Iterable[LogSource]) -> LogSource | None:
        """A followed log whose head and anchor the file has, too: most likely it is a copy of that log."""
        read = (source for source in relatives if source.row.offset)
        return next((source for source in read if self.identity.same(file, source.row)), None)

    def awaits(self, file: ListedFile, relatives: Iterable[LogSource]) -> bool:
        """Whether to leave the file alone; after ``COPY_SECONDS`` it is what it looks like."""
        relatives, now = list(relatives), self.clock()
        may_be_copy = self.duplicate_of(file, relatives) is not None or self._begins_like_one(file, relatives)
        if may_be_copy and abs(now - self._awaited.setdefault(file.id, now)) < COPY_SECONDS:
            return True
        self.resolve(file)
        return False

    def resolve(self, file: ListedFile) -> None:
        """It is decided what the file is."""
        self._awaited.pop(file.id, None)

    def keep_only(self, listed: Container[FileId]) -> None:
        """Forget the files that are not listed any more."""
        self._awaited = {file_id: since for file_id, since in self._awaited.items() if file_id in listed}

    def _begins_like_one(self, file: ListedFile, relatives: Iterable[LogSource]) -> bool:
        """Whether the file begins like a log that is longer."""
        if file.size == 0:
            return False
        return any(
            source.row.offset
            and source.row.state in {"live", "orphan"}
            and file.size < source.row.offset
            and self.identity.head_of(file, min(file.size, source.row.head_len)) == self._head_of(source, file.size)
            for source in relatives
        )

    def _head_of(self, source: LogSource, size: int) -> bytes | None:
        if size >= source.row.head_len:
            return source.row.head
        with _opened(source) as fd:
            return self.identity.head(fd, size) if fd >= 0 else None


def repeats(file: ListedFile, original: LogSource) -> bool:
    """Whether a file repeats all that was read of a log, byte by byte."""
    with opened(file) as fd, _opened(original) as other:
        return fd >= 0 and other >= 0 and identical(fd, other, original.row.offset)


@contextmanager
def _opened(source: LogSource) -> Iterator[int]:
    """The descriptor of a followed log, opened for the block if needed; -1 if there is none."""
    if source.fd >= 0 or source.row.state == "orphan":
        yield source.fd
    else:
        with opened(ListedFile(source.path, source.base, *source.id, 0, 0)) as fd:
            yield fd
