"""Logs in encodings other than UTF-8."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.log_host import (
    LogHost,
)

TEXT = "2026-01-01 信息 客户手机号：13900001234，姓名：测试\n"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "big5hkscs"])
@pytest.mark.parametrize("restart", [False, True])
def test_a_log_in_any_usual_encoding_is_followed(tmp_path, encoding, restart):
    """The encoding is detected once and kept across a restart; a byte order mark is not part of a line."""
    text = TEXT if encoding != "big5hkscs" else "2026-01-01 客戶手機號碼：13900001234，姓名：測試\n"
    host = LogHost(tmp_path)
    host.log.write_bytes((text * 3).encode(encoding))
    host.reconcile()
    host.pump()
    if restart:
        host.crash()
    more = (text * 2).encode(encoding).removeprefix(b"\xff\xfe" if encoding == "utf-16" else b"")
    with host.log.open("ab") as log:
        log.write(more.removeprefix(b"\xef\xbb\xbf") if encoding == "utf-8-sig" else more)
    host.reconcile()
    host.settle()
    assert host.read_lines == [text.rstrip("\n")] * 5
    host.follower.close()


def test_the_encoding_is_detected_from_the_first_non_ascii_line(tmp_path):
    """ASCII lines before it reveal nothing."""
    host = LogHost(tmp_path)
    host.log.write_bytes(b"INFO nothing to see here\n" * 5000 + TEXT.encode("gb18030") * 3)
    host.reconcile()
    host.pump()
    assert host.read_lines[-1] == TEXT.rstrip("\n")
    host.follower.close()


def test_a_partial_character_does_not_fix_the_encoding(tmp_path):
    """It could be of any encoding; the whole lines before it are ASCII."""
    host = LogHost(tmp_path)
    text = TEXT.encode("gb18030")
    first = next(at for at, byte in enumerate(text) if byte > 127)
    host.log.write_bytes(b"INFO nothing to see here\n" + text[: first + 1])
    host.reconcile()
    assert host.pump() == ["INFO nothing to see here"]
    with host.log.open("ab") as log:
        log.write(text[first + 1 :] + text * 3)
    host.follower.poll()
    assert host.pump() == [TEXT.rstrip("\n")] * 4
    assert [row.encoding for row in host.stored.values()] == ["gb18030"]
    host.follower.close()


def test_a_configured_encoding_is_used_as_it_is(tmp_path):
    """The operator knows."""
    host = LogHost(tmp_path, encoding="big5")
    text = "手機號碼"
    host.log.write_bytes(f"{text}\n".encode("big5"))
    host.reconcile()
    assert host.pump() == [text]
    host.follower.close()


def test_undecodable_bytes_are_counted_and_the_line_is_read(host):
    """A broken character does not cost the line."""
    host.log.write_bytes(TEXT.encode() + b"mobile=13900001234 \xff\xfe broken\n")
    host.reconcile()
    [batch] = host.follower.read()
    assert batch.decode_errors == 2
    assert b"mobile=13900001234" in batch.chunk.data


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(st.integers(1, 400), min_size=1, max_size=12),
    encoding=st.sampled_from(["gb18030", "utf-8", "utf-16-le"]),
)
@example(pieces=[1, 1, 10], encoding="gb18030")  # one byte of the first character
def test_lines_do_not_depend_on_where_writes_end(tmp_path_factory, pieces, encoding):
    """A write may end in the middle of a character."""
    directory = tmp_path_factory.mktemp("logs")
    host = LogHost(directory)
    data = (TEXT * 20).encode(encoding)
    at = 0
    for piece in [*pieces, len(data)]:
        with host.log.open("ab") as log:
            log.write(data[at : at + piece])
        at += piece
        host.reconcile()
        host.follower.poll()
        host.pump()
    assert host.read_lines == [TEXT.rstrip("\n")] * 20
    host.follower.close()
