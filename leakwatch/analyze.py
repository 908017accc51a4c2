"""From a chunk to findings: gate, views, Presidio on what is left, policy, redaction. Plaintext ends here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from leakwatch_detectors.contract import Detector

from leakwatch.explain import Explanation
from leakwatch.model import Chunk, Finding
from leakwatch.policy import Suppression
from leakwatch.redaction import Fingerprinter


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a chunk holds. ``timed_out`` names the detectors (ids) that did not finish: the chunk has a gap."""

    findings: tuple[Finding, ...] = ()
    suppressed: int = 0
    masked_seen: int = 0
    placeholders: int = 0
    timed_out: tuple[str, ...] = ()


class Analyzer:
    """Finds what the detectors describe. Imports Presidio on the first text that needs it. Not thread-safe."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        fingerprinter: Fingerprinter,
        *,
        min_score: float = 0.5,
        suppressions: Sequence[Suppression] = (),
        today: Callable[[], date] | None = None,
    ) -> None:
        raise NotImplementedError

    def warm(self) -> None:
        """Import Presidio and build the engine now instead of at the first candidate."""
        raise NotImplementedError

    def analyze(self, chunk: Chunk) -> Analysis:
        """The findings of a chunk. ``AnalysisError`` (no text in it) when a detector fails."""
        raise NotImplementedError

    def redact(self, text: str) -> str:
        """A name (path, sheet, member, column, key, logger) with the values in it masked."""
        raise NotImplementedError

    def explain(self, text: str) -> Explanation:
        """Why each line of ``text`` is, or is not, reported."""
        raise NotImplementedError
