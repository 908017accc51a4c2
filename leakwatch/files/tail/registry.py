"""The logs that are or were followed, indexed by file and by rotation family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from leakwatch.core.file_id import FileId
from leakwatch.files.tail.log_identity import LogIdentity
from leakwatch.files.tail.log_source import LogSource
from leakwatch.files.watch_paths import ListedFile
from leakwatch.state.incidents import family
from leakwatch.state.store import SourceRow


@dataclass(slots=True)
class LogRegistry:
    """``sources`` are the followed logs, ``tombstones`` the rows of those that are gone, in case their file returns.

    ``file_id in registry``: whether the log in that file is followed.
    """

    sources: list[LogSource] = field(default_factory=list)
    tombstones: dict[FileId, SourceRow] = field(default_factory=dict)
    _families: dict[str, list[LogSource]] = field(default_factory=dict)
    """By rotation family, under the names the logs had when they were indexed."""
    _files: dict[FileId, list[LogSource]] = field(default_factory=dict)

    def __contains__(self, file_id: object) -> bool:
        return file_id in self._files

    def follow(self, source: LogSource) -> None:
        """Add a log."""
        self.sources.append(source)
        self._families.setdefault(family(source.path), []).append(source)
        self.add_inode(source.id, source)

    def add_inode(self, file_id: FileId, source: LogSource) -> None:
        """A followed log continues in that file."""
        self._files.setdefault(file_id, []).append(source)

    def index(self) -> None:
        """Index the logs again by their present names and files."""
        sources, self.sources, self._families, self._files = self.sources, [], {}, {}
        for source in sources:
            self.follow(source)

    def drop(self, ended: Callable[[LogSource], bool]) -> None:
        """Remove the logs that have ended."""
        self.sources = [source for source in self.sources if not ended(source)]

    def at(self, file_id: FileId) -> Sequence[LogSource]:
        """The logs of a file: what it holds, and what it held before it was truncated."""
        return self._files.get(file_id, ())

    def needs_no_opening(self, file: ListedFile) -> bool:
        """Whether a file is a log that is open, or closed and unchanged: a rename costs it only its name.

        For other files the inode proves nothing: it may belong to another file by now.
        """
        return any(
            source.fd >= 0 or (source.dormant and not source.differs(file.size, file.mtime_ns))
            for source in self.at(file.id)
        )

    def family_of(self, path: str) -> Sequence[LogSource]:
        """The logs that a file of that name is a rotated name of, or that are rotated names of it."""
        return self._families.get(family(path), ())

    def is_superseded(self, source: LogSource) -> bool:
        """Whether a log has a rotated name: a plainer name of its family exists, or one that was written later."""
        plain = family(source.path)
        return source.path != plain and any(
            one.mtime_ns > source.mtime_ns or one.path == plain for one in self.family_of(plain)
        )

    def has_known_head(self, fd: int, size: int, identity: LogIdentity) -> bool:
        """Whether an open file begins like a log that is or was followed."""
        rows = [*(source.row for source in self.sources), *self.tombstones.values()]
        lengths = {row.head_len for row in rows if 0 < row.head_len <= size}
        heads = {length: identity.head(fd, length) for length in lengths}
        return any(heads.get(row.head_len) == row.head for row in rows)
