"""Our engine beside plain Presidio, a line at a time, with the same recognisers: what each finds, before policy.

``python -m support.equivalence`` (in ``tests/``) is the long form; sizes are its arguments.
"""

import argparse
import io
import itertools
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from leakwatch.core.column_table import Mixed, Tables, cell, parts_of
from leakwatch.core.model import Chunk, Limits, Origin, RecordChunk, TextChunk
from leakwatch.detection.analyze.columns import Columns
from leakwatch.detection.analyze.detection_engine import DetectionEngine
from leakwatch.detection.analyze.segments import one_line, segments, valid
from leakwatch.detection.prefilter import Gate
from leakwatch.readers import open_input
from leakwatch.readers.text.plain_text import LineChunker
from leakwatch.text.unescape import view
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector, Role
from leakwatch_detectors.presidio import LANGUAGE, build_engine
from support import dirty_tables, made_up

Found = frozenset[tuple[str, int, int, float]]
"""Entity, columns (of the line or field as it was read, from 0), score."""


class Sides:
    """Both engines for the same detectors. ``found`` counts what Presidio found so far."""

    def __init__(self, of: Sequence[Detector]) -> None:
        self._gate = Gate([one for one in of if one.role is Role.REPORT])
        self._detection = DetectionEngine(of)
        self._columns = Columns(of, self._gate, self._detection)
        self.settled = 0
        self._presidio = build_engine(of)
        self.found = 0
        self._negative = {one.entity for one in of if one.role is Role.NEGATIVE}

    def plain(self, text: str, lead: str = "") -> Found:
        """What Presidio finds in a line, or in a field after its key."""
        seen = view(lead + text)
        found = set()
        for one in self._presidio.analyze(seen.text, language=LANGUAGE):
            start, end = seen.original(one.start, one.end)
            if start >= len(lead):
                found.add((one.entity_type, start - len(lead), end - len(lead), round(one.score, 6)))
        self.found += len(found)
        return self._of_interest(found)

    def ours(self, chunk: Chunk) -> dict[tuple, Found]:
        """What we find, by line number or by the place of the field."""
        found: dict[tuple, set] = {}
        if isinstance(chunk, RecordChunk) and isinstance(chunk.records, Tables):
            records = list(chunk.records.others.values()) if isinstance(chunk.records, Mixed) else []
            for table, _ in parts_of(chunk.records):
                seen = self._columns.sort(table)
                for one in seen.settled:
                    self.settled += len(one.records)
                    for record, text in zip(one.records, one.values, strict=True):
                        place = table.place(record, one.column).record()
                        value = (one.detector.entity, _begin(place), _begin(place) + len(text), round(one.score, 6))
                        found.setdefault(_key(place), set()).add(value)
                records += [(cell(table, *at),) for at in seen.left]
            chunk = RecordChunk(chunk.origin, records)
        looked_at = segments(chunk, self._gate)
        candidates, timed_out = self._detection.find(looked_at)
        assert not timed_out
        for segment, its_hits in zip(looked_at, candidates, strict=True):
            for candidate in its_hits:
                place = segment.place(candidate.start, candidate.end)
                record = place.record()
                start, end = (
                    record.get("start_column", record.get("start")),
                    record.get("end_column", record.get("end")),
                )
                value = (candidate.detector.entity, start - 1, end - 1, round(candidate.score, 6))
                found.setdefault(_key(place.record()), set()).add(value)
        return {key: self._of_interest(values) for key, values in found.items()}

    def _of_interest(self, found: set) -> Found:
        """A negative detector only speaks where another one found something."""
        if all(one[0] in self._negative for one in found):
            return frozenset()
        return frozenset(found)

    def differing_lines(self, data: bytes, chunks: Sequence[TextChunk] | None = None) -> list[tuple[int, Found]]:
        """Numbers of the lines in which the two differ, with the difference; ``chunks`` is how we are given them."""
        ours: dict[tuple, set] = {}
        for chunk in chunks or [TextChunk(Origin(""), data)]:
            for key, found in self.ours(chunk).items():
                ours.setdefault(key, set()).update(found)
        lines = valid(data).decode().split("\n")
        return [
            (number, difference)
            for number, line in enumerate(lines, 1)
            if (difference := self.plain(line) ^ ours.get((number,), frozenset()))
        ]

    def differing_fields(self, chunk: RecordChunk) -> list[tuple[tuple, Found]]:
        """The same for the fields of records."""
        ours = self.ours(chunk)
        differing = []
        for one in (one for record in chunk.records for one in record if one.text):
            key, begin = _key(one.place.record()), _begin(one.place.record())
            plain = self.plain(one_line(one.text), one_line(one.key) + "=" if one.key else "")
            plain = frozenset((entity, start + begin, end + begin, score) for entity, start, end, score in plain)
            if difference := plain ^ ours.get(key, frozenset()):
                differing.append((key, difference))
        return differing


def _begin(place: dict) -> int:
    """Where the text of a field begins, from 0."""
    return place.get("start_column", place.get("start")) - 1


def _key(place: dict) -> tuple:
    """The part of a place that identifies a line, cell or member."""
    names = ("line", "sheet", "row", "column", "record", "json_path", "page")
    return tuple(place[name] for name in names if name in place)


def default_detectors() -> list[Detector]:
    """The detectors of a scan without a configuration."""
    return [one for one in detectors() if one.default]


def text_chunks(data: bytes, sizes: Iterator[int]) -> list[TextChunk]:
    """The chunks that a reader makes of blocks of these sizes."""
    lines, at = LineChunker(Origin("")), 0
    chunks: list[TextChunk] = []
    while at < len(data):
        size = next(sizes)
        chunks += lines.add(data[at : at + size])
        at += size
    return [*chunks, *lines.end()]


def record_chunks(data: bytes, name: str) -> Iterator[RecordChunk]:
    """The records of an export."""
    return (one for one in open_input(io.BytesIO(data), Origin(name), Limits()) if isinstance(one, RecordChunk))


def _told(what: str, count: int, differing: list) -> bool:
    print(f"{what}: {count} compared, {len(differing)} differ", flush=True)
    for one in differing[:10]:
        print("   ", one, flush=True)
    return not differing


def main(argv: Sequence[str]) -> int:
    """The long form; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--log-bytes", type=int, default=20_000_000)
    parser.add_argument("--csv-bytes", type=int, default=5_000_000)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--odd-lines", type=int, default=100_000)
    parser.add_argument("--random-bytes", type=int, default=1_000_000)
    parser.add_argument("--corpus", type=Path, help="a directory of text files to be compared too")
    options = parser.parse_args(argv)
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    same = True
    default, everything = Sides(default_detectors()), Sides(detectors())
    lines = list(itertools.islice(made_up.odd_lines(chance), options.odd_lines))
    for first in range(0, len(lines), 5000):
        data = b"\n".join(lines[first : first + 5000])
        differing = everything.differing_lines(
            data, text_chunks(data, iter(lambda: chance.randrange(1, 300_000), None))
        )
        same &= _told(f"odd lines from {first}", min(5000, len(lines) - first), differing)
    for first in range(0, options.random_bytes, 100_000):
        data = made_up.random_bytes(chance, min(100_000, options.random_bytes - first))
        chunks = text_chunks(data, iter(lambda: chance.randrange(1, 30_000), None))
        same &= _told("random lines", data.count(b"\n") + 1, everything.differing_lines(data, chunks))
    for path in sorted(options.corpus.rglob("*")) if options.corpus else ():
        if path.is_file() and path.suffix != ".xlsx":
            data = path.read_bytes()[:2_000_000]
            same &= _told(str(path), data.count(b"\n") + 1, default.differing_lines(data))
    done = 0
    while done < options.csv_bytes:
        data = made_up.export(chance, min(options.csv_bytes - done, 500_000))
        for chunk in record_chunks(data, "made-up.csv"):
            same &= _told("records", len(chunk.records), default.differing_fields(chunk))
        done += len(data)
    for number in range(options.tables):
        made = dirty_tables.table(chance, 60, chance.choice((0.0, 0.2)))
        same &= _told(f"table {number}", 60, everything.differing_fields(RecordChunk(Origin(""), made)))
    print(f"{default.settled + everything.settled} values were settled by column", flush=True)
    done = 0
    while done < options.log_bytes:
        data = made_up.log(chance, min(options.log_bytes - done, 1_000_000), 0.01)
        same &= _told("log lines", data.count(b"\n"), default.differing_lines(data))
        done += len(data)
    print(f"Presidio found {default.found + everything.found} values in all")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
