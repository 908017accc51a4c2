"""The result of analysing a chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leakwatch.core.model import Finding


@dataclass(frozen=True, slots=True)
class Analysis:
    """The findings and counts of a chunk. ``timed_out`` are the ids of detectors that did not finish: a gap.

    ``masked_seen`` counts values that are masked already, ``placeholders`` example values, ``suppressed`` values hidden
    by a suppression, and ``by_rule`` these by the id of the suppression.
    """

    findings: Sequence[Finding] = ()
    suppressed: int = 0
    masked_seen: int = 0
    placeholders: int = 0
    timed_out: tuple[str, ...] = ()
    by_rule: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """What becomes of hits that are no findings, counted while a chunk is analysed."""

    masked: int = 0
    placeholders: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)

    def analysis(self, findings: Sequence[Finding], masked: int, timed_out: tuple[str, ...]) -> Analysis:
        """The result. ``masked`` is the number of values that are masked by their form.

        A candidate beside a mask usually is one of them.
        """
        suppressed = self.by_rule.total()
        return Analysis(findings, suppressed, max(masked, self.masked), self.placeholders, timed_out, self.by_rule)
