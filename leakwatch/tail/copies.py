"""Telling a copy that copytruncate makes from a new log."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from leakwatch.roots import Entry
from leakwatch.tail.identity import Identity, identical, opened
from leakwatch.tail.source import Source


def twin(identity: Identity, entry: Entry, kin: Iterable[Source]) -> Source | None:
    """A followed log whose head and anchor the file has, too: then it is most likely a copy of it.

    ``kin`` are the logs that the file's name may be a rotated one of: only of those it can be a copy.
    """
    return next((source for source in kin if source.row.offset and identity.same(entry, source.row)), None)


def repeats(entry: Entry, twin: Source) -> bool:
    """Whether a file repeats all that was read of a log, byte by byte."""
    with opened(entry) as fd, _opened(twin) as other:
        return fd >= 0 and other >= 0 and identical(fd, other, twin.row.offset)


def may_be_copy(identity: Identity, entry: Entry, kin: Iterable[Source]) -> bool:
    """Whether the file begins like a log that is further on: then it is most likely a copy in the making."""
    if entry.size == 0:
        return False
    return any(
        source.row.offset
        and source.row.state in {"live", "orphan"}
        and entry.size < source.row.offset
        and identity.head_of(entry, min(entry.size, source.row.head_len)) == _head_known(identity, source, entry.size)
        for source in kin
    )


def _head_known(identity: Identity, source: Source, size: int) -> bytes | None:
    if size >= source.row.head_len:
        return source.row.head
    with _opened(source) as fd:
        return identity.digest(os.pread(fd, size, 0)) if fd >= 0 else None


@contextmanager
def _opened(source: Source) -> Iterator[int]:
    """A followed log, opened for the block if it is closed; -1 when that cannot be, or an orphan has no file."""
    if source.fd >= 0 or source.row.state == "orphan":
        yield source.fd
    else:
        with opened(Entry(source.path, source.base, source.row.dev, source.row.ino, 0, 0)) as fd:
            yield fd
