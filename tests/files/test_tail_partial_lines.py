"""Partial lines and lines longer than a turn."""

from __future__ import annotations

from support.log_host import (
    LogHost,
    read_texts,
)

from leakwatch.files.tail import (
    OVERLAP_BYTES,
    PARTIAL_SECONDS,
    TURN_BYTES,
)


def test_a_partial_line_is_scanned_once_and_the_offset_stays_before_it(host):
    """After five quiet seconds, again only when it has grown, and as a whole when it is complete."""
    host.lines(1)
    [half] = host.lines(1, end="")
    host.reconcile()
    assert len(host.pump()) == 1
    host.follower.poll()
    host.pump()
    assert list(host.follower.partials()) == []
    host.now += PARTIAL_SECONDS
    host.follower.poll()
    assert host.pump() == []
    [partial] = host.follower.partials()
    assert (partial.chunk.data.decode(), partial.partial, partial.chunk.first_line) == (half, True, 2)
    offset = host.follower.sources[0].row.offset
    host.follower.accept(partial)
    assert host.follower.sources[0].row.offset == offset
    host.now += 60
    host.reconcile()
    host.follower.poll()
    host.pump()
    assert list(host.follower.partials()) == []
    with host.log.open("a") as log:
        log.write(" and more")
    host.follower.poll()
    host.pump()
    host.now += PARTIAL_SECONDS
    host.follower.poll()
    host.pump()
    assert [batch.chunk.data.decode() for batch in host.follower.partials()] == [f"{half} and more"]
    with host.log.open("a") as log:
        log.write(".\n")
    host.follower.poll()
    assert host.pump() == [f"{half} and more."]


def test_a_line_longer_than_a_turn_is_cut_with_overlap(tmp_path):
    """No value is lost at a cut, and columns continue across it."""
    host = LogHost(tmp_path)
    value = "13900001234"
    line = bytearray(b"." * (3 * TURN_BYTES))
    starts = [0, TURN_BYTES - 5, TURN_BYTES - OVERLAP_BYTES - 5, 2 * TURN_BYTES - OVERLAP_BYTES - 6, len(line) - 11]
    for start in starts:
        line[start : start + 11] = value.encode()
    host.log.write_bytes(bytes(line) + b"\nnext\n")
    host.reconcile()
    found = set()
    *parts, last = read_texts(host.follower)
    for number, column, text in (*parts, last):
        at = text.find(value)
        while at >= 0:
            if number == 1:
                found.add(column + at)
            at = text.find(value, at + 1)
    assert found == {start + 1 for start in starts}
    assert {number for number, _, _ in parts} == {1}
    assert last[2].endswith("\nnext\n")
    assert read_texts(host.follower) == []
    host.follower.close()
