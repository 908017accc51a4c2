"""Find the files under given paths, and open them safely.

A directory tree is untrusted: a name may be replaced by a link, a pipe or a device at any moment. So every file is
opened from its root one component at a time, without following links, and only regular files are read.

A link given by the caller is followed. A link inside a tree is not: its target is either in the tree and found there,
or outside, and then the link is reported as ``not-regular``. Broken links are ignored.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Origin, Skipped, SkipReason

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_REASONS = {
    errno.ENOENT: SkipReason.VANISHED,
    errno.ENOTDIR: SkipReason.VANISHED,
    errno.ESTALE: SkipReason.VANISHED,
    errno.EACCES: SkipReason.PERMISSION,
    errno.EPERM: SkipReason.PERMISSION,
    errno.ELOOP: SkipReason.NOT_REGULAR,
    errno.ENXIO: SkipReason.NOT_REGULAR,
    errno.ENODEV: SkipReason.NOT_REGULAR,
    errno.EINVAL: SkipReason.NOT_REGULAR,
}


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file ``parts`` below the directory ``root``. Plain data that can be sent to another process.

    ``origin.path`` is the path to show to users, ``size`` the size in bytes when it was found.
    """

    origin: Origin
    size: int
    root: str
    parts: tuple[str, ...]

    def open(self) -> BinaryIO:
        """Open the file for reading. ``OSError`` if it is gone or no longer a regular file; see ``reason_of``."""
        root_fd = open_root(self.root)
        try:
            return os.fdopen(open_beneath(root_fd, self.parts), "rb")
        finally:
            os.close(root_fd)


@dataclass(frozen=True, slots=True)
class UnreadableInput(Skipped):
    """A path that cannot be read; ``named`` if the caller gave exactly this path."""

    named: bool = False


def walk(paths: Sequence[str], *, one_filesystem: bool = False) -> Iterator[FoundFile | UnreadableInput]:
    """The files under ``paths``, each directory in sorted order. What is missing or unreadable is returned, not raised.

    ``one_filesystem`` silently skips directories on another file system than their root.
    """
    for path in dict.fromkeys(paths):
        try:
            real = os.path.realpath(path, strict=True)
            status = Path(real).stat()
        except OSError as error:
            reason = SkipReason.LOOP if error.errno == errno.ELOOP else reason_of(error)
            yield UnreadableInput(Origin(path), reason, named=True)
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _Tree(path, real, one_filesystem=one_filesystem).files()
        elif stat.S_ISREG(status.st_mode):
            root, name = os.path.split(real)
            yield FoundFile(Origin(path), status.st_size, root, (name,))
        else:
            yield UnreadableInput(Origin(path), SkipReason.NOT_REGULAR, named=True)


def open_root(path: str) -> int:
    """A descriptor of a trusted directory for ``open_beneath``; its path may contain links. Raises ``OSError``."""
    return os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def open_beneath(root_fd: int, parts: Sequence[str]) -> int:
    """A read-only descriptor of the regular file ``parts`` below ``root_fd``. Follows no link and never blocks.

    Keeps the access time of the file where permitted. Raises ``OSError`` if the file cannot be opened (``EINVAL`` if it
    is not a regular file) and ``ValueError`` if a part is not a plain name.
    """
    *folders, name = map(_checked_name, parts or ("",))
    with _Descent(root_fd, folders) as folder:
        try:
            fd = os.open(name, _FILE | os.O_NOATIME, dir_fd=folder)
        except PermissionError:
            fd = os.open(name, _FILE, dir_fd=folder)  # only the owner of a file may use O_NOATIME
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a regular file")
    return fd


def reason_of(error: OSError) -> SkipReason:
    """The reason to report for a file that could not be opened or read."""
    return _REASONS.get(error.errno or 0, SkipReason.DAMAGED)


class _Descent:
    """Opens the directories ``parts`` below ``root_fd`` one by one; yields the descriptor of the last."""

    def __init__(self, root_fd: int, parts: Sequence[str]) -> None:
        self._root_fd = root_fd
        self._parts = parts
        self._fd = root_fd

    def __enter__(self) -> int:
        try:
            for part in self._parts:
                below = os.open(part, _DIRECTORY, dir_fd=self._fd)
                self._close()
                self._fd = below
        except BaseException:
            self._close()
            raise
        return self._fd

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._fd != self._root_fd:
            os.close(self._fd)
        self._fd = self._root_fd


@dataclass(frozen=True, slots=True)
class _Folder:
    """A directory still to be listed; ``above`` are the directories that contain it."""

    parts: tuple[str, ...]
    above: frozenset[FileId]


class _Tree:
    """One directory given by the caller. However deep it is, only one directory is open at a time."""

    def __init__(self, shown: str, root: str, *, one_filesystem: bool) -> None:
        self._shown = shown
        self._root = root
        self._one_filesystem = one_filesystem

    def files(self) -> Iterator[FoundFile | UnreadableInput]:
        try:
            root_fd = open_root(self._root)
        except OSError as error:
            yield self._unread((), reason_of(error))
            return
        try:
            device = os.fstat(root_fd).st_dev
            waiting: list[_Folder | FoundFile | UnreadableInput] = [_Folder((), frozenset())]
            while waiting:
                item = waiting.pop()
                if isinstance(item, _Folder):
                    waiting.extend(reversed(self._list(root_fd, item, device)))
                else:
                    yield item
        finally:
            os.close(root_fd)

    def _list(self, root_fd: int, folder: _Folder, device: int) -> list[_Folder | FoundFile | UnreadableInput]:
        """The content of ``folder`` sorted by name, or the reason why the folder cannot be listed."""
        try:
            with _Descent(root_fd, folder.parts) as path_fd:
                fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=path_fd)
            try:
                status = os.fstat(fd)
                file_id = FileId(status.st_dev, status.st_ino)
                if file_id in folder.above:
                    return [self._unread(folder.parts, SkipReason.LOOP)]
                if self._one_filesystem and status.st_dev != device:
                    return []
                above = folder.above | {file_id}
                with os.scandir(fd) as listing:
                    entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
                items = (self._item((*folder.parts, entry.name), entry, above) for entry in entries)
                return [item for item in items if item is not None]
            finally:
                os.close(fd)
        except OSError as error:
            return [self._unread(folder.parts, reason_of(error))]

    def _item(
        self, parts: tuple[str, ...], entry: os.DirEntry[str], above: frozenset[FileId]
    ) -> _Folder | FoundFile | UnreadableInput | None:
        try:
            if entry.is_symlink():
                return self._unread(parts, SkipReason.NOT_REGULAR) if self._leads_out(parts) else None
            if entry.is_dir(follow_symlinks=False):
                return _Folder(parts, above)
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            return self._unread(parts, reason_of(error))
        if stat.S_ISREG(status.st_mode):
            return FoundFile(self._origin(parts), status.st_size, self._root, parts)
        return self._unread(parts, SkipReason.NOT_REGULAR)

    def _leads_out(self, parts: tuple[str, ...]) -> bool:
        try:
            target = os.path.realpath("/".join((self._root, *parts)), strict=True)
        except OSError:
            return False
        return os.path.commonpath([self._root, target]) != self._root

    def _origin(self, parts: tuple[str, ...]) -> Origin:
        return Origin("/".join((self._shown.rstrip("/"), *parts)) if parts else self._shown)

    def _unread(self, parts: tuple[str, ...], reason: SkipReason) -> UnreadableInput:
        return UnreadableInput(self._origin(parts), reason, named=not parts)


def _checked_name(part: str) -> str:
    if part in {"", ".", ".."} or "/" in part or "\0" in part:
        raise ValueError("a path below a root must consist of plain names")
    return part
