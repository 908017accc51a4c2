"""The files of a watch, as its directories list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leakwatch.core.file_id import FileId
from leakwatch.files.watch_paths import ListedFile, WatchPath


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists the watched paths of one watch and knows which names start a log."""

    roots: Sequence[WatchPath]

    def files(self, directory: str | None) -> dict[FileId, ListedFile]:
        """The regular files in ``directory`` (None: in all directories). A name that starts a log wins over others."""
        found: dict[FileId, ListedFile] = {}
        for root in self.roots:
            if directory is None or root.covers(directory):
                for file in root.list(directory):
                    known = found.get(file.id)
                    if known is None or (self.matches(file.path) and not self.matches(known.path)):
                        found[file.id] = file
        return found

    def matches(self, path: str) -> bool:
        """Whether a file of that name starts a log."""
        return any(root.matches(path) for root in self.roots)

    def state_of(self, file: ListedFile) -> str:
        """``live`` under a name that starts a log, else ``rotated``."""
        return "live" if self.matches(file.path) else "rotated"

    def base_of(self, directory: str) -> str:
        """The base of the watched path that covers a directory; the directory itself if none does."""
        return next((root.base for root in self.roots if root.covers(directory)), directory)
