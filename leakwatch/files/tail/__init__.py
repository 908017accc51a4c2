"""Follows growing logs without losing or repeating a line.

A log is identified by its content, not by its name: device and inode, a keyed digest of its first bytes (the *head*)
and one of the bytes just before the offset (the *anchor*). That tells these cases apart, also across a restart:

- Known inode, head and anchor match: the same log, whatever its name. Reading continues at the offset.
- Known inode, but shorter, or head or anchor differ: it was truncated. A new *generation* is read from its beginning;
  the old one becomes an *orphan*.
- Unknown inode with head and anchor of an orphan or of a deleted log: the copy that copytruncate made, or a log that
  was moved. Reading continues at its offset.
- Unknown inode that begins like a live log of its rotation family: perhaps a copy in the making. It waits.
- Unknown inode with a matching name, or one that lost a matching name before it was listed: a new log, read from its
  beginning.

An open log is read to its end whatever happens to its name. Rotated logs that are idle for a minute are closed, and
opened again when an event or a listing shows a change.

Limits: lines written between the copy and the truncation of copytruncate are on no disk. A file that exists for less
than a few milliseconds, or is rotated and deleted while leakwatch is stopped, cannot be read. Compressed files are not
followed.
"""

from leakwatch.files.tail.copytruncate import COPY_SECONDS
from leakwatch.files.tail.follower import PARTIAL_SECONDS, Follower
from leakwatch.files.tail.lifecycle import ORPHAN_SECONDS
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
