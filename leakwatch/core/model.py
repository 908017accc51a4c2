"""The nouns of leakwatch. Read this first.

Bytes come from a *source* (a walk, a followed log, a finished export). A *reader* turns them into *chunks*:
whole lines of UTF-8, or records made of fields. Analysis turns a chunk into *findings*. Findings that share a
leaking place fold into one *incident*; an incident is told to people as *alerts*. A moment in which we were, or may
have been, blind is a *gap*.

Plaintext has one room: ``TextChunk.data``, ``Field.text``, ``Field.key`` and the inside of analysis. Those
attributes are hidden from ``repr``; every other type here is safe to store, log and send.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

SCHEMA = "leakwatch/1"


class Severity(enum.IntEnum):
    """How bad a leak is; ordered, so that ``max`` and ``>=`` mean what they say."""

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
    """Why an input was not (wholly) scanned. Closed: part of the public record schema."""

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


# ---------------------------------------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class LinePlace:
    """A span of one text line. Lines and columns count from 1, in code points; the end is exclusive."""

    kind: ClassVar[str] = "line"
    line: int
    start_column: int = 1
    end_column: int = 1

    def span(self, start: int, end: int) -> LinePlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return LinePlace(self.line, self.start_column + start, self.start_column + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {"kind": self.kind, "line": self.line, "start_column": self.start_column, "end_column": self.end_column}


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A span of a table cell. The header is row 1; ``column_name`` has been through redaction."""

    kind: ClassVar[str] = "cell"
    sheet: str | None
    row: int
    column: int
    column_name: str | None
    start: int = 1
    end: int = 1

    def span(self, start: int, end: int) -> CellPlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return CellPlace(self.sheet, self.row, self.column, self.column_name, self.start + start, self.start + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {
            "kind": self.kind,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "column_name": self.column_name,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A span of a structured record (a JSON line, an element of a JSON array), in code points of its raw text."""

    kind: ClassVar[str] = "record"
    record_number: int
    json_path: str
    start: int = 1
    end: int = 1

    def span(self, start: int, end: int) -> RecordPlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return RecordPlace(self.record_number, self.json_path, self.start + start, self.start + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {
            "kind": self.kind,
            "record": self.record_number,
            "json_path": self.json_path,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class PagePlace:
    """A span of the text of one page."""

    kind: ClassVar[str] = "page"
    page: int
    start: int = 1
    end: int = 1

    def span(self, start: int, end: int) -> PagePlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return PagePlace(self.page, self.start + start, self.start + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {"kind": self.kind, "page": self.page, "start": self.start, "end": self.end}


Place = LinePlace | CellPlace | RecordPlace | PagePlace


# ---------------------------------------------------------------------------------------------- what is read


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a chunk comes from: the path as it was found and, inside archives, the members on the way down.

    Names are raw here (they can hold values); they are masked when a finding is made.
    """

    path: str
    inside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The innermost name; its suffix chooses the reader."""
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
    """One analysable text of a record, with the key that names it (column header, JSON member), if any."""

    text: str = field(repr=False)
    place: Place
    key: str | None = field(default=None, repr=False)


Record = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class RecordChunk:
    """Some records of a table or of a structured file, in their order; often a table that makes them when asked."""

    origin: Origin
    records: Sequence[Record] = field(repr=False)


Chunk = TextChunk | RecordChunk


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input, or a part of one, that was not scanned. ``bytes`` is its size when known."""

    origin: Origin
    reason: SkipReason
    bytes: int | None = None

    def record(self) -> dict[str, Any]:
        """The public ``skipped`` record; only for an origin whose names have been through redaction."""
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
    """Ceilings for reading untrusted input; sizes in bytes, ``seconds`` of wall time for one top-level file."""

    file_bytes: int = 2 * 1024**3
    depth: int = 3
    members: int = 10_000
    unpacked_bytes: int = 1024**3
    ratio: int = 100
    seconds: float = 60.0


# ---------------------------------------------------------------------------------------------- what is found


@dataclass(frozen=True, slots=True)
class Finding:
    """One value found at one place. Holds no plaintext: ``masked`` and a keyed ``fingerprint`` stand for the value.

    ``path``, ``inside``, ``key`` and ``logger`` have been through redaction. ``fingerprint`` is 32 hex digits,
    ``template`` 16: a keyed digest of the line with every value, number and identifier taken out.
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
        """The same finding, as bad as that; itself when it is."""
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


# ---------------------------------------------------------------------------------------------- what is told


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings that share one leaking place. Times are epoch seconds.

    ``place`` is what a person needs to go there: the logger, or the path without its rotation suffix, or file family
    and column. ``entities`` counts findings by entity; ``subjects`` counts distinct fingerprints. ``labels`` are those
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
    """Why we were, or may have been, blind."""

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
    """A blind moment: what, where, since when (epoch seconds) and, once it is scanned, until when."""

    kind: GapKind
    root: str
    detail: str
    opened_at: float
    path: str | None = None
    closed_at: float | None = None


class Reason(enum.StrEnum):
    """Why a message is sent about an incident. Logged, stored and shown."""

    FIRST = "first"
    NEW_ENTITY = "new-entity"
    SEVERITY_UP = "severity-up"
    GROWTH = "growth"
    BACKLOG = "backlog"
    GAP = "gap"
    GAP_CLOSED = "gap-closed"
    TEST = "test"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to say to one channel. ``subject`` is an incident, a gap, or None for a test or a heartbeat.

    ``id`` is the idempotency key ``<incident>-<seq>``: the same on every retry.
    """

    id: str
    seq: int
    reason: Reason
    severity: Severity
    at: float
    subject: Incident | Gap | None


@dataclass(frozen=True, slots=True)
class Message:
    """What one post to one channel says: usually one alert; several when they were collected.

    ``waiting`` is how many alerts of the channel this message stands for in all (named ones included).
    """

    id: str
    alerts: tuple[Alert, ...]
    waiting: int
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class NotificationState:
    """What people were last told about an incident: the state that its last message was rendered (frozen) from.

    ``growths`` counts the growth messages so far; each one makes the next wait longer. ``at`` is epoch seconds.
    """

    seq: int
    count: int
    severity: Severity
    entities: frozenset[str]
    at: float
    growths: int = 0


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A rendered message that the receiver has not accepted yet: every attempt carries this id and these bytes.

    ``attempts`` is how often it was tried, ``since`` (epoch seconds) when it was rendered; ``shortened`` says that
    the receiver refused the full text and ``body`` is the one shorter try.
    """

    message_id: str
    body: bytes = field(repr=False)
    attempts: int
    alerts: tuple[Alert, ...]
    since: float
    shortened: bool = False


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
