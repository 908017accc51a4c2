"""Parquet, where pyarrow is installed."""

import importlib
import importlib.util
import io
import sys

import pytest
from support.read_results import cells_of, read, skips_of

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers import open_input
from leakwatch.readers.sandbox import client

FOREIGN = b"PAR1\0 13900001234 PAR1"


@pytest.fixture(scope="module")
def arrow():
    return pytest.importorskip("pyarrow")


def parquet(arrow, columns, **options):
    buffer = io.BytesIO()
    importlib.import_module("pyarrow.parquet").write_table(arrow.table(columns), buffer, **options)
    return buffer.getvalue()


def test_columns_are_keys_in_every_row_group(arrow):
    """Rows count on over row groups; nested values are JSON; nothing is a key of nothing."""
    columns = {
        "手机号": ["13900001234"] * 5,
        "n": [1, None, 3, 4, 5],
        "f": [13900001234.0] * 5,
        "b": [b"\xff"] * 5,
        "s": [["a", {"b": "甲"}.popitem()[1]]] * 5,
    }
    data = parquet(arrow, columns, row_group_size=2)
    cells = cells_of(read(data, "a.parquet"))
    assert cells[5, 1] == ("13900001234", "手机号")
    assert cells[5, 3] == ("13900001234", "f")
    assert cells[1, 5] == ('["a", "甲"]', "s")
    assert (2, 2) not in cells
    assert (1, 4) not in cells
    assert cells_of(open_input(io.BytesIO(data), Origin("a.parquet"))) == cells


def test_damaged_files_are_reported(arrow):
    """Wherever the damage is."""
    data = parquet(arrow, {"a": ["x"] * 100})
    for broken in (FOREIGN, data[:-20], data[:30] + b"\xff" * 40 + data[70:]):
        assert ((), SkipReason.DAMAGED) in skips_of(read(broken, "a.parquet"))
    assert skips_of(read(b"PARE\0\0", "a.parquet")) == [((), SkipReason.ENCRYPTED)]


def test_a_missing_extra_is_logged_once(monkeypatch, capsys):
    """Never read as text."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyarrow" else found(name))
    client.report_missing_extra.cache_clear()
    for _ in range(2):
        assert skips_of(open_input(io.BytesIO(FOREIGN), Origin("a.parquet"))) == [((), SkipReason.UNSUPPORTED_FORMAT)]
    assert capsys.readouterr().out.count("leakwatch-daemon[parquet]") == 1
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert skips_of(read(FOREIGN, "a.parquet")) == [((), SkipReason.UNSUPPORTED_FORMAT)]


def test_a_text_that_begins_with_the_magic_is_text():
    """Four letters are not a format."""
    assert read(b"PAR1 is the magic of Parquet\n", "a.log")[0].data.startswith(b"PAR1")
