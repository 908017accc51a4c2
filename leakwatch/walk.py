"""Which files are under the named paths, and how to open them without being led astray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from leakwatch.model import Origin, Skipped, SkipReason


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file below ``root``. Plain data, so that it can be handed to another process.

    ``origin.path`` is the path as a person would type it, ``size`` its bytes when it was found.
    """

    origin: Origin
    size: int
    root: str
    parts: tuple[str, ...]

    def open(self) -> BinaryIO:
        """The file, opened beneath ``root``, unbuffered and read-only. ``OSError``; see ``reason_of``."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Unread(Skipped):
    """A path that was passed over; ``named`` when it is one that the caller asked for by name."""

    named: bool = False


def walk(paths: Sequence[str], *, one_filesystem: bool = False) -> Iterator[Found | Unread]:
    """The files under ``paths``, in sorted order. Raises nothing for what is missing or unreadable."""
    raise NotImplementedError


def open_beneath(root_fd: int, parts: Sequence[str]) -> int:
    """A read-only descriptor of the regular file ``parts`` below the directory ``root_fd``; no link is followed."""
    raise NotImplementedError


def reason_of(error: OSError) -> SkipReason:
    """Why a file that could not be opened or read was passed over."""
    raise NotImplementedError
