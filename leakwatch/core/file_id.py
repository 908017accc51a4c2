"""What identifies a file whatever its name is."""

from __future__ import annotations

from typing import NamedTuple


class FileId(NamedTuple):
    """Device and inode of a file. An inode number may be reused once the file is deleted."""

    dev: int
    ino: int
