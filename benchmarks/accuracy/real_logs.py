"""Real logs with next to no personal data: nearly every finding in them is a false alarm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from accuracy.leakwatch_tool import LeakwatchTool
from accuracy.sample import Sample
from accuracy.scoring import Prediction
from leakwatch_detectors.catalog import detectors

_LOW = frozenset(detector.entity for detector in detectors() if detector.severity in {"info", "low"})


@dataclass(frozen=True, slots=True)
class Alarms:
    """The findings of severity medium or above in a number of lines, by entity."""

    lines: int
    by_entity: Counter[str]

    @property
    def per_100k(self) -> float:
        """Findings per 100,000 lines."""
        return sum(self.by_entity.values()) * 100_000 / self.lines if self.lines else 0.0


def scan_files(leakwatch: LeakwatchTool, logs: Iterable[Path]) -> Alarms:
    """What leakwatch finds in whole files."""
    lines = 0
    found: Counter[str] = Counter()
    for path in logs:
        data = path.read_bytes()
        lines += data.count(b"\n")
        found.update(
            one.entity for one in leakwatch.findings(path.name, data) if one.severity.label not in {"info", "low"}
        )
    return Alarms(lines, found)


def sample_lines(logs: Iterable[Path], seed: int, most: int) -> list[Sample]:
    """Random lines of the logs, the same for every tool."""
    lines = [
        line for path in logs for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()
    ]
    chosen = Random(seed).sample(lines, min(most, len(lines)))
    return [Sample("logs", "line", line[:4000]) for line in chosen]


def alarms_in(predictions: Sequence[Sequence[Prediction]]) -> Alarms:
    """The findings among the predictions for sampled lines."""
    found = Counter(
        prediction.entities[0] for line in predictions for prediction in line if prediction.entities[0] not in _LOW
    )
    return Alarms(len(predictions), found)
