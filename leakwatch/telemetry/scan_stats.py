"""The counts of a scan and the public summary record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from leakwatch.core.distinct import DistinctCounter
from leakwatch.core.model import SCHEMA, Finding, Severity
from leakwatch_detectors.catalog import traits_of


@dataclass(slots=True)
class ScanStats:
    """Counts of one scan.

    ``by_rule`` counts suppressed findings by suppression id. ``gaps``: parts of inputs that were read but not analysed;
    ``hidden``: findings below the requested severity; ``named_unread``: inputs that the user named and that could not
    be read.
    """

    files: int = 0
    members: int = 0
    bytes_read: int = 0
    findings: int = 0
    hidden: int = 0
    suppressed: int = 0
    masked_seen: int = 0
    placeholders: int = 0
    gaps: int = 0
    named_unread: int = 0
    worst: Severity | None = None
    worst_detector: str | None = None
    by_entity: Counter[str] = field(default_factory=Counter)
    by_severity: Counter[Severity] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    _subjects: DistinctCounter = field(default_factory=DistinctCounter)

    def count(self, finding: Finding) -> None:
        """Count a reported finding."""
        self.findings += 1
        self.by_entity[finding.entity] += 1
        self.by_severity[finding.severity] += 1
        if self.worst is None or finding.severity > self.worst:
            self.worst, self.worst_detector = finding.severity, finding.detector
        if identifies(finding):
            self._subjects.add(finding.fingerprint)

    @property
    def subjects(self) -> int:
        """The number of distinct identifying values; two kinds of value of one person count twice."""
        return len(self._subjects)

    def summary(self, *, complete: bool, seconds: float, key: str) -> dict[str, Any]:
        """The public ``summary`` record. ``key`` is the source of the fingerprint key."""
        return {
            "record": "summary",
            "schema": SCHEMA,
            "complete": complete,
            "files": self.files,
            "members": self.members,
            "bytes": self.bytes_read,
            "findings": self.findings,
            "by_entity": dict(sorted(self.by_entity.items())),
            "subjects": self.subjects,
            "skipped": dict(sorted(self.skipped.items())),
            "suppressed": self.suppressed,
            "suppressed_by": dict(sorted(self.by_rule.items())),
            "masked_seen": self.masked_seen,
            "placeholders": self.placeholders,
            "gaps": self.gaps,
            "key": key,
            "seconds": round(seconds, 2),
        }


def identifies(finding: Finding) -> bool:
    """Whether the value identifies one person: personal data (C1, C2) that is not an attribute many people share.

    Authentication data (C3) and machine credentials have no subject.
    """
    return finding.grade.get("jrt0171") in {"C1", "C2"} and traits_of(finding.entity).subject
