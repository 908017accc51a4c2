"""Lines appended to a log."""

from __future__ import annotations

import os

from support.log_host import (
    LogHost,
    read_texts,
)

from leakwatch.core.file_id import FileId
from leakwatch.files.tail import (
    TURN_BYTES,
)
from leakwatch.files.tail.follower import BATCH_BYTES


def test_line_numbers_continue_after_a_restart(host):
    """The first line of a batch has its number in the file."""
    host.lines(3)
    host.reconcile()
    assert [number for number, _, _ in read_texts(host.follower)] == [1]
    host.lines(2)
    host.crash()
    [(number, column, text)] = read_texts(host.follower)
    assert (number, column, text.count("\n")) == (4, 1, 2)


def test_nothing_is_read_without_new_lines(host):
    """Files whose names do not match are not followed either."""
    host.lines(2)
    (host.directory / "other.txt").write_text("not a log\n")
    host.reconcile()
    assert len(host.pump()) == 2
    host.follower.poll()
    host.reconcile()
    assert host.pump() == []
    assert len(host.follower.sources) == 1


def test_a_hint_about_a_followed_log_needs_no_listing(host):
    """Name and inode must both match; any other hint requires a listing of the directory."""
    host.lines(1)
    host.reconcile()
    host.pump()
    stat = host.log.stat()
    host.lines(1)
    assert host.follower.touch(str(host.log), FileId(stat.st_dev, stat.st_ino))
    assert len(host.pump()) == 1
    assert not host.follower.touch(str(host.log), FileId(stat.st_dev, stat.st_ino + 1))
    assert not host.follower.touch(f"{host.log}.1", FileId(stat.st_dev, stat.st_ino))


def test_a_fast_log_does_not_starve_others(tmp_path):
    """Each log gets one turn until enough is gathered."""
    host = LogHost(tmp_path)
    line = "x" * 1023 + "\n"
    (tmp_path / "a.log").write_text(line * 3000)
    (tmp_path / "b.log").write_text(line)
    host.reconcile()
    first = [len(batch.chunk.data) for batch in host.follower.read(2 * TURN_BYTES)]
    assert sorted(first) == [1024, TURN_BYTES]
    assert len(list(host.follower.read(1))) == 1
    host.follower.close()


def test_a_truncated_log_is_read_again_in_the_same_turn(host):
    """Its file may be deleted in a moment, and only an open file can be read then."""
    host.lines(1)
    host.reconcile()
    host.pump()
    os.truncate(host.log, 0)
    [line] = host.lines(1)
    host.reconcile()
    assert [batch.chunk.data.decode() for batch in host.follower.read()] == [f"{line}\n"]


def test_a_read_of_many_small_logs_is_bounded(tmp_path):
    """Everything gathered is stored in one transaction, which blocks other writers."""
    host = LogHost(tmp_path)
    for number in range(200):
        (tmp_path / f"{number}.log").write_text("x\n")
    host.reconcile()
    assert len(list(host.follower.read(TURN_BYTES))) == TURN_BYTES // BATCH_BYTES
    host.crash()
    assert len(host.pump()) == 200
    host.follower.close()


def test_lines_that_were_not_accepted_are_read_again(host):
    """Reading does not move the offset; accepting does."""
    host.lines(2)
    host.reconcile()
    assert len(list(host.follower.read())) == 1
    host.crash()
    assert len(host.pump()) == 2
