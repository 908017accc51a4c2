"""The logs that are followed and those that were, by what one knows them again by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leakwatch.files.tail.log_identity import LogIdentity
from leakwatch.files.tail.log_source import LogSource
from leakwatch.files.watch_paths import ListedFile
from leakwatch.state.incidents import family
from leakwatch.state.store import SourceRow


@dataclass(slots=True)
class LogRegistry:
    """``sources`` are the followed ones, ``tombs`` the rows of those that are gone, in case their names come back.

    ``identity in known``: whether the log of that device and inode is followed.
    """

    sources: list[LogSource] = field(default_factory=list)
    tombs: dict[tuple[int, int], SourceRow] = field(default_factory=dict)
    _families: dict[str, list[LogSource]] = field(default_factory=dict)
    """By the family of their names, as they were called when they were indexed."""
    _inodes: dict[tuple[int, int], list[LogSource]] = field(default_factory=dict)

    def __contains__(self, identity: object) -> bool:
        return identity in self._inodes

    def follow(self, source: LogSource) -> None:
        """One more."""
        self.sources.append(source)
        self._families.setdefault(family(source.path), []).append(source)
        self.moved_to(source.row.dev, source.row.ino, source)

    def moved_to(self, dev: int, ino: int, source: LogSource) -> None:
        """A log that is followed goes on in that inode."""
        self._inodes.setdefault((dev, ino), []).append(source)

    def index(self) -> None:
        """Know them by their present names and inodes."""
        sources, self.sources, self._families, self._inodes = self.sources, [], {}, {}
        for source in sources:
            self.follow(source)

    def at(self, dev: int, ino: int) -> Sequence[LogSource]:
        """Those of an inode: what it holds, and what it held before it was truncated."""
        return self._inodes.get((dev, ino), ())

    def in_hand(self, entry: ListedFile) -> bool:
        """Whether a file is a log that is open, or rests unchanged: what it may lose now is only its name.

        Of others the inode alone says nothing: it may be another file's by now.
        """
        return any(
            source.fd >= 0 or (source.resting and not source.differs(entry.size, entry.mtime_ns))
            for source in self.at(entry.dev, entry.ino)
        )

    def kin(self, path: str) -> Sequence[LogSource]:
        """Those that a file of that name may be a rotated one of, or that are rotated ones of it."""
        return self._families.get(family(path), ())

    def outlived(self, source: LogSource) -> bool:
        """Whether a log's name is that of a rotated one: there is a plainer, or one that was written later."""
        plain = family(source.path)
        return source.path != plain and any(
            one.mtime_ns > source.mtime_ns or one.path == plain for one in self.kin(plain)
        )

    def begins_like_one(self, fd: int, size: int, identity: LogIdentity) -> bool:
        """Whether an open file begins like a log that is or was followed."""
        rows = [*(source.row for source in self.sources), *self.tombs.values()]
        lengths = {row.head_len for row in rows if 0 < row.head_len <= size}
        heads = {length: identity.head(fd, length) for length in lengths}
        return any(heads.get(row.head_len) == row.head for row in rows)
