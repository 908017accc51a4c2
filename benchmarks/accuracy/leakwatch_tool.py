"""leakwatch as one of the measured tools: the default analyzer, run through the scan pipeline."""

from __future__ import annotations

import csv
import io
import logging
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from accuracy.sample import Sample
from accuracy.scoring import Prediction
from leakwatch.config.config_model import Config
from leakwatch.config.detect import Detect
from leakwatch.core.model import Finding, Origin, Skipped
from leakwatch.core.places import CellPlace, LinePlace, Place, RecordPlace
from leakwatch.pipeline import Pipeline, engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.telemetry import logs
from leakwatch.telemetry.scan_stats import ScanStats
from leakwatch_detectors.catalog import by_id

MAX_TOLERATED_SCORE = 0.6


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in memory as an input of the pipeline."""

    name: str
    data: bytes

    @property
    def origin(self) -> Origin:
        return Origin(self.name)

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)


class LeakwatchTool:
    """leakwatch with its defaults; ``enable`` names further detectors."""

    def __init__(self, enable: tuple[str, ...] = ()) -> None:
        logs.setup(sys.stderr, "console", logging.ERROR)
        config = Config(detect=Detect(enable=enable))
        self._pipeline = Pipeline(engine(config, Fingerprinter(secrets.token_bytes(32))), ScanStats())

    def findings(self, name: str, data: bytes) -> Iterator[Finding]:
        """What a scan reports for a file."""
        for found in self._pipeline.scan(_Text(name, data)):
            assert not isinstance(found, Skipped), f"{name} was not scanned: {found.reason.value}"
            yield found

    def predictions(self, samples: Sequence[Sample]) -> list[list[Prediction]]:
        """What it finds in each sample."""
        return [self._predictions(sample) for sample in samples]

    def _predictions(self, sample: Sample) -> list[Prediction]:
        lines = [0, *accumulate(map(len, sample.text.splitlines(keepends=True)))]
        cells = _cells(sample)
        made = []
        for finding in self.findings(sample.name, sample.text.encode()):
            if sample.corpus == "vectors" and is_tolerated(finding):
                continue
            begin, end = _span(finding.place, lines, cells)
            made.append(Prediction(begin, end, (finding.entity,)))
        return made


def is_tolerated(finding: Finding) -> bool:
    """Whether it is reported only because of its key although its check fails; vectors test the check alone."""
    return by_id(finding.detector).tolerance_of is not None and finding.score <= MAX_TOLERATED_SCORE


def _span(place: Place, lines: Sequence[int], cells: dict[tuple[int, int], int]) -> tuple[int, int]:
    if isinstance(place, LinePlace):
        begin = lines[place.line - 1]
        return begin + place.start_column - 1, begin + place.end_column - 1
    if isinstance(place, CellPlace):
        begin = cells[place.row, place.column]
        return begin + place.start - 1, begin + place.end - 1
    assert isinstance(place, RecordPlace)
    assert place.record_number == 1
    return place.start - 1, place.end - 1


def _cells(sample: Sample) -> dict[tuple[int, int], int]:
    """The offsets of the cells of a generated table, by row and column. No cell is quoted."""
    comma = {"csv": ",", "tsv": "\t"}.get(sample.name.rpartition(".")[2])
    if comma is None:
        return {}
    places: dict[tuple[int, int], int] = {}
    offset = 0
    for row, line in enumerate(sample.text.splitlines(keepends=True), 1):
        for column, cell in enumerate(
            next(csv.reader([line.rstrip("\n")], delimiter=comma, quoting=csv.QUOTE_NONE)), 1
        ):
            places[row, column] = offset
            offset += len(cell) + 1
    return places
