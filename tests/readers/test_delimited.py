"""Tables give every cell with its row, column and column name, whatever their dialect; nothing is lost to bad quotes."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.read_results import cells_of, read, skips_of, text_of

from leakwatch.core.model import RecordChunk, TextChunk
from leakwatch.readers.tables.row_table import BLOCK_ROWS

HEADER = ["姓名", "手机号", "备注"]
ROWS = [["测试甲", "13900001234", "说明"], ["测试乙", "16200001234", "其他"]]
EXPECTED = {(1, column): (name, None) for column, name in enumerate(HEADER, 1)} | {
    (row, column): (cell, HEADER[column - 1])
    for row, cells in enumerate(ROWS, 2)
    for column, cell in enumerate(cells, 1)
}


def written(rows, delimiter=",", **options):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, **options).writerows(rows)
    return buffer.getvalue()


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "\x01"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_dialect_and_encoding_gives_the_same_cells(delimiter, encoding):
    """Row 1 is the header, analysed itself without a key; the others are keyed by it."""
    assert cells_of(read(written([HEADER, *ROWS], delimiter).encode(encoding), "users.csv")) == EXPECTED


@pytest.mark.parametrize(("suffix", "delimiter"), [("tsv", "\t"), ("tab", "\t"), ("psv", "|")])
def test_a_suffix_names_the_delimiter(suffix, delimiter):
    """Commas in the cells of a .tsv do not make it a comma-separated file."""
    rows = [HEADER, *([f"{name},{name},{name}", "1,2,3", "4,5,6"] for name in "ab")]
    cells = cells_of(read(written(rows, delimiter).encode(), f"users.{suffix}"))
    assert cells[2, 1] == ("a,a,a", "姓名")


def test_excels_sep_line_names_the_delimiter():
    """``sep=|`` is a physical row of its own."""
    cells = cells_of(read(f"sep=|\n{written([HEADER, *ROWS], '|')}".encode(), "users.csv"))
    assert cells[3, 2] == ("13900001234", "手机号")


def test_a_plain_text_file_that_is_surely_a_table_is_read_as_one():
    """Excel's "Unicode text" is tabs in a .txt; Hive writes ^A into files without suffix or header."""
    assert cells_of(read(written([HEADER, *ROWS], "\t").encode("utf-16"), "users.txt")) == EXPECTED
    hive = cells_of(read(("测试甲\x0113900001234\n" * 3).encode(), "part/000000_0"))
    assert hive[3, 2] == ("13900001234", None)


@pytest.mark.parametrize("name", ["app.log", "notes.txt"])
def test_prose_is_not_a_table(name):
    """A log is read as lines, with or without commas."""
    items = read("先说,再看\n甲,乙\n丙,丁,戊\n".encode(), name)
    assert [type(item) for item in items] == [TextChunk]


def test_quoted_newlines_do_not_shift_rows():
    """A record over three lines is one row."""
    cells = cells_of(read(written([HEADER, ["a\nb\nc", "1", "x"], ["d", "13900001234", "y"]]).encode(), "u.csv"))
    assert cells[2, 1][0] == "a\nb\nc"
    assert cells[3, 2] == ("13900001234", "手机号")


@pytest.mark.parametrize("guarded", ['="13900001234"', "'13900001234", "\t13900001234", "13,900,001,234"])
def test_spreadsheet_guards_stay_where_they_are(guarded):
    """The text of a cell is as it was written, so that columns count from its own first character."""
    cells = cells_of(read(written([["手机号", "b"], [guarded, "x"]]).encode(), "u.csv"))
    assert cells[2, 1] == (guarded, "手机号")


def test_an_unquoted_guard_stays_too():
    """``="139…"`` in the raw file is one cell."""
    assert cells_of(read(b'phone,b\n="13900001234",x\n', "u.csv"))[2, 1] == ('="13900001234"', "phone")


def test_a_first_row_of_data_is_no_header():
    """Digits are not column names: the columns stay unnamed and the first row is data."""
    cells = cells_of(read(written(ROWS).encode(), "u.csv"))
    assert cells[1, 2] == ("13900001234", None)
    assert cells[2, 2] == ("16200001234", None)


def test_a_title_above_the_header_is_passed():
    """Exports for people begin with a title; the header is the first full row of labels."""
    cells = cells_of(read(written([["客户名单", "", ""], ["", "", ""], HEADER, *ROWS]).encode(), "u.csv"))
    assert cells[1, 1] == ("客户名单", None)
    assert cells[4, 2] == ("13900001234", "手机号")


def test_one_column_is_a_table():
    """A list of numbers under a name is keyed by it."""
    cells = cells_of(read("手机号\n13900001234\n".encode(), "u.csv"))
    assert cells == {(1, 1): ("手机号", None), (2, 1): ("13900001234", "手机号")}


def test_ragged_rows_keep_their_cells():
    """More cells than names are read without a key."""
    cells = cells_of(read(b"a,b\n1,2,3\n4\n", "u.csv"))
    assert cells[2, 3] == ("3", None)
    assert cells[3, 1] == ("4", "a")


def test_a_quote_that_is_never_closed_swallows_nothing():
    """The rows after it are rows again, with their own numbers."""
    rows = "".join(f"n{row},13900001234\n" for row in range(3, 3000))
    cells = cells_of(read(f'name,phone\n"broken,1\n{rows}'.encode(), "u.csv"))
    assert cells[3, 2][0] == "13900001234"
    assert cells[2999, 2] == ("13900001234", "phone")
    assert cells[2, 1][0] == '"broken'


def test_a_quote_that_is_open_at_the_end_swallows_nothing():
    """Also when the file is too short to notice by length."""
    cells = cells_of(read(b'name,phone\n"broken,1\nx,13900001234\n', "u.csv"))
    assert cells[3, 2] == ("13900001234", "phone")


def test_a_bare_carriage_return_is_read_as_text():
    """What no table parser accepts is not dropped."""
    items = read(b"name,phone\na\rb,13900001234\nc,16200001234\n", "u.csv")
    assert "13900001234" in text_of(items)
    assert cells_of(items)[3, 2] == ("16200001234", "phone")
    assert [item.first_line for item in items if isinstance(item, TextChunk)] == [2]


def test_a_giant_cell_is_read_as_text_and_the_table_goes_on():
    """A cell beyond the parser's limit, and a line beyond the line limit, are text; the rows after them are rows."""
    for size in (300_000, 2_500_000):
        items = read(b"name,phone\n" + b"x" * size + b",13900001234\nc,16200001234\n", "u.csv")
        assert "13900001234" in text_of(items)
        assert ("16200001234", "phone") in cells_of(items).values()
        assert skips_of(items) == []


def test_many_rows_come_in_bounded_chunks():
    """Memory does not grow with the table."""
    items = read(b"name,phone\n" + b"a,13900001234\n" * 20_000, "u.csv")
    assert sum(len(item.records) for item in items) == 20_001
    assert max(len(item.records) for item in items) == BLOCK_ROWS
    wide = read(b"name,text\n" + (b"a," + b"x" * 100_000 + b"\n") * 30, "u.csv")
    assert max(sum(len(field.text) for record in item.records for field in record) for item in wide) < 1_200_000
    assert all(isinstance(item, RecordChunk) for item in wide)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff"), max_size=12)


@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=6))
@example(rows=[["a", 'b"c\nd']])
def test_what_a_writer_wrote_is_read_at_its_row_and_column(rows):
    """Any cells, written with all quotes, come back as they were, at the place they were."""
    table = [["名称", "内容"], *rows]
    cells = cells_of(read(written(table, quoting=csv.QUOTE_ALL).encode("utf-8-sig"), "u.csv"))
    expected = {(r, c): cell for r, row in enumerate(table, 1) for c, cell in enumerate(row, 1) if cell}
    assert {place: text for place, (text, _) in cells.items()} == expected


@given(raw=st.text(st.sampled_from('ab,"\n\r\t;|=0139'), max_size=80))
def test_no_character_of_a_broken_table_is_lost(raw):
    """Whatever the quotes do, all letters and digits are in some cell or text."""
    items = read(raw.encode(), "u.csv")
    seen = text_of(items) + "".join(text for text, _ in cells_of(items).values())
    assert sorted(c for c in seen if c.isalnum()) == sorted(c for c in raw if c.isalnum())
