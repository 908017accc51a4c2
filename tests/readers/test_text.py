"""Text comes in whole lines with true numbers; long lines come in overlapping pieces with true columns."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.read_results import read, skips_of, text_of

from leakwatch.core.model import Origin, SkipReason, TextChunk
from leakwatch.readers import open_input
from leakwatch.readers.text.plain_text import LINE_BYTES, OVERLAP_BYTES, LineChunker

LINE = "2026-01-01 INFO 用户 13900001234 登录\n"


def places(items):
    """Every (line, column, character) that the chunks claim."""
    for item in items:
        line, column = item.first_line, item.first_column
        for character in item.data.decode():
            yield line, column, character
            line, column = (line + 1, 1) if character == "\n" else (line, column + 1)


def test_small_text_is_one_chunk():
    """A short log is given whole."""
    (chunk,) = read((LINE * 3).encode(), "app.log")
    assert (chunk.data.decode(), chunk.first_line, chunk.first_column) == (LINE * 3, 1, 1)


def test_blocks_end_at_newlines_and_lines_are_counted():
    """A log larger than a block comes in chunks of whole lines that join to the whole."""
    items = read((LINE * 60_000).encode("gb18030"), "app.log")
    assert len(items) > 1
    assert text_of(items) == LINE * 60_000
    line = 1
    for chunk in items:
        assert (chunk.first_line, chunk.first_column) == (line, 1)
        assert chunk.data.endswith(b"\n")
        line += chunk.data.count(b"\n")


@pytest.mark.parametrize("unit", ["字", "字13900001234,", "a b "])
def test_a_very_long_line_is_cut_with_overlap_and_right_columns(unit):
    """Every character has its column in every part, and nothing is lost between parts."""
    line = unit * (3 * LINE_BYTES // len(unit.encode()))
    text = f"first\n{line}\nlast\n"
    items = read(text.encode(), "one.log")
    lines = text.splitlines(keepends=True)
    reached = 1
    for item in items:
        for number, part in enumerate(item.data.decode().splitlines(keepends=True), item.first_line):
            column = item.first_column if number == item.first_line else 1
            assert part == lines[number - 1][column - 1 : column - 1 + len(part)]
            if number == 2:
                assert column <= reached
                reached = column + len(part)
    assert reached == len(line) + 2
    pieces = [item for item in items if item.first_column > 1]
    assert len(pieces) >= 2
    assert all(len(item.data) <= 2 * LINE_BYTES for item in items)


def test_a_cut_never_goes_through_a_value():
    """Parts end and begin at a separator where there is one nearby."""
    line = ("13900001234," * 200_000).encode()
    items = read(line, "one.log")
    assert len(items) > 1
    for item in items:
        assert all(len(value) == 11 for value in item.data.split(b",") if value)


def test_the_overlap_is_longer_than_any_value_with_its_context():
    """Two neighbouring pieces share about 4 KiB."""
    first, second, *_ = read(b"x" * (2 * LINE_BYTES), "one.log")
    shared = first.first_column + len(first.data) - second.first_column
    assert shared == OVERLAP_BYTES


@given(
    parts=st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=8),
    newlines=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_lines_does_not_depend_on_the_blocks(parts, newlines):
    """However the blocks fall, the characters have the same places."""
    blocks = [(part + "\n" * newline).encode() for part, newline in zip(parts, newlines, strict=False)]
    origin = Origin("x")
    pieces, whole = LineChunker(origin), LineChunker(origin)
    cut = [chunk for block in blocks for chunk in pieces.add(block)] + list(pieces.end())
    once = [*whole.add(b"".join(blocks)), *whole.end()]
    assert list(places(cut)) == list(places(once))


@pytest.mark.parametrize("name", ["preallocated.log", "users.csv", "users.jsonl", "dump.sql"])
@pytest.mark.parametrize("before", ["", "first\n", "first\nbegun "])
def test_a_hole_is_passed_over_and_what_is_behind_it_has_its_place(name, before):
    """What a preallocated or sparse file holds, or a bomb: it costs next to nothing, and moves the column."""
    holes = 7 * LINE_BYTES + 5
    items = read((before + "\0" * holes + "13900001234\nlast\n").encode(), name)
    assert sum(len(item.data) for item in items if isinstance(item, TextChunk)) < 3 * LINE_BYTES
    if name.endswith(".log"):
        (end,) = [place for place in places(items) if place[2] == "4"]
        line, begun = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
        assert end == (line, begun + holes + 11, "4")
        assert list(places(items))[-1][0] == line + 1


def test_a_file_of_nothing_but_zeros_is_read_and_holds_nothing():
    """Also one that ends in the middle of a block."""
    for size in (100, LINE_BYTES, 3 * LINE_BYTES + 1):
        assert sum(len(item.data) for item in read(bytes(size), "empty.log")) <= OVERLAP_BYTES


def test_undecodable_text_is_read_and_reported():
    """More than one bad place in a thousand bytes is a gap; the rest is read."""
    items = read(b"13900001234 \xff\xff\xff\xff\n", "app.log", "utf-8")
    assert "13900001234" in text_of(items)
    assert skips_of(items) == [((), SkipReason.DECODE)]


def test_one_bad_byte_in_a_long_log_is_no_gap():
    """A character torn by rotation is ordinary."""
    assert skips_of(read(LINE.encode() * 100 + b"\xe6\n", "app.log")) == []


def test_an_empty_file_is_complete():
    """Nothing in it, nothing to skip."""
    assert read(b"", "empty.log") == []


def test_text_before_an_io_error_is_kept():
    """An I/O error in the middle ends the file with ``damaged`` after its readable part."""

    class Broken(io.BytesIO):
        def read1(self, size=-1):
            if self.tell() >= 1000:
                raise OSError(5, "Input/output error")
            return super().read1(min(size, 500))

    items = list(open_input(Broken(b"abcd\n" * 1000), Origin("app.log")))
    assert text_of(items) == "abcd\n" * 200
    assert skips_of(items) == [((), SkipReason.DAMAGED)]


def test_a_chunk_hides_its_text():
    """What is read never gets into a message by accident."""
    assert "13900001234" not in repr(read(LINE.encode(), "app.log"))
    assert isinstance(read(LINE.encode(), "app.log")[0], TextChunk)
