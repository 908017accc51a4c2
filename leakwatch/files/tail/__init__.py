"""Following growing logs without losing or repeating a line.

A log is known by what it is, not by its name: device and inode, a keyed digest of its first bytes, and one of the bytes
just before the offset (the *anchor*). So rename rotation, copytruncate, inode reuse and a restart in the middle of any
of them are told apart:

- same inode, head and anchor hold: the same log, wherever its name went inside its directory;
- same inode, but shorter or the anchor differs: it was truncated. What was there before becomes an *orphan*, and a
  file that turns up with the orphan's head and anchor (the copy that copytruncate made) inherits its offset;
- an inode nobody knows, under a name that matches: a new log, read from its beginning.

A log stays open, so that whatever happens to its name its writer's last lines can be read, but for rotated ones that
were idle for a minute: they are opened again when a hint or a look finds them changed.

A file that had such a name and lost it before a listing could see it is owed: the events of its directory tell what it
is called by now.

Limits: lines written between the copy and the truncation of copytruncate are on no disk; a file that lives for less
than a few milliseconds, or is rotated away and deleted while nothing runs, cannot be read.
"""

from leakwatch.files.tail.copytruncate import COPY_SECONDS
from leakwatch.files.tail.follower import ORPHAN_SECONDS, PARTIAL_SECONDS, Follower
from leakwatch.files.tail.line_reader import OVERLAP_BYTES, TURN_BYTES
from leakwatch.files.tail.log_source import IDLE_SECONDS, LINGER_SECONDS, LineBatch, LogSource
from leakwatch.files.tail.unseen_rotations import UNSEEN_SECONDS

__all__ = [
    "COPY_SECONDS",
    "IDLE_SECONDS",
    "LINGER_SECONDS",
    "ORPHAN_SECONDS",
    "OVERLAP_BYTES",
    "PARTIAL_SECONDS",
    "TURN_BYTES",
    "UNSEEN_SECONDS",
    "Follower",
    "LineBatch",
    "LogSource",
]
