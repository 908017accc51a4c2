"""The nouns of leakwatch. Read this first.

Bytes come from a *source* (a walk, a followed log, a finished export). A *reader* turns them into *chunks*:
whole lines of UTF-8, or records made of fields. Analysis turns a chunk into *findings*. Findings that share a
leaking place are one *incident*; people get *alerts* about it (``alert.py``). A period in which leakwatch was or may
have been blind is a *gap*.

Plaintext exists in one place only: ``TextChunk.data``, ``Field.text``, ``Field.key`` and the inside of analysis. Those
attributes are hidden from ``repr``; every other type here is safe to store, log and send.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from leakwatch.core.places import Place

SCHEMA = "leakwatch/1"


class Severity(enum.IntEnum):
    """How bad a leak is; ordered, so that ``max`` and ``>=`` work."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word used in configuration, records and alerts: ``info`` … ``critical``."""
        return _LABELS[self]

    @classmethod
    def of(cls, label: str) -> Severity:
        """The severity with that label; ``ValueError`` for any other word."""
        known = _BY_LABEL.get(label.lower())
        if known is None:
            raise ValueError(f"unknown severity: {label}")
        return known


_LABELS = tuple(severity.name.lower() for severity in Severity)
_BY_LABEL = dict(zip(_LABELS, Severity, strict=True))


class SkipReason(enum.StrEnum):
    """Why an input, or a part of it, was not scanned. A closed set: part of the public record schema."""

    UNSUPPORTED_FORMAT = "unsupported-format"
    ENCRYPTED = "encrypted"
    PERMISSION = "permission"
    NOT_REGULAR = "not-regular"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY_MEMBERS = "too-many-members"
    RATIO = "ratio"
    TIME_OUT = "time-out"
    DECODE = "decode"
    DAMAGED = "damaged"
    VANISHED = "vanished"
    LOOP = "loop"


# ---------------------------------------------------------------------------------------------- input


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a chunk comes from: the path as found and, inside archives, the member names from the outside in.

    Names are raw here and can hold values; they are redacted when a finding is made.
    """

    path: str
    inside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The innermost name; its suffix selects the reader."""
        return self.inside[-1] if self.inside else self.path

    def member(self, name: str) -> Origin:
        """The origin of a member of this (archive) origin."""
        return Origin(self.path, (*self.inside, name))


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Whole lines of text, transcoded to UTF-8 (undecodable bytes may remain and become U+FFFD when shown).

    ``data`` ends with a newline unless it is the end of the input or a cut in a very long line. ``first_line`` is
    the number (from 1) of its first line; ``first_column`` is above 1 only when a line was cut.
    """

    origin: Origin
    data: bytes = field(repr=False)
    first_line: int = 1
    first_column: int = 1


@dataclass(frozen=True, slots=True)
class Field:
    """One text of a record, with the key that names it (column header, JSON member), if any."""

    text: str = field(repr=False)
    place: Place
    key: str | None = field(default=None, repr=False)


Record = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class RecordChunk:
    """Records of a table or of a structured file, in order; often a column table that builds them on access."""

    origin: Origin
    records: Sequence[Record] = field(repr=False)


Chunk = TextChunk | RecordChunk


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input, or a part of one, that was not scanned. ``bytes`` is its size if known."""

    origin: Origin
    reason: SkipReason
    bytes: int | None = None

    def record(self) -> dict[str, Any]:
        """The public ``skipped`` record; only for an origin whose names are redacted."""
        return {
            "record": "skipped",
            "schema": SCHEMA,
            "path": self.origin.path,
            "inside": list(self.origin.inside),
            "reason": self.reason.value,
            "bytes": self.bytes,
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for reading untrusted input; sizes in bytes, ``seconds`` of wall time per top-level file."""

    file_bytes: int = 2 * 1024**3
    depth: int = 3
    members: int = 10_000
    unpacked_bytes: int = 1024**3
    ratio: int = 100
    seconds: float = 60.0


# ---------------------------------------------------------------------------------------------- findings


@dataclass(frozen=True, slots=True)
class Finding:
    """One value found at one place. Holds no plaintext: ``masked`` and a keyed ``fingerprint`` stand for the value.

    ``path``, ``inside``, ``key`` and ``logger`` are redacted. ``fingerprint`` is 32 hex digits, ``template`` 16: a
    keyed digest of the line without its values, numbers and identifiers.
    """

    entity: str
    path: str
    inside: tuple[str, ...]
    place: Place
    key: str | None
    score: float
    severity: Severity
    grade: Mapping[str, str]
    masked: str
    fingerprint: str
    template: str
    logger: str | None = None

    @property
    def detector(self) -> str:
        """The detector's id: the entity in kebab case."""
        return self.entity.lower().replace("_", "-")

    def regraded(self, severity: Severity, grade: Mapping[str, str]) -> Finding:
        """The finding with that severity and grade; itself if it has them."""
        if severity is self.severity and grade is self.grade:
            return self
        return Finding(
            self.entity,
            self.path,
            self.inside,
            self.place,
            self.key,
            self.score,
            severity,
            grade,
            self.masked,
            self.fingerprint,
            self.template,
            self.logger,
        )

    def record(self) -> dict[str, Any]:
        """The public ``finding`` record."""
        return {
            "record": "finding",
            "schema": SCHEMA,
            "entity": self.entity,
            "detector": self.detector,
            "path": self.path,
            "inside": list(self.inside),
            "place": self.place.record(),
            "key": self.key,
            "score": round(self.score, 2),
            "severity": self.severity.label,
            "grade": dict(self.grade),
            "masked": self.masked,
            "fingerprint": self.fingerprint,
            "template": self.template,
        }


# ---------------------------------------------------------------------------------------------- incidents and gaps


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings that share one leaking place. Times are epoch seconds.

    ``place`` is what a person needs to find it: the logger, the path without its rotation suffix, or file family and
    column. ``entities`` counts findings by entity; ``subjects`` counts distinct fingerprints. ``labels`` are those
    of the watch.
    """

    id: str
    key: str
    watch: str
    kind: str
    service: str
    env: str
    owner: str
    host: str
    place: str
    path: str
    logger: str | None
    field_key: str | None
    severity: Severity
    jrt0171: str
    entities: Mapping[str, int]
    count: int
    subjects: int
    sample: str
    template: str
    first_seen: float
    last_seen: float
    backlog: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


class GapKind(enum.StrEnum):
    """Why leakwatch was, or may have been, blind."""

    OVERFLOW = "overflow"
    WATCH_LIMIT = "watch-limit"
    ROOT_MISSING = "root-missing"
    DENIED = "denied"
    TRUNCATED = "unread-truncate"
    DELETED = "deleted-unread"
    ROTATED = "rotated-unseen"
    SKIPPED = "skipped-input"
    TIME_OUT = "time-out"
    BEHIND = "reading-behind"
    QUARANTINE = "quarantine"
    STATE_LOST = "state-lost"
    UNWRITTEN = "state-unwritten"
    THREAD = "thread-dead"
    CONFIG = "bad-configuration"
    RECEIVER = "receiver-failing"


@dataclass(frozen=True, slots=True)
class Gap:
    """A blind period: what, where, since when and, once it has ended, until when (epoch seconds)."""

    kind: GapKind
    root: str
    detail: str
    opened_at: float
    path: str | None = None
    closed_at: float | None = None


class Report(Protocol):
    """Writes the result of a scan in one format. One module per format in ``leakwatch.reports``."""

    def finding(self, finding: Finding) -> None:
        """Take the next finding."""
        ...

    def skipped(self, skipped: Skipped) -> None:
        """Take the next skipped input."""
        ...

    def close(self, summary: Mapping[str, Any]) -> None:
        """Write what is left; ``summary`` is the public summary record."""
        ...
