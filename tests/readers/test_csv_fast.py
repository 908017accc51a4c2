"""Rows that are read many at a time are those that are read one by one."""

import csv
import io
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.read_results import read

from leakwatch.core.model import RecordChunk
from leakwatch.readers.tables import delimited
from leakwatch.readers.tables.csv_fast import RECORD_CHARACTERS, RECORD_LINES, parse_block

HEAD = "name,phone\n" + "a,13900001234\n" * 10
CELL = st.text(st.sampled_from('ab张,"\n\r\t;\0 0139'), max_size=6)


def seen(raw):
    """All fields with their places and keys, and the text that is no row."""
    fields, texts = [], []
    for item in read(raw.encode(), "u.csv"):
        if isinstance(item, RecordChunk):
            fields += [field for record in item.records for field in record]
        else:
            texts.append(item)
    return fields, texts


def both(raw):
    """The same text read both ways."""
    with mock.patch.object(delimited, "parse_block", return_value=None):
        singly = seen(raw)
    return seen(raw), singly


@given(raw=st.text(st.sampled_from('ab张,"\n\n\r139'), max_size=60))
@example(raw='a,"')
@example(raw='"')
@example(raw="a\rb,1\nc,2")
@example(raw="\n\na,b\n")
def test_any_text_is_read_as_row_by_row(raw):
    """Quotes, blank lines, carriage returns, short and long rows: the same cells at the same places."""
    many, singly = both(HEAD + raw)
    assert many == singly


@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8), quoting=st.sampled_from([0, 1]))
def test_what_a_writer_wrote_is_read_as_row_by_row(rows, quoting):
    """The same for tables as programs write them, cells over several lines included."""
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\r\n" if quoting else "\n").writerows(rows)
    many, singly = both(HEAD + out.getvalue())
    assert many == singly


@pytest.mark.parametrize(
    "raw",
    [
        "x" * RECORD_CHARACTERS + ",1\n",
        '"' + "a\n" * (RECORD_LINES + 1) + '",1\n',
        '"' + ("y" * 100 + "\n") * (RECORD_CHARACTERS // 100) + '",1\n',
        '"unterminated\na,b\n',
        "a\0b,1\n",
    ],
)
def test_difficult_rows_are_not_a_block(raw):
    """A record beyond the limits, one that continues after the text, or a parser error: read row by row."""
    assert parse_block(raw, ",") is None
    many, singly = both(HEAD + raw + "c,16200001234\n")
    assert many == singly


def test_rows_of_many_widths_are_one_block():
    """Short rows have empty cells; a blank line is a row without cells."""
    block = parse_block("a,b,c\n\nd\r\ne,f\n", ",")
    assert (block.rows, block.lines) == (4, 4)
    assert [list(column) for column in block.columns] == [["a", "", "d", "e"], ["b", "", "", "f"], ["c", "", "", ""]]
    assert parse_block('"a\nb",1\n', ",").rows == 1
    assert parse_block("", ",") is None
