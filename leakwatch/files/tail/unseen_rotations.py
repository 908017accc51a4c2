"""Reports logs that were renamed before their own name could be listed, and could not be opened in time."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Gap, GapKind
from leakwatch.files.watch_paths import ListedFile

UNSEEN_SECONDS = 2.0
"""How long a file with an unknown rotated name is waited for: a listing can be ahead of the events that explain it."""

FORGET_SECONDS = 55.0
"""How long a decision is remembered after a file was last listed: one listing may miss what is renamed meanwhile."""

_DETAIL = "a log was created and rotated before it could be read; add its rotated names to paths (such as app.log*)"


@dataclass(slots=True)
class UnseenRotations:
    """Files whose names start no log and look like rotated ones."""

    clock: Callable[[], float]
    is_copy: Callable[[ListedFile], bool]
    """Whether a file holds what is or was followed."""
    _suspects: dict[FileId, tuple[ListedFile, float]] = field(default_factory=dict)
    """The last listing of each, and since when it is known."""
    _decided: dict[FileId, float] = field(default_factory=dict)
    """Those already decided, and when they were last listed."""

    def suspect(self, file: ListedFile) -> None:
        """A listing has this file, and nobody follows it."""
        now = self.clock()
        if file.id in self._decided or self.is_copy(file):
            self._suspects.pop(file.id, None)
            self._decided[file.id] = now
        else:
            _, since = self._suspects.get(file.id, (file, now))
            self._suspects[file.id] = file, since

    def overdue(self, followed: Container[FileId]) -> Iterator[Gap]:
        """Gaps for those still not followed although all events must have arrived; each is returned once."""
        now = self.clock()
        for file_id, (file, since) in list(self._suspects.items()):
            if abs(now - since) >= UNSEEN_SECONDS:
                del self._suspects[file_id]
                self._decided[file_id] = now
                if file_id not in followed and file.size:
                    yield Gap(GapKind.ROTATED, file.base, _DETAIL, now, file.path, now)

    def forget_old(self) -> None:
        """Forget what was not listed for long: its inode may belong to another file by now."""
        limit = self.clock() - FORGET_SECONDS
        self._decided = {file_id: seen for file_id, seen in self._decided.items() if seen > limit}
