"""Tables column by column find exactly what their cells one by one do."""

import random
from dataclasses import replace
from datetime import date

import dirtytables
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.analyze import Analyzer
from leakwatch.analyze.owned import owned
from leakwatch.model import Origin, RecordChunk
from leakwatch.policy import select
from leakwatch.prefilter.naming import refuses_digits, refuses_letters
from leakwatch.redaction import Fingerprinter
from leakwatch.suppressions import Suppression
from leakwatch.tables import Mixed
from leakwatch_detectors.catalog import detectors

PRINTS = Fingerprinter(bytes(range(32)), "state")
ACTIVE = select(detectors(), {"cn", "hk", "mo", "tw"}, ())
ANALYZER = Analyzer(ACTIVE, PRINTS, today=lambda: date(2026, 3, 1))
SUPPRESSING = Analyzer(
    ACTIVE,
    PRINTS,
    suppressions=(
        Suppression("key", key="手机号"),
        Suppression("value", fingerprints=frozenset({PRINTS.value("CN_MOBILE", "13900000007")})),
    ),
)


def singly(table):
    """The same records, each cell by itself, under the keys that its table gives it."""
    chunk = RecordChunk(Origin("/data/客户 13900001234.csv"), table)
    return replace(chunk, records=tuple(owned(chunk).records))


def same(analyzer, table):
    """Compare both ways; what was found."""
    by_column = analyzer.analyze(RecordChunk(Origin("/data/客户 13900001234.csv"), table))
    one_by_one = analyzer.analyze(singly(table))
    assert list(by_column.findings) == list(one_by_one.findings)
    assert len(by_column.findings) == len(one_by_one.findings)
    for name in ("suppressed", "masked_seen", "placeholders", "timed_out", "by_rule"):
        assert getattr(by_column, name) == getattr(one_by_one, name), name
    return by_column


@pytest.mark.parametrize("analyzer", [ANALYZER, SUPPRESSING])
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 60), dirty=st.sampled_from([0.0, 0.1, 0.6]))
@settings(max_examples=150, deadline=None)
def test_any_table_is_found_as_its_cells_are(analyzer, seed, rows, dirty):
    """Entity, place, key, score, severity, mask, fingerprint, order, counts: the same, however dirty the cells are."""
    same(analyzer, dirtytables.table(random.Random(seed), rows, dirty))


@given(seed=st.integers(0, 10**9), dirty=st.sampled_from([0.0, 0.3]))
@settings(max_examples=60, deadline=None)
def test_records_of_several_kinds_are_found_in_their_order(seed, dirty):
    """Tables whose records stand between each other, and records that are in none: as their cells are, too."""
    chance = random.Random(seed)
    tables = [dirtytables.table(chance, chance.randrange(1, 12), dirty) for _ in range(3)]
    others = [tuple(record) for record in dirtytables.table(chance, chance.randrange(4), dirty)]
    order = list(range(sum(map(len, tables)) + len(others)))
    chance.shuffle(order)
    parts = [(table, sorted(order.pop() for _ in range(len(table)))) for table in tables]
    same(ANALYZER, Mixed(parts, dict(zip(order, others, strict=True))))


@given(
    digits=st.text(st.sampled_from("0123456789"), min_size=1, max_size=24),
    word=st.text(st.sampled_from("0123456789aAxXtTel"), min_size=1, max_size=24),
)
@settings(deadline=None)
def test_what_begins_words_or_numbers_does_not_begin_inside_of_one(digits, word):
    """Where a pattern says that no value begins behind a letter or digit, none does: in a cell it begins with the cell."""
    for detector in detectors():
        for text, refuses in ((digits, refuses_digits), (word, refuses_letters)):
            if refuses(detector.pattern):
                found = regex.search(detector.pattern, f"k={text}\0", regex.ASCII)
                assert found is None or found.start() <= 2, detector.id
