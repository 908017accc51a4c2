"""Encodings are recognised, and decoding never cuts a character."""

import codecs
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.text.charset import SAMPLE_BYTES, Transcoder, canonical, looks_binary, sniff, split_lines

SIMPLIFIED = "姓名,手机号码,身份证号\n测试甲,13900001234,无\n地址：北京市海淀区某某路1号\n"
TRADITIONAL = "姓名,手機號碼,身分證字號\n測試甲,0912000000,無\n地址：台北市信義區某某路1號\n"
CHARACTERS = st.characters(codec="gb18030", exclude_characters="\ufeff", exclude_categories=["Cs", "Cc", "Co", "Cn"])
ENCODINGS = ["utf-8", "gb18030", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "utf-8-sig"),
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "utf-16-le"),
        (SIMPLIFIED, "utf-16-be"),
        (TRADITIONAL, "big5hkscs"),
        (TRADITIONAL, "gb18030"),
        (TRADITIONAL, "utf-8"),
        ("姓名", "gb18030"),
        ("手機號碼", "big5hkscs"),
        ("plain ASCII\n", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_sniff_names_the_encoding_a_text_was_written_in(text, encoding):
    """Simplified and traditional forms are recognised in every encoding we read, even when short."""
    assert sniff(text.encode(encoding), at_end=True) == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5hkscs", "utf-16-le"])
def test_sniff_does_not_mind_a_cut_tail(encoding):
    """A head that ends inside a character is judged by what is whole in it."""
    raw = TRADITIONAL.encode(encoding)
    for cut in range(60, 70):
        assert sniff(raw[:cut], at_end=False) == encoding


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ],
)
def test_a_byte_order_mark_wins_and_is_dropped(mark, encoding):
    """The mark decides, whatever follows, and is no part of the text."""
    raw = mark + SIMPLIFIED.encode(encoding.removesuffix("-sig"))
    assert sniff(raw, at_end=True) == encoding
    assert Transcoder().stream(raw, final=True).decode() == SIMPLIFIED
    assert split_lines("auto", raw).utf8.decode() == SIMPLIFIED


def test_one_torn_character_does_not_turn_a_utf8_log_into_gb18030():
    """Most lines decide, and the torn place is counted."""
    raw = SIMPLIFIED.encode() + "手".encode()[:2] + b"\n" + SIMPLIFIED.encode()
    assert sniff(raw, at_end=True) == "utf-8"
    transcoder = Transcoder()
    assert transcoder.stream(raw, final=True).decode() == SIMPLIFIED + "\ufffd\n" + SIMPLIFIED
    assert transcoder.errors == 1


def test_the_detector_library_is_asked_only_when_the_characters_do_not_tell():
    """Text without a common character falls back to the tie-break, and then to GB18030."""
    assert sniff("㐀13900001234".encode("gb18030"), at_end=True) == "gb18030"
    assert sniff("囍囍囍囍囍囍囍囍".encode("big5"), at_end=True) in {"big5hkscs", "gb18030"}


def test_a_four_byte_character_does_not_touch_the_number_after_it():
    """The last byte of 㐀 in GB18030 is an ASCII digit; in the output it is not."""
    assert split_lines("gb18030", "㐀13900001234\n".encode("gb18030")).utf8 == "㐀13900001234\n".encode()


def cut(raw, cuts):
    edges = [0, *sorted(at % (len(raw) + 1) for at in cuts), len(raw)]
    return [raw[start:end] for start, end in pairwise(edges)]


@given(text=st.text(CHARACTERS), encoding=st.sampled_from(ENCODINGS), cuts=st.lists(st.integers(0, 10**6), max_size=8))
def test_a_named_encoding_comes_out_the_same_however_it_is_cut(text, encoding, cuts):
    """Blocks may end anywhere, also inside a character."""
    transcoder = Transcoder(encoding)
    output = b"".join(transcoder.stream(part) for part in cut(text.encode(encoding), cuts))
    assert (output + transcoder.stream(b"", final=True)).decode() == text
    assert transcoder.errors == 0


@given(raw=st.binary(max_size=300), plain=st.integers(0, 3), cuts=st.lists(st.integers(0, 10**6), max_size=8))
def test_what_is_guessed_does_not_depend_on_the_cuts(raw, plain, cuts):
    """For any bytes, also nonsense, after any amount of ASCII, one block and many blocks give the same."""
    raw = b"ascii line\n" * (plain * SAMPLE_BYTES // 16) + raw
    whole, parts = Transcoder(), Transcoder()
    expected = whole.stream(raw, final=True)
    output = b"".join(parts.stream(part) for part in cut(raw, cuts))
    assert output + parts.stream(b"", final=True) == expected
    assert (parts.errors, parts.encoding) == (whole.errors, whole.encoding)
    expected.decode()


def test_chinese_that_begins_late_in_an_english_log_is_still_recognised():
    """The decision waits for the first byte that is not ASCII."""
    raw = b"INFO started\n" * 20_000 + SIMPLIFIED.encode("gb18030")
    transcoder = Transcoder()
    blocks = [raw[at : at + 65536] for at in range(0, len(raw), 65536)]
    output = b"".join(transcoder.stream(block) for block in blocks) + transcoder.stream(b"", final=True)
    assert output.endswith(SIMPLIFIED.encode())
    assert transcoder.encoding == "gb18030"


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-8-sig", "big5hkscs"])
def test_split_lines_takes_whole_lines_and_reports_how_many_bytes_they_were(encoding):
    """A follower continues exactly after the last newline, also where a newline byte is half of a character."""
    text = "上線\n上上\n" if encoding == "big5hkscs" else "上线\n上上\n"
    whole = text.encode(encoding)
    raw = whole + "上未完".encode(encoding.removesuffix("-sig"))
    assert split_lines(encoding, raw) == (text.encode(), len(whole), 0)
    assert split_lines(encoding, raw[:3]).consumed == 0


@given(text=st.text(CHARACTERS | st.just("\n")), encoding=st.sampled_from(ENCODINGS), at=st.integers(0, 10**6))
def test_following_a_growing_file_gives_the_whole_file(text, encoding, at):
    """Whatever had been written at the first look, the second look completes it."""
    raw = text.encode(encoding)
    first = split_lines(encoding, raw[: at % (len(raw) + 1)])
    second = split_lines(encoding, raw[first.consumed :], force=True)
    assert first.utf8 + second.utf8 == text.encode()
    assert first.consumed + second.consumed == len(raw)


def test_a_newline_across_two_wide_characters_is_none():
    """The bytes of a newline also appear as the end of one character and the beginning of the next."""
    raw = "甲\nਅ一".encode("utf-16-le")
    assert split_lines("utf-16-le", raw) == ("甲\n".encode(), 4, 0)
    assert split_lines("utf-16-le", "ਅ一".encode("utf-16-le")).consumed == 0


def test_force_leaves_an_unfinished_character():
    """The last line is taken without its newline, but no half character."""
    raw = "甲乙".encode("gb18030")
    assert split_lines("gb18030", raw[:-1], force=True) == ("甲".encode(), 2, 0)


def test_split_lines_guesses_from_the_lines_alone():
    """``auto`` recognises GB18030 and unmarked UTF-16 in the bytes at hand."""
    for encoding in ("gb18030", "utf-16-le"):
        assert split_lines("auto", SIMPLIFIED.encode(encoding)).utf8.decode() == SIMPLIFIED


def test_undecodable_bytes_are_replaced_and_counted():
    """Two bad bytes are two losses, and the digits around them stay."""
    assert split_lines("utf-8", b"a\xff139\xfe\n") == ("a\ufffd139\ufffd\n".encode(), 7, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AUTO", "auto"),
        ("GBK", "gb18030"),
        ("gb2312", "gb18030"),
        ("Big5", "big5hkscs"),
        ("UTF8", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf_16_be", "utf-16-be"),
        ("latin-1", "iso8859-1"),
    ],
)
def test_names_of_encodings_are_widened(name, expected):
    """A narrow name means the wider encoding that reads every file of it."""
    assert canonical(name) == expected


@pytest.mark.parametrize("name", ["klingon", "utf-32", "iso2022_jp", "hz", "utf-7", "base64", "cp037"])
def test_encodings_that_cannot_be_cut_at_newlines_are_refused(name):
    """An unknown or stateful encoding is an error, not a guess."""
    with pytest.raises(LookupError):
        canonical(name)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"text\n",
        SIMPLIFIED.encode("gb18030"),
        SIMPLIFIED.encode("utf-16-le"),
        TRADITIONAL.encode("big5"),
        b"\0" * 4096 + b"after a hole\n",
        b"8=FIX.4.4\x019=120\x0135=D\x01" * 9,
        b"\x1b[32mgreen\x1b[0m\n",
        b"\xff\xfe",
    ],
)
def test_text_is_not_binary(head):
    """Every encoding, holes of truncated logs, separators of Hive and FIX, and colours are text."""
    assert not looks_binary(head)


@pytest.mark.parametrize(
    "head", [bytes(range(256)) * 4, b"\x01\0\0\0\x07\0\0\0name\0\0\0\0\xff" * 9, b"\x0e\x0f\x10" * 9]
)
def test_binary_is_not_text(head):
    """Scattered NULs and controls are no text."""
    assert looks_binary(head)
