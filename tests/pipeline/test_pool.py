"""A pool of workers gives the results of one process, in the same order; a crash or a hang costs one chunk."""

import gzip
import io
import os
import pickle
import random
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import made_up, pool_factories
from support.sample_findings import finding

from leakwatch.config.config_model import Config
from leakwatch.core.errors import AnalysisError
from leakwatch.core.file_id import FileId
from leakwatch.core.model import Limits, Origin, Skipped, SkipReason
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, RecordPlace
from leakwatch.detection.analyze import Analysis
from leakwatch.files.counting_reader import CountingReader
from leakwatch.files.walk import walk
from leakwatch.pipeline import Pipeline, Pool, partition, scan_analyzers
from leakwatch.pipeline.pool import INLINE_SECONDS, MAX_CRASHES
from leakwatch.pipeline.task import ChunkResult, ReadError, Task, TaskDone, run_task
from leakwatch.pipeline.worker_messages import pack, shift_lines, unpack
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.readers.text import line_ranges
from leakwatch.readers.text.line_ranges import LineRange, RangeTotals, find_ranges, open_range, read_line_range
from leakwatch.telemetry.scan_stats import ScanStats


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    """Other processes find the makes of tests, and inputs of a size for tests are worth sharing."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
    monkeypatch.setattr(partition, "SHARED_BYTES", 200_000)
    monkeypatch.setattr(line_ranges, "RANGE_BYTES", 300_000)


def scanned(paths, pool=None, **options):
    stats = ScanStats()
    return list(Pipeline(pool_factories.good(), stats, pool=pool, **options).run(walk(list(map(str, paths))))), stats


def pool_of(workers, make=pool_factories.all_good, **options):
    return closing(Pool(make, workers, **{"inline_bytes": 0, **options}))


@pytest.fixture
def files(tmp_path):
    """A big log in two encodings, a packed one, an export, and small ones between them."""
    chance = random.Random(3)
    log = made_up.log(chance, 1_400_000, 0.02)
    (tmp_path / "a.log").write_bytes(log)
    (tmp_path / "b.log").write_bytes(b"x\n" * 200_000 + log.decode().encode("gb18030"))
    (tmp_path / "c.log.gz").write_bytes(gzip.compress(b"".join(log for _ in range(3)), 0))
    (tmp_path / "d.csv").write_bytes(made_up.export(chance, 300_000))
    for number in range(40):
        (tmp_path / f"e{number}.log").write_bytes(b"mobile=1390000%04d\n" % number)
    return tmp_path


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_same_findings_in_the_same_order(files, workers):
    """Places, order and counts do not depend on the number of workers."""
    first, inline_bytes = scanned([files])
    with pool_of(workers) as pool:
        second, together = scanned([files], pool)
        assert len(pool.pids) == workers
    assert second == first
    assert together == inline_bytes
    assert len(first) > 5000
    assert {one.place.kind for one in first} == {"line", "cell"}


def test_splitting_changes_nothing(files, monkeypatch):
    """Findings do not depend on how a text is split."""
    cut, counts = scanned([files])
    monkeypatch.setattr(partition, "SHARED_BYTES", 1 << 40)
    assert scanned([files]) == (cut, counts)


def test_small_scans_start_no_worker(tmp_path):
    """The findings are the same."""
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n")
    with pool_of(2, inline_bytes=1000) as pool:
        found, _ = scanned([tmp_path], pool)
        assert (len(found), pool.pids) == (1, ())


def test_stop_ends_the_scan_and_the_workers(files):
    """No result follows, although some are waiting."""
    seen = []
    with pool_of(2) as pool:
        pipeline = Pipeline(pool_factories.good(), ScanStats(), pool=pool, stop=lambda: bool(seen))
        for item in pipeline.run(walk([str(files)])):
            seen.append(item)  # noqa: PERF402 (its content is checked meanwhile)
        pids = pool.pids
    every, _ = scanned([files])
    assert 0 < len(seen) < len(every)
    assert seen == every[: len(seen)]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def write_poisoned(folder, poisons=1, lines=60_000):
    """A log of several pieces with poison in some of them; the numbers of the lines that hold a value."""
    row = [b"mobile=13900001234\n"] * lines
    for number in range(poisons):
        row[lines // 2 + number * lines // (2 * poisons)] = pool_factories.POISON + b"\n"
    (folder / "a.log").write_bytes(b"".join(row))
    return {number for number, line in enumerate(row, 1) if line.startswith(b"m")}


@pytest.mark.parametrize(
    ("make", "reason"), [(pool_factories.all_mortal, "damaged"), (pool_factories.all_hanging, "time-out")]
)
def test_a_worker_that_dies_or_hangs_costs_one_chunk(tmp_path, make, reason):
    """The chunk is a gap with its reason; everything around it is found at its own lines."""
    lines = write_poisoned(tmp_path)
    (tmp_path / "b.log").write_bytes(b"mobile=13900001234\n")
    with pool_of(2, make, silence_seconds=20.0) as pool:
        items, stats = scanned([tmp_path], pool, limits=Limits(seconds=2.0))
    skipped = [item for item in items if isinstance(item, Skipped)]
    assert [one.reason.value for one in skipped] == [reason]
    assert stats.gaps == 1
    found = [item.place.line for item in items if not isinstance(item, Skipped) and item.path.endswith("a.log")]
    assert found == sorted(found)
    missing = sorted(lines - set(found))
    assert missing[-1] - missing[0] <= len(missing) + 1  # one stretch
    assert len(missing) * len(b"mobile=13900001234\n") <= line_ranges.RANGE_BYTES + 100
    assert items[-1].path.endswith("b.log")


def test_an_input_that_crashes_too_often_is_abandoned(tmp_path, monkeypatch):
    """It is reported as damaged, each crash counts as a gap, and the next input is scanned."""
    monkeypatch.setattr(line_ranges, "RANGE_BYTES", 1 << 30)
    (tmp_path / "a.log").write_bytes((pool_factories.POISON + b" " * 1_100_000 + b"\n") * 5)
    (tmp_path / "b.log").write_bytes(b"mobile=13900001234\n")
    with pool_of(1, pool_factories.all_mortal) as pool:
        items, stats = scanned([tmp_path], pool)
    assert [getattr(item, "reason", None) for item in items] == [SkipReason.DAMAGED, None]
    assert stats.gaps == MAX_CRASHES


def test_a_worker_killed_while_idle_is_replaced(tmp_path):
    """No input is lost."""
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n")
    with pool_of(1) as pool:
        assert len(scanned([tmp_path], pool)[0]) == 1
        (pid,) = pool.pids
        os.kill(pid, 9)
        while Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
            pass
        found, stats = scanned([tmp_path], pool)
    assert (len(found), stats.gaps) == (1, 0)


def test_without_workers_the_scan_runs_in_process(tmp_path, capsys):
    """A host that refuses to start processes gets the same findings."""
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n")
    with pool_of(2, command=("/nowhere",)) as pool:
        assert len(scanned([tmp_path], pool)[0]) == 1


def test_a_failing_detector_is_the_same_gap_in_a_worker(tmp_path):
    """The failure names the detector and contains no text."""
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n")
    with pool_of(1, pool_factories.all_broken) as pool:
        ((failure, _), *_) = pool.submit((Task(next(walk([str(tmp_path)]))),), Limits(), "auto")
    assert isinstance(failure.failure, AnalysisError)
    assert str(failure.failure) == "detector cn-mobile failed on lines 1 to 1: ZeroDivisionError"


def test_nothing_is_imported_from_the_working_directory(tmp_path, monkeypatch):
    """A scanned tree with modules named like Python's cannot run them."""
    for name in ("multiprocessing", "pickle", "socket", "structlog", "leakwatch"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH")
    make = partial(scan_analyzers, Config(), Fingerprinter(b"k" * 32))
    with pool_of(1, make) as pool:
        assert len(scanned(["a.log"], pool)[0]) == 1
        assert pool.pids
    assert not (tmp_path / "ran").exists()


def test_a_replaced_file_is_reported_as_vanished(tmp_path):
    """Tasks of a split belong to one file."""
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n")
    (source,) = walk([str(tmp_path)])
    (skipped, ended) = run_task(
        pool_factories.good(), Task(source, LineRange(0, 5, "utf-8"), identity=FileId(1, 1)), Limits(), "auto"
    )
    assert skipped.reason is SkipReason.VANISHED
    assert ended == TaskDone()


def test_a_fingerprinter_can_be_pickled():
    """In another process it makes the same fingerprints."""
    prints = Fingerprinter(b"k" * 32, "user")
    other = pickle.loads(pickle.dumps(prints))
    assert (other.value("A", "1"), other.origin) == (prints.value("A", "1"), "user")


PLACES = [LinePlace(3, 4, 9), CellPlace("s", 2, 3, "c", 1, 2), RecordPlace(1, "$.a", 2, 3), PagePlace(1, 2, 3)]


@pytest.mark.parametrize("place", PLACES)
def test_messages_round_trip(place):
    """Whatever the place."""
    result = ChunkResult(Origin("p", ("m",)), Analysis((finding(place=place),), suppressed=1, by_rule={"r": 1}))
    assert unpack(pack(result, 7), "p") == (result, 7)
    for other in (Skipped(Origin("p"), SkipReason.LOOP, 5), TaskDone(1, 2, 3, 4)):
        assert unpack(pack(other, 0), "p") == (other, 0)


def test_failures_are_sent_without_text():
    """Only where they were raised, unless the message is our own."""
    try:
        int("13900001234x")
    except ValueError as error:
        outcome, _ = unpack(pack(ReadError(Origin("p"), error), 0), "p")
    assert str(outcome.failure).startswith("ValueError at ")
    assert "1390000" not in str(outcome.failure)
    outcome, _ = unpack(pack(ChunkResult(Origin("p"), failure=KeyError("x")), 0), "p")
    assert str(outcome.failure) == "KeyError at an unknown place"


def test_only_line_numbers_are_shifted():
    """Rows, records and pages do not depend on ranges."""
    analysis = Analysis(tuple(finding(place=place) for place in PLACES))
    places = [one.place for one in shift_lines(analysis, 10).findings]
    assert places == [replace(PLACES[0], line=13), *PLACES[1:]]


LINES = st.lists(st.text("ab,13手机号\ufeff", max_size=30), max_size=40)


@given(LINES, st.sampled_from(["utf-8", "gb18030"]), st.booleans(), st.integers(1, 60))
def test_ranges_hold_every_line_once(tmp_path_factory, lines, encoding, newline, size):
    """Together they are the text, decoded as the whole would be."""
    text = "\n".join(["x" * 70, *lines]) + "\n" * newline
    path = tmp_path_factory.getbasetemp() / "text.log"
    path.write_bytes(text.encode(encoding))
    given_sizes = line_ranges.RANGE_BYTES, line_ranges._SCAN_BYTES
    line_ranges.RANGE_BYTES, line_ranges._SCAN_BYTES = size, 7
    try:
        with path.open("rb") as file:
            spans = list(find_ranges(file, path.stat().st_size, "text.log", encoding) or [])
            data, number = b"", 0
            for span in spans:
                totals = RangeTotals()
                stream = CountingReader(open_range(file, span))
                chunks = list(read_line_range(stream, span, Origin("text.log"), Limits(), totals))
                assert [chunk.first_line for chunk in chunks][:1] in ([1], [])
                assert stream.seen == span.end - span.start
                data += b"".join(chunk.data for chunk in chunks)
                number += totals.lines
    finally:
        line_ranges.RANGE_BYTES, line_ranges._SCAN_BYTES = given_sizes
    assert data.replace("\ufeff".encode(), b"") == text.replace("\ufeff", "").encode()
    assert number == text.count("\n")
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]


def test_what_is_no_plain_text_has_no_ranges(tmp_path):
    """UTF-16, tables, JSON lines and archives are read from their beginning."""
    for name, data in (
        ("a.log", "手机".encode("utf-16") * 100),
        ("b.csv", b"a,b\n1,2\n" * 100),
        ("c.jsonl", b'{"a":1}\n' * 100),
        ("d.gz", gzip.compress(b"x" * 1000)),
        ("e.log", "手机\n".encode("utf-16-le") * 100),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with path.open("rb") as file:
            assert find_ranges(file, len(data), name, "auto") is None


def test_undecodable_places_are_summed(tmp_path):
    """A text full of them is reported once, after its findings."""
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234 \xff\xff\n" * 40_000)
    items, stats = scanned([tmp_path], encoding="utf-8")
    assert stats.skipped == {"decode": 1}
    assert (len(items), type(items[-1])) == (40_001, Skipped)


def test_an_error_while_splitting_is_reported(tmp_path, monkeypatch):
    """A disk error ends the splitting; the last task reports it."""
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n" * 40_000)

    def breaks(*_):
        yield LineRange(0, 19 * 10, "utf-8")
        raise OSError(5, "no")

    monkeypatch.setattr(partition, "find_ranges", breaks)
    (source,) = walk([str(tmp_path)])
    first, second = partition.split_input(source, Limits(), "auto", 2)
    assert (first[0].span.end, second[0].span) == (190, LineRange(190, source.size, "utf-8"))


def test_a_stream_without_readinto_is_counted():
    """The minimal file interface is enough."""

    class Least:
        def __init__(self, data):
            self.read = io.BytesIO(data).read
            self.seekable = lambda: False

    assert CountingReader(Least(b"abc")).read() == b"abc"


def test_workers_are_used_when_there_is_enough_work(tmp_path):
    """For a large text at its first task, for other formats sooner, and after a while for anything."""
    (tmp_path / "a.log").write_bytes(b"x\n" * 500_000)
    (source,) = walk([str(tmp_path)])
    first, later = Task(source, LineRange(0, 10, "utf-8")), Task(source, LineRange(10, 20, "utf-8"))
    shares = tuple(Task(source, share=share, shares=2) for share in range(2))
    for inline_bytes, tasks, called in (
        (900_000, (first,), True),
        (1_100_000, (first,), False),
        (1_000, (later,), False),
        (15_000_000, shares, True),
        (17_000_000, shares, False),
    ):
        with pool_of(2, inline_bytes=inline_bytes) as pool:
            assert pool.should_use(tasks) is called
            pool._first_seen -= INLINE_SECONDS
            assert pool.should_use((later,))
