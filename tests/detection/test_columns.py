"""Tables column by column find exactly what their cells one by one do."""

import random
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from support import dirty_tables

from leakwatch.core.column_table import CellTable, Mixed
from leakwatch.core.model import Origin, RecordChunk
from leakwatch.detection.analyze import Analyzer, column_findings
from leakwatch.detection.analyze import columns as columns_module
from leakwatch.detection.analyze.columns import SHOWN, Columns
from leakwatch.detection.analyze.key_ownership import owned
from leakwatch.detection.policy import select
from leakwatch.detection.prefilter import Gate, PatternSet
from leakwatch.detection.prefilter.key_scan import refuses_digits, refuses_letters
from leakwatch.detection.suppressions import Suppression
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Role

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
    same(analyzer, dirty_tables.table(random.Random(seed), rows, dirty))


@given(seed=st.integers(0, 10**9), dirty=st.sampled_from([0.0, 0.3]))
@settings(max_examples=60, deadline=None)
def test_records_of_several_kinds_are_found_in_their_order(seed, dirty):
    """Tables whose records stand between each other, and records that are in none: as their cells are, too."""
    chance = random.Random(seed)
    tables = [dirty_tables.table(chance, chance.randrange(1, 12), dirty) for _ in range(3)]
    others = [tuple(record) for record in dirty_tables.table(chance, chance.randrange(4), dirty)]
    order = list(range(sum(map(len, tables)) + len(others)))
    chance.shuffle(order)
    parts = [(table, sorted(order.pop() for _ in range(len(table)))) for table in tables]
    same(ANALYZER, Mixed(parts, dict(zip(order, others, strict=True))))


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=20))
def test_records_are_reported_apart_whichever_way_they_are_compared(rows):
    """As one number each, or number by number where one number would be too large."""
    table = np.array(rows, np.int32)
    for beyond in (4, 2**40):
        kinds, kind_of = column_findings._different(table, beyond)
        assert kinds[kind_of].tolist() == rows
        assert len(kinds) == len(set(map(tuple, rows)))


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


def mobiles(count, key="mobile"):
    """A table with one column of mobile numbers, and a service number among them."""
    numbers = tuple(f"1390000{number:04}" for number in range(1, count))
    return CellTable(None, 1, (key,), tuple(range(1, count + 1)), ((*numbers, "4008001234"),))


class Witness:
    """Stands for the detection that columns ask: sees a value behind the key of each text, with this score, or nothing."""

    def __init__(self, score=None):
        self.score = score
        self.asked = 0

    def ask_presidio(self, detector, texts, numbers):
        self.asked += len(numbers)
        if self.score is None:
            return []
        return [
            (number, SimpleNamespace(start=text.index("=") + 1, end=len(text), score=self.score))
            for number, text in enumerate(texts)
        ]


def columns_with(witness, active=ACTIVE):
    return Columns(active, Gate([one for one in active if one.role is Role.REPORT]), witness)


def test_a_column_of_which_presidio_reports_something_else_is_left():
    """The first values are shown to Presidio once; when it does not see them, no cell of the key is settled, ever."""
    witness = Witness()
    columns = columns_with(witness)
    table = mobiles(40)
    for _ in range(2):
        seen = columns.sort(table)
        assert seen.settled == []
        assert {(record, 0) for record in range(39)} <= set(seen.left)
    assert witness.asked == SHOWN


def test_what_is_known_of_columns_is_bounded(monkeypatch):
    """Keys without end do not fill the memory; a column is settled again after its way was forgotten."""
    monkeypatch.setattr(columns_module, "_KEPT", 2)
    for number in range(5):
        made = mobiles(30, f"{number} mobile")
        assert {one.entity for one in same(ANALYZER, made).findings} >= {"CN_MOBILE"}


def test_a_cell_that_a_negative_detector_does_not_finish_is_left(monkeypatch):
    """Nothing is settled where a look was not finished."""

    class Slow:
        def finditer(self, text, timeout):
            raise TimeoutError

    table = CellTable(None, 1, ("bank account no",), tuple(range(8)), (("4008001234",) * 8,))
    assert columns_with(Witness(0.75)).sort(table).settled == []
    monkeypatch.setattr(columns_module, "PatternSet", lambda _: PatternSet([]))
    (settled,) = columns_with(Witness(0.75)).sort(table).settled
    assert (settled.detector.entity, len(settled.records)) == ("BANK_ACCOUNT", 8)
    monkeypatch.undo()
    compiled = columns_module._compiled
    monkeypatch.setattr(columns_module, "_compiled", lambda one: Slow() if one.role is Role.NEGATIVE else compiled(one))
    seen = columns_with(Witness(0.75)).sort(table)
    assert (seen.settled, len(seen.left)) == ([], 8)


def test_names_that_a_reader_of_prose_looks_for_are_left_to_it():
    """A detector with other means than its pattern is asked about each cell."""
    reading = [replace(one, ner=lambda _: ()) if one.entity == "PERSON_NAME" else one for one in ACTIVE]
    table = CellTable(None, 1, ("姓名",), (1, 2), (("张小明", "李大红"),))
    assert columns_with(Witness(0.8)).sort(table).settled
    seen = columns_with(Witness(0.8), reading).sort(table)
    assert (seen.settled, seen.left) == ([], [(0, 0), (1, 0)])
