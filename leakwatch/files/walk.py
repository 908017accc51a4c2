"""Which files are under the named paths, and how to open them without being led astray.

A tree is untrusted: somebody may swap a name for a link, a pipe or a device between two looks. So every name is
opened from its root, one component at a time, following no link, and only a regular file is ever read.

A link named by the caller is followed. A link inside a tree is not: what it leads to is either in the tree, and
found there, or outside, and then the link is told as ``not-regular``. Broken links are nothing to read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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
    """A regular file ``parts`` below the directory ``root``. Plain data: it can be handed to another process.

    ``origin.path`` is the path as a person would type it, ``size`` its bytes when it was found.
    """

    origin: Origin
    size: int
    root: str
    parts: tuple[str, ...]

    def open(self) -> BinaryIO:
        """The file, read-only. ``OSError`` when it is no longer there, or no longer a file; see ``reason_of``."""
        root_fd = open_root(self.root)
        try:
            return os.fdopen(open_beneath(root_fd, self.parts), "rb")
        finally:
            os.close(root_fd)


@dataclass(frozen=True, slots=True)
class UnreadableInput(Skipped):
    """A path that was passed over; ``named`` when the caller asked for it by name."""

    named: bool = False


def walk(paths: Sequence[str], *, one_filesystem: bool = False) -> Iterator[FoundFile | UnreadableInput]:
    """The files under ``paths``, each directory in sorted order. Raises nothing for what is missing or unreadable.

    With ``one_filesystem`` directories on another file system than their root are left out, silently.
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
    """A descriptor of a trusted directory to open beneath; the path itself may hold links. ``OSError`` if it cannot."""
    return os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def open_beneath(root_fd: int, parts: Sequence[str]) -> int:
    """A read-only descriptor of the regular file ``parts`` below ``root_fd``; no link is followed, nothing blocks.

    ``OSError`` when it cannot be opened, with ``EINVAL`` when it is not a regular file. Where permitted the access
    time of the file does not change. ``ValueError`` for parts that are not plain names.
    """
    *folders, name = map(_plain, parts or ("",))
    with _Descent(root_fd, folders) as folder:
        try:
            fd = os.open(name, _FILE | os.O_NOATIME, dir_fd=folder)
        except PermissionError:
            fd = os.open(name, _FILE, dir_fd=folder)  # only the owner of a file may leave its access time alone
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a regular file")
    return fd


def reason_of(error: OSError) -> SkipReason:
    """Why a file that could not be opened or read was passed over."""
    return _REASONS.get(error.errno or 0, SkipReason.DAMAGED)


class _Descent:
    """Holds one descriptor while going down the folders ``parts`` from ``root_fd``; yields that of the last one."""

    def __init__(self, root_fd: int, parts: Sequence[str]) -> None:
        self._root_fd = root_fd
        self._parts = parts
        self._fd = root_fd

    def __enter__(self) -> int:
        try:
            for part in self._parts:
                below = os.open(part, _DIRECTORY, dir_fd=self._fd)
                self._leave()
                self._fd = below
        except BaseException:
            self._leave()
            raise
        return self._fd

    def __exit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._fd != self._root_fd:
            os.close(self._fd)
        self._fd = self._root_fd


@dataclass(frozen=True, slots=True)
class _Folder:
    """A directory that waits for its turn; ``above`` are the (device, inode) of those that hold it."""

    parts: tuple[str, ...]
    above: frozenset[tuple[int, int]]


class _Tree:
    """One named directory. However deep and wide, only one folder is open and listed at a time."""

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
        """What is in ``folder``, sorted by name; a problem with the folder itself is told in its place."""
        try:
            with _Descent(root_fd, folder.parts) as path_fd:
                fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=path_fd)
            try:
                status = os.fstat(fd)
                identity = (status.st_dev, status.st_ino)
                if identity in folder.above:
                    return [self._unread(folder.parts, SkipReason.LOOP)]
                if self._one_filesystem and status.st_dev != device:
                    return []
                above = folder.above | {identity}
                with os.scandir(fd) as listing:
                    entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
                items = (self._item((*folder.parts, entry.name), entry, above) for entry in entries)
                return [item for item in items if item is not None]
            finally:
                os.close(fd)
        except OSError as error:
            return [self._unread(folder.parts, reason_of(error))]

    def _item(
        self, parts: tuple[str, ...], entry: os.DirEntry[str], above: frozenset[tuple[int, int]]
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


def _plain(part: str) -> str:
    if part in {"", ".", ".."} or "/" in part or "\0" in part:
        raise ValueError("a path below a root is made of plain names")
    return part
