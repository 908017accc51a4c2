"""What identifies a log: keyed digests of its first bytes (head) and of the bytes before the offset (anchor)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from leakwatch.core.file_id import FileId
from leakwatch.files.walk import open_beneath
from leakwatch.files.watch_paths import ListedFile
from leakwatch.state.store import SourceRow

HEAD_BYTES = 1024
ANCHOR_BYTES = 256
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Computes and compares heads and anchors with one keyed digest."""

    digest: Callable[[bytes], bytes]

    def pin(self, fd: int, row: SourceRow) -> None:
        """Record the head (as far as it was read) and the anchor of an open log in its row."""
        row.head_len = min(row.offset, HEAD_BYTES)
        row.head = self.digest(os.pread(fd, row.head_len, 0))
        row.anchor_len = min(row.offset, ANCHOR_BYTES)
        row.anchor = self.digest(os.pread(fd, row.anchor_len, row.offset - row.anchor_len))

    def anchored(self, fd: int, row: SourceRow) -> bool:
        """Whether the bytes before the offset are still those that were read."""
        return not row.anchor_len or (
            self.digest(os.pread(fd, row.anchor_len, row.offset - row.anchor_len)) == row.anchor
        )

    def holds(self, fd: int, row: SourceRow) -> bool:
        """Whether an open file has the head and the anchor of a log."""
        if row.head_len and self.digest(os.pread(fd, row.head_len, 0)) != row.head:
            return False
        return self.anchored(fd, row)

    def same(self, file: ListedFile, row: SourceRow) -> bool:
        """Whether a listed file is long enough, can be opened, and holds what the log held."""
        if file.size < row.offset:
            return False
        with opened(file) as fd:
            return fd >= 0 and self.holds(fd, row)

    def differs(self, file: ListedFile, row: SourceRow) -> bool:
        """Whether a listed file certainly does not hold what the log held; a file that cannot be opened may hold it."""
        if file.size < row.offset:
            return True
        if not row.head_len:  # nothing of it was read
            return False
        with opened(file) as fd:
            return fd >= 0 and not self.holds(fd, row)

    def head(self, fd: int, length: int) -> bytes:
        """The digest of an open file's first bytes."""
        return self.digest(os.pread(fd, length, 0))

    def head_of(self, file: ListedFile, length: int) -> bytes | None:
        """The digest of a listed file's first bytes; None when it cannot be opened."""
        with opened(file) as fd:
            return None if fd < 0 else self.head(fd, length)


@dataclass(frozen=True, slots=True)
class HeldFile(ListedFile):
    """A listed file that is open already."""

    fd: int = -1


@contextmanager
def opened(file: ListedFile) -> Iterator[int]:
    """The descriptor of a listed file for the block; -1 if it may not be read, is gone, or was replaced meanwhile."""
    if isinstance(file, HeldFile):
        yield file.fd
        return
    try:
        fd = open_same_file(file.base, file.parts, file.id)
    except PermissionError:
        fd = -1
    try:
        yield fd
    finally:
        if fd >= 0:
            os.close(fd)


def open_same_file(base: str, parts: Sequence[str], file_id: FileId) -> int:
    """A descriptor of that very file, or -1 if the name is gone or another file has it. Raises ``PermissionError``."""
    try:
        root = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fd = open_beneath(root, parts)
        finally:
            os.close(root)
    except PermissionError:
        raise
    except OSError:
        return -1
    stat = os.fstat(fd)
    if (stat.st_dev, stat.st_ino) == file_id:
        return fd
    os.close(fd)
    return -1


def identical(one: int, other: int, length: int) -> bool:
    """Whether the first ``length`` bytes of two open files are the same."""
    for offset in range(0, length, BLOCK_BYTES):
        size = min(BLOCK_BYTES, length - offset)
        if os.pread(one, size, offset) != os.pread(other, size, offset):
            return False
    return True


def count_lines(fd: int, size: int) -> int:
    """The number of newlines in the first ``size`` bytes."""
    count = offset = 0
    while offset < size:
        block = os.pread(fd, min(BLOCK_BYTES, size - offset), offset)
        if not block:
            break
        count += block.count(b"\n")
        offset += len(block)
    return count
