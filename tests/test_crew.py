"""Several processes find what one finds, in the same order, and an end is an end."""

import os
import pickle
import random
from dataclasses import replace

import madeup
import pytest

from leakwatch.analyze import Analyzer, Crew, crew
from leakwatch.errors import AnalysisError
from leakwatch.model import Origin, TextChunk
from leakwatch.pipeline import Pipeline
from leakwatch.redaction import Fingerprinter
from leakwatch.tally import Tally
from leakwatch.walk import walk
from leakwatch_detectors.catalog import by_id

DETECTORS = ["cn-mobile", "cn-resident-id", "bank-card", "email-address"]


def make(ids=tuple(DETECTORS)):
    return Analyzer([by_id(one) for one in ids], Fingerprinter(b"k" * 32))


class Dying:
    """An analyzer whose process ends in the middle of the work."""

    def analyze(self, chunk):
        os._exit(9)


@pytest.fixture
def files(tmp_path):
    """Two logs of several chunks and an export."""
    chance = random.Random(3)
    for name in "ab":
        (tmp_path / f"{name}.log").write_bytes(madeup.log(chance, 3_200_000, 0.01))
    (tmp_path / "c.csv").write_bytes(madeup.export(chance, 60_000))
    return tmp_path


@pytest.fixture
def hands():
    """A crew of two, sent home at the end."""
    crew = Crew(make(), make, 2)
    yield crew
    crew.close()


def test_the_same_findings_in_the_same_order(files, hands):
    """Places, order and counts do not depend on how many processes there are, over the borders of files and blocks."""
    alone, together = Tally(), Tally()
    first = list(Pipeline(make(), alone).run(walk([str(files)])))
    second = list(Pipeline(make(), together, crew=hands).run(walk([str(files)])))
    assert second == first
    assert len(first) > 500
    assert hands._pool is not None
    assert together == alone


def test_somebody_says_stop(files, hands):
    """After a stop nothing more comes, although answers are waiting, and everybody goes home."""
    seen = []
    pipeline = Pipeline(make(), Tally(), crew=hands, stop=lambda: bool(seen))
    for item in pipeline.run(walk([str(files)])):
        seen.append(item)  # noqa: PERF402 (what it holds is looked at meanwhile)
    every = list(Pipeline(make(), Tally()).run(walk([str(files)])))
    assert 0 < len(seen) < len(every)
    assert seen == every[: len(seen)]


def test_a_failure_comes_with_its_answer(monkeypatch):
    """What fails fails where its answer is asked for, here and in the other process, and names no text."""
    for alone in (4, 0):
        monkeypatch.setattr(crew, "ALONE", alone)
        hands = Crew(broken(), broken, 1)
        answer = hands.ask(TextChunk(Origin("a"), b"mobile=13900001234\n"))
        with pytest.raises(AnalysisError, match=r"^detector cn-mobile failed on lines 1 to 1: ZeroDivisionError$"):
            answer.result()
        hands.close()


def test_a_process_that_dies_is_a_gap(tmp_path, monkeypatch):
    """What a process that was killed had in hand is told as not scanned."""
    monkeypatch.setattr(crew, "ALONE", 0)
    (tmp_path / "a.log").write_bytes(b"mobile=13900001234\n")
    tally = Tally()
    hands = Crew(make(), Dying, 1)
    (skipped,) = Pipeline(make(), tally, crew=hands).run(walk([str(tmp_path)]))
    hands.close()
    assert (skipped.reason.value, tally.gaps) == ("damaged", 1)


def fails(value):
    """A validator that trips."""
    return 1 / 0


def broken():
    return Analyzer([replace(by_id("cn-mobile"), validator=fails)], Fingerprinter(b"k" * 32))


def test_a_fingerprinter_travels():
    """In another process it makes the same fingerprints."""
    prints = Fingerprinter(b"k" * 32, "user")
    other = pickle.loads(pickle.dumps(prints))
    assert (other.value("A", "1"), other.origin) == (prints.value("A", "1"), "user")
