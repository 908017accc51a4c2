"""Telling of logs that got a rotated name before anybody could see their own, and could not be opened in time."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

from leakwatch.core.model import Gap, GapKind
from leakwatch.files.watch_paths import ListedFile

UNSEEN_SECONDS = 2.0
"""A file of a rotated name that nobody knows is told as a log that was missed after so long: a listing can be ahead of
the events that say what it is."""

FORGET_SECONDS = 55.0
"""What was decided is remembered so long after a file was seen last: one listing may miss what is renamed meanwhile."""

_DETAIL = "a log was begun and rotated unseen; put its rotated names into paths, too (such as app.log*)"


@dataclass(slots=True)
class UnseenRotations:
    """Files, by device and inode, whose names start no log and look like rotated ones."""

    clock: Callable[[], float]
    is_copy: Callable[[ListedFile], bool]
    """Whether it holds what is or was followed."""
    _suspects: dict[tuple[int, int], tuple[ListedFile, float]] = field(default_factory=dict)
    """As they were listed last, and since when they are known of."""
    _settled: dict[tuple[int, int], float] = field(default_factory=dict)
    """Those of which it is decided what they are, and when they were seen last."""

    def suspect(self, entry: ListedFile) -> None:
        """A listing has this file, and nobody follows it."""
        identity, now = (entry.dev, entry.ino), self.clock()
        if identity in self._settled or self.is_copy(entry):
            self._suspects.pop(identity, None)
            self._settled[identity] = now
        else:
            _, since = self._suspects.get(identity, (entry, now))
            self._suspects[identity] = entry, since

    def tell(self, followed: Container[tuple[int, int]]) -> Iterator[Gap]:
        """Those that are not followed although all events must have come by now; each is told once."""
        now = self.clock()
        for identity, (entry, since) in list(self._suspects.items()):
            if abs(now - since) >= UNSEEN_SECONDS:
                del self._suspects[identity]
                self._settled[identity] = now
                if identity not in followed and entry.size:
                    yield Gap(GapKind.ROTATED, entry.base, _DETAIL, now, entry.path, now)

    def forget(self) -> None:
        """Let go what was not seen for long: its inode may be another file's by now."""
        gone = self.clock() - FORGET_SECONDS
        self._settled = {identity: seen for identity, seen in self._settled.items() if seen > gone}
