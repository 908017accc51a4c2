"""What the analysis of a chunk comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leakwatch.core.model import Finding


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a chunk holds. ``timed_out`` names the detectors (ids) that did not finish: the chunk has a gap.

    ``masked_seen`` counts values that are masked already, ``placeholders`` those that are nobody's, ``suppressed``
    those that a rule keeps quiet, and ``by_rule`` the same by the rule's id.
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
        """The result. ``masked`` are the values that are masked by their form.

        What a detector saw beside a mask is, as a rule, one of those.
        """
        suppressed = self.by_rule.total()
        return Analysis(findings, suppressed, max(masked, self.masked), self.placeholders, timed_out, self.by_rule)
