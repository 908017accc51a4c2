"""From values that are settled by column to findings, many at a time: policy, masks, fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from leakwatch.core.column_table import CellTable, MemberTable
from leakwatch.core.model import Finding, Severity
from leakwatch.detection.analyze.analysis import Counts
from leakwatch.detection.analyze.column_findings import FindingGroup
from leakwatch.detection.analyze.columns import Resolved
from leakwatch.detection.analyze.plain_columns import lead_of
from leakwatch.detection.combination import find_children
from leakwatch.detection.policy import masked_among, placeholders_among
from leakwatch.privacy.redaction import Fingerprinter, masks


@dataclass(slots=True)
class ColumnPolicy:
    """Groups the resolved values of one table, whose records are those at ``positions`` of a chunk.

    Adds to ``counts`` and ``children`` (positions). ``like`` is a finding with everything they have in common. ``rule``
    returns the id of the suppression that hides a value, given entity, fingerprint, key and template; None: there
    are no suppressions.
    """

    table: CellTable | MemberTable
    positions: Sequence[int]
    like: Callable[[int, int], Finding]
    fingerprinter: Fingerprinter
    min_score: float
    today: date | None
    rule: Callable[[str, str, str, str | None, str], str | None] | None
    counts: Counts
    children: set[int]

    def groups(self, seen: Resolved) -> Iterator[FindingGroup]:
        """The findings that these values are, if they are any."""
        detector, entity, values = seen.detector, seen.detector.entity, seen.values
        if seen.score < self.min_score:
            return
        key = self.table.keys[seen.column] or None
        canonicals = list(map(detector.canonical, values)) if detector.canonical else values
        if self.today is not None:
            young = find_children(entity, canonicals, self.today)
            self.children.update(self.positions[seen.records[at]] for at in young)
        masked = masked_among(detector, lead_of(key), values)
        placeholders = placeholders_among(detector, values, canonicals) - masked
        self.counts.masked += len(masked)
        self.counts.placeholders += len(placeholders)
        fingerprints = self.fingerprinter.values(entity, canonicals)
        like = self.like(seen.records[0], seen.column)
        left_out = masked | placeholders
        if self.rule is not None:
            for at in range(len(values)):
                if at not in left_out and (rule := self.rule(entity, fingerprints[at], values[at], key, like.template)):
                    self.counts.by_rule[rule] += 1
                    left_out.add(at)
        records = seen.records
        if left_out:
            kept = [at for at in range(len(values)) if at not in left_out]
            records, values = [records[at] for at in kept], [values[at] for at in kept]
            fingerprints = [fingerprints[at] for at in kept]
        if not records:
            return
        first = replace(
            like, entity=entity, score=seen.score, severity=Severity.of(detector.severity), grade=detector.grades
        )
        numbers, starts = self.table.numbers, None
        if isinstance(self.table, MemberTable):
            starts = [self.table.starts[seen.column][record] for record in records]
        yield FindingGroup(
            first,
            seen.column,
            records if isinstance(self.positions, range) else [self.positions[record] for record in records],
            [numbers[record] for record in records],
            starts,
            list(map(len, values)),
            masks(values, detector.mask),
            fingerprints,
        )
