"""One incident is one leaking place. Pure: no I/O, the clock is passed in.

The key of a place in a log is service, logger (or the path without its rotation suffix) and the template of the line;
in an export it is the file family and the column. Host and entity are not part of the key: they are counted. The key
has a version, so that a later, better key never regroups what was already alerted.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from leakwatch.core.model import Finding, Incident
from leakwatch.core.places import CellPlace, RecordPlace

KEY_VERSION = "v1"

MAX_TEMPLATES = 50
"""More line templates than this from one logger or file family, within ``TEMPLATE_SECONDS``, share one incident."""

TEMPLATE_SECONDS = 600.0

ANY_TEMPLATE = "*"

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_ROTATION = re.compile(
    r"""(?x)
    (?: [._-] (?: [0-9]{4}[._-]?[0-9]{2}[._-]?[0-9]{2} (?:[T_.-]?[0-9]{1,6})? | [0-9]{1,14} )
      | \.(?:gz|bz2|xz|zst|lz4|old|bak) )
    (?= [._-] | $ )
    """
)


@dataclass(frozen=True, slots=True)
class Watched:
    """The facts of a watch that every incident in it carries."""

    watch: str
    kind: str
    service: str
    env: str
    owner: str
    host: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a finding belongs: the place as displayed, and the parts of the key."""

    place: str
    field_key: str | None
    template: str


# called for every followed log at every listing
@functools.lru_cache(maxsize=32_768)
def family(path: str) -> str:
    """The path without dates, sequence numbers and compression: all rotations of one log are one family.

    >>> family("/var/log/app/app-2026-01-02.3.log.gz")
    '/var/log/app/app.log'
    """
    folder, slash, name = path.rpartition("/")
    previous = None
    while previous != name:
        previous, name = name, _ROTATION.sub("", name) or name
    return f"{folder}{slash}{name}"


def locate(finding: Finding, kind: str = "log") -> Location:
    """The leaking place of a finding in a watch of that kind."""
    inside = "!".join(finding.inside)
    path = family(finding.path) + (f"!{family(inside)}" if inside else "")
    if isinstance(finding.place, CellPlace):
        column = finding.place.column_name or f"#{finding.place.column}"
        return Location(
            path, column, f"column:{finding.place.sheet or ''}:{finding.place.column_name or finding.place.column}"
        )
    if isinstance(finding.place, RecordPlace):
        member = re.sub(r"\[[0-9]+\]", "[]", finding.place.json_path)
        return Location(path, member, f"member:{member}")
    if kind == "export":
        # a dump has as many kinds of lines as it has tables; what leaks is still one file
        return Location(path, finding.key, f"field:{finding.key or ''}")
    return Location(finding.logger or path, finding.key, finding.template)


def key_of(watched: Watched, location: Location) -> str:
    """The incident key: 16 hex digits over service and place. Its template is a keyed digest already."""
    parts = (KEY_VERSION, watched.env, watched.service, location.place, location.template)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def id_of(key: str) -> str:
    """A short id that can be read out on the phone: ``LW-`` and 8 characters without I, L, O, U."""
    number = int(key, 16)
    digits = []
    for _ in range(8):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "LW-" + "".join(digits)


def fold(
    incident: Incident | None,
    findings: Sequence[Finding],
    watched: Watched,
    location: Location,
    now: float,
    *,
    subjects: int,
    backlog: bool,
) -> Incident:
    """The incident after these findings (at least one, all of this place); ``subjects`` of their values are new.

    One finding that is not backlog makes the whole incident current.
    """
    worst = max(findings, key=lambda finding: finding.severity)
    if incident is None:
        key = key_of(watched, location)
        incident = Incident(
            id=id_of(key),
            key=key,
            watch=watched.watch,
            kind=watched.kind,
            service=watched.service,
            env=watched.env,
            owner=watched.owner,
            host=watched.host,
            place=location.place,
            path=worst.path,
            logger=worst.logger,
            field_key=locate(worst, watched.kind).field_key,
            severity=worst.severity,
            jrt0171="",
            entities={},
            count=0,
            subjects=0,
            sample=worst.masked,
            template=location.template,
            first_seen=now,
            last_seen=now,
            backlog=backlog,
        )
    raised = worst.severity > incident.severity
    return replace(
        incident,
        path=worst.path,
        field_key=locate(worst, watched.kind).field_key if raised else incident.field_key,
        severity=max(incident.severity, worst.severity),
        jrt0171=max([incident.jrt0171, *(finding.grade.get("jrt0171", "").replace("-", "") for finding in findings)]),
        entities=_counted(incident.entities, findings),
        count=incident.count + len(findings),
        subjects=incident.subjects + subjects,
        sample=worst.masked if raised else incident.sample,
        last_seen=now,
        backlog=incident.backlog and backlog,
        labels=watched.labels,
    )


def _counted(entities: Mapping[str, int], findings: Sequence[Finding]) -> dict[str, int]:
    counts = dict(entities)
    for finding in findings:
        counts[finding.entity] = counts.get(finding.entity, 0) + 1
    return counts
