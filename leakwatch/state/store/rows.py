"""Rows of the state."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leakwatch.core.model import Gap


@dataclass(slots=True)
class SourceRow:
    """A followed log (the migration describes the columns). ``uid`` is 0 until it is first saved."""

    watch: str
    directory: bytes
    name: bytes
    dev: int
    ino: int
    head: bytes = b""
    head_len: int = 0
    anchor: bytes = b""
    anchor_len: int = 0
    offset: int = 0
    line: int = 1
    col: int = 1
    encoding: str = ""
    backlog_end: int = 0
    state: str = "live"
    seen_at: float = 0.0
    gone_at: float | None = None
    uid: int = 0


@dataclass(slots=True)
class ExportRow:
    """A finished export in the version that was scanned. ``path`` is a keyed digest.

    ``state``: scanning, done or quarantined.
    """

    watch: str
    path: bytes
    dev: int
    ino: int
    size: int
    mtime_ns: int
    attempts: int = 0
    state: str = "scanning"
    updated_at: float = 0.0


class Added(enum.Enum):
    """What a finding added to its incident: nothing (read before), another place of a known value, or a new value."""

    AGAIN = "again"
    KNOWN_VALUE = "known-value"
    NEW_VALUE = "new-value"


@dataclass(frozen=True, slots=True)
class StoredGap:
    """A gap with its row number."""

    number: int
    gap: Gap
