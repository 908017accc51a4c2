"""Our engine and plain Presidio find the same: entity, span and score, before policy. The long form is a make target."""

import itertools
import os
import random

import pytest
from support import dirty_tables, equivalence, made_up

from leakwatch.core.column_table import Mixed
from leakwatch.core.model import Origin, RecordChunk
from leakwatch_detectors.catalog import detectors

SEED = int(os.environ.get("EQUIVALENCE_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture(scope="module")
def default():
    return equivalence.Sides(equivalence.default_detectors())


@pytest.fixture(scope="module")
def everything():
    return equivalence.Sides(detectors())


@pytest.fixture
def chance():
    """A source of chance; a test that fails shows what it says."""
    print(f"EQUIVALENCE_SEED={SEED}")
    return random.Random(SEED)


def test_odd_lines(everything, chance):
    """Lines beside every rule (changed values, escapes, broken bytes), cut into blocks anywhere: nothing differs."""
    before = everything.found
    data = b"\n".join(itertools.islice(made_up.odd_lines(chance), 1500))
    chunks = equivalence.text_chunks(data, iter(lambda: chance.randrange(1, 100_000), None))
    assert everything.differing_lines(data, chunks) == []
    assert everything.found - before > 500


def test_random_bytes(everything, chance):
    """Bytes of no meaning, most of them digits and what may stand between digits: nothing differs."""
    data = made_up.random_bytes(chance, 40_000)
    chunks = equivalence.text_chunks(data, iter(lambda: chance.randrange(1, 30_000), None))
    assert everything.differing_lines(data, chunks) == []


def test_lines_of_many_kilobytes(everything, chance):
    """Values and their keys anywhere in lines analysed in windows, and blocks that end in them: nothing differs."""
    lines = made_up.odd_lines(chance)
    data = b"\n".join(b" ".join(itertools.islice(lines, chance.randrange(300, 700))) for _ in range(2))
    assert len(data) > 30_000
    assert everything.differing_lines(data) == []


def test_a_log(default, chance):
    """A log with personal data in some of its lines: nothing differs."""
    assert default.differing_lines(made_up.log(chance, 60_000, 0.05)) == []


def test_an_export(default, chance):
    """An export with personal data in every row, read as records and as text: nothing differs."""
    data = made_up.export(chance, 20_000)
    before = default.found
    for chunk in equivalence.record_chunks(data, "made-up.csv"):
        assert default.differing_fields(chunk) == []
    assert default.found - before > 300
    assert default.differing_lines(data[:10_000]) == []


def test_tables(everything, chance):
    """Tables of any values, column by column, cells clean and dirty: nothing differs, and most is settled by column."""
    for _ in range(12):
        made = dirty_tables.table(chance, 25, chance.choice((0.0, 0.2)))
        assert everything.differing_fields(RecordChunk(Origin(""), made)) == []
    assert everything.settled > 100


def test_records_of_several_kinds(everything, chance):
    """The same for JSON lines of two kinds, and of one that is rare."""
    lines = []
    for number in range(160):
        mobile, name = made_up.mobile(chance), made_up.name(chance)
        lines.append(
            f'{{"mobile":"{mobile}"}}' if number % 2 else f'{{"realName":"{name}","to":[{mobile},"{name} {mobile}"]}}'
        )
    lines[9] = f'{{"rare":{{"mobile":"{made_up.mobile(chance)}"}}}}'
    (chunk,) = equivalence.record_chunks("\n".join(lines).encode(), "made-up.jsonl")
    assert isinstance(chunk.records, Mixed)
    assert everything.differing_fields(chunk) == []
