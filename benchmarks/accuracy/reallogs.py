"""Real logs that hold next to no personal data: what is found in them is nearly always a false alarm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from accuracy.sample import Sample
from accuracy.scoring import Guess
from accuracy.subject import Subject
from leakwatch_detectors.catalog import detectors

_LOW = frozenset(detector.entity for detector in detectors() if detector.severity in {"info", "low"})


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many findings of severity medium or above some lines gave, by entity."""

    lines: int
    by_entity: Counter[str]

    @property
    def per_100k(self) -> float:
        """Findings in 100,000 lines."""
        return sum(self.by_entity.values()) * 100_000 / self.lines if self.lines else 0.0


def whole(subject: Subject, logs: Iterable[Path]) -> Alarms:
    """What leakwatch finds in the logs as files."""
    lines = 0
    found: Counter[str] = Counter()
    for path in logs:
        data = path.read_bytes()
        lines += data.count(b"\n")
        found.update(
            one.entity for one in subject.findings(path.name, data) if one.severity.label not in {"info", "low"}
        )
    return Alarms(lines, found)


def sampled(logs: Iterable[Path], seed: int, most: int) -> list[Sample]:
    """Some lines of the logs, the same for everybody who is asked."""
    lines = [
        line for path in logs for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()
    ]
    chosen = Random(seed).sample(lines, min(most, len(lines)))
    return [Sample("logs", "line", line[:4000]) for line in chosen]


def alarms(guesses: Sequence[Sequence[Guess]]) -> Alarms:
    """The same of a sample's guesses."""
    found = Counter(guess.entities[0] for line in guesses for guess in line if guess.entities[0] not in _LOW)
    return Alarms(len(guesses), found)
