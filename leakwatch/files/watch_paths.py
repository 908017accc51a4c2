"""The configured paths of a watch (directories, files or globs) and the files below them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from leakwatch.core.errors import ConfigError
from leakwatch.core.file_id import FileId

FOREIGN = "a hard link to a file of another owner"
"""How a ``ListedFile`` that is foreign is described."""

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A regular file as a directory lists it.

    ``foreign``: it has another name, too, and another owner than the directory. Whoever may write to the directory can
    have linked a file that he must not read.
    """

    path: str
    base: str
    dev: int
    ino: int
    size: int
    mtime_ns: int
    foreign: bool = False

    @property
    def id(self) -> FileId:
        """The file behind the name."""
        return FileId(self.dev, self.ino)

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's components below its base."""
        return PurePosixPath(os.path.relpath(self.path, self.base)).parts


def file_at(path: str, base: str) -> ListedFile | None:
    """The file of that path as a listing would show it now; None if there is none."""
    try:
        stat = os.lstat(path)
    except OSError:
        return None
    return _listed(path, base, stat)


def _listed(path: str, base: str, stat: os.stat_result) -> ListedFile:
    foreign = stat.st_nlink > 1 and not _owns(os.path.dirname(path), stat.st_uid)  # noqa: PTH120
    return ListedFile(path, base, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, foreign)


def _owns(directory: str, user: int) -> bool:
    try:
        return os.stat(directory).st_uid == user  # noqa: PTH116
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class WatchPath:
    """One configured path. Links are followed up to ``base``, which the operator configured, and never below it."""

    pattern: str
    recursive: bool
    _shape: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            shape = re.compile(_translate(self.pattern))
        except re.error as error:
            raise ConfigError(f"watch path {self.pattern}: {error.msg}; fix the brackets") from None
        object.__setattr__(self, "_shape", shape)

    @property
    def base(self) -> str:
        """The directory to watch: the part of the path before the first glob character, or before a file's name."""
        magic = _MAGIC.search(self.pattern)
        if magic:
            return self.pattern[: self.pattern.rindex("/", 0, magic.start())] or "/"
        return self.pattern if os.path.isdir(self.pattern) else os.path.dirname(self.pattern)  # noqa: PTH112, PTH120

    @property
    def deep(self) -> bool:
        """Whether directories below the base belong to the watch."""
        magic = _MAGIC.search(self.pattern)
        if magic:
            wild = self.pattern[magic.start() :]
            return "/" in wild or "**" in wild
        return self.recursive and self.base == self.pattern

    def matches(self, path: str) -> bool:
        """Whether a file of that path starts a log or is an export."""
        if _MAGIC.search(self.pattern):
            return self._shape.fullmatch(path) is not None
        if path == self.pattern:
            return True
        below = path.startswith(self.pattern.rstrip("/") + "/")
        return below and (self.recursive or os.path.dirname(path) == self.pattern.rstrip("/"))  # noqa: PTH120

    def problem(self) -> str | None:
        """Why this path cannot be watched now; None if it can."""
        if not _MAGIC.search(self.pattern) and not os.path.lexists(self.pattern):
            return "does not exist"
        if not os.path.isdir(self.base):  # noqa: PTH112
            return "does not exist"
        if not os.access(self.base, os.R_OK | os.X_OK):
            return "is not readable for this user"
        return None

    def list(
        self, directory: str | None = None, special: Callable[[str], None] = lambda _: None
    ) -> Iterator[ListedFile]:
        """The regular files below the base (or only those directly in one of its directories), whatever their names.

        ``special`` is called for what is neither file, directory nor link: FIFOs, sockets, devices. Files that vanish
        meanwhile and unreadable directories are left out.
        """
        pending = [self.base if directory is None else directory]
        while pending:
            here = pending.pop()
            try:
                with os.scandir(here) as entries:
                    for entry in entries:
                        try:
                            if entry.is_dir(follow_symlinks=False):
                                if self.deep and directory is None:
                                    pending.append(entry.path)
                            elif entry.is_file(follow_symlinks=False):
                                yield _listed(entry.path, self.base, entry.stat(follow_symlinks=False))
                            elif not entry.is_symlink():
                                special(entry.path)
                        except FileNotFoundError:
                            continue
            except OSError:
                continue

    def directories(self) -> Iterator[str]:
        """The base and, when deep, every directory below it that a listing would visit."""
        pending = [self.base]
        while pending:
            here = pending.pop()
            yield here
            if not self.deep:
                return
            try:
                with os.scandir(here) as entries:
                    pending.extend(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
            except OSError:
                continue

    def covers(self, directory: str) -> bool:
        """Whether a directory is the base or one that a listing visits."""
        return directory == self.base or (self.deep and directory.startswith(self.base.rstrip("/") + "/"))


def roots_of(paths: Sequence[str], *, recursive: bool) -> tuple[WatchPath, ...]:
    """The watch paths of the configured ``paths``."""
    return tuple(WatchPath(path.rstrip("/") or "/", recursive) for path in paths)


def _translate(pattern: str) -> str:
    """A glob as a regular expression over whole paths: ``*`` and ``?`` stop at slashes, ``**`` does not."""
    out = []
    for part in re.split(r"(\*\*/?|\*|\?|\[[^\]]+\])", pattern):
        if part.startswith("**"):
            out.append("(?:.*/)?" if part.endswith("/") else ".*")
        elif part == "*":
            out.append("[^/]*")
        elif part == "?":
            out.append("[^/]")
        elif part.startswith("["):
            out.append("[" + part[1:-1].replace("\\", r"\\").replace("!", "^", 1 if part[1] == "!" else 0) + "]")
        else:
            out.append(re.escape(part))
    return "(?s:" + "".join(out) + ")"
