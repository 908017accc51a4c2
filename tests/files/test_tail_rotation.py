"""Rename rotation, copytruncate and reused inodes."""

from __future__ import annotations

import os

import pytest
from support.log_host import (
    LogHost,
    gap_kinds,
)

from leakwatch.core.model import GapKind
from leakwatch.files.tail import (
    COPY_SECONDS,
    LINGER_SECONDS,
    ORPHAN_SECONDS,
    UNSEEN_SECONDS,
)


def test_a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_beginning(host):
    """The application may write to the renamed file until it reopens its log."""
    before = host.lines(3)
    host.reconcile()
    host.pump()
    with host.log.open("a") as still_open:
        host.rotate()
        still_open.write("a late line\n")
    after = host.lines(2)
    host.reconcile()
    assert sorted(host.pump()) == sorted(["a late line", *after])
    assert host.read_lines[:3] == before
    assert host.gaps == []


def test_a_log_rotated_while_the_daemon_is_down_is_recognized(host):
    """Its unread lines are read from the renamed file, and none is read twice."""
    host.lines(5)
    host.reconcile()
    host.pump()
    expected = host.lines(2)
    host.follower.close()
    host.rotate()
    host.log.unlink()
    (host.directory / "app.log.1").rename(host.directory / "app.log.2")
    expected += host.lines(4)
    host.start()
    assert sorted(host.pump()) == sorted(expected)


def test_a_log_that_was_moved_away_and_back_continues(host):
    """Also after a restart in between."""
    host.lines(3)
    host.reconcile()
    host.pump()
    away = host.directory.parent / f"{host.directory.name}-away"
    host.log.rename(away)
    host.settle()
    host.now += LINGER_SECONDS
    host.settle()
    assert host.follower.sources == []
    host.crash()
    away.rename(host.log)
    added = host.lines(1)
    host.reconcile()
    assert host.pump() == added
    [row] = host.stored.values()
    assert (row.state, row.gone_at, row.name) == ("live", None, b"app.log")


def test_a_log_created_and_rotated_unseen_is_reported(host):
    """The gap explains the fix. Copies of followed logs, empty files and compressed files are no loss."""
    host.lines(30)
    host.reconcile()
    host.pump()
    host.crash()
    later = (host.directory / "app.log").stat().st_mtime + 10_000
    for name, text in (
        ("app.log.1", "lines that nobody saw under their own name\n" * 30),
        ("app.log.2", ""),
        ("app.log.3", host.log.read_text()),
        ("app.log.4.gz", "x"),
        ("other.log.1", "of no log that is followed\n"),
        ("app.log.5", "older than the last time anybody looked\n"),
    ):
        (host.directory / name).write_text(text)
        os.utime(host.directory / name, (later, later) if name != "app.log.5" else (1, 1))
    host.reconcile()
    assert gap_kinds(host) == [], "the rename events may still arrive"
    host.now += UNSEEN_SECONDS
    host.reconcile()
    host.reconcile()
    assert gap_kinds(host) == [GapKind.ROTATED]
    assert host.gaps[0].path == f"{host.log}.1"
    assert "add its rotated names to paths (such as app.log*)" in host.gaps[0].detail


def test_a_copy_that_appears_before_the_truncation_is_not_a_new_log(tmp_path):
    """If rotated names match as well, an unfinished copy must not be read from its beginning."""
    host = LogHost(tmp_path, "app.log*")
    host.lines(50)
    host.reconcile()
    host.pump()
    content = host.log.read_bytes()
    copy = tmp_path / "app.log.1"
    copy.write_bytes(content[:600])
    host.reconcile()
    assert host.pump() == []
    assert host.follower.unsettled
    copy.write_bytes(content)
    os.truncate(host.log, 0)
    host.reconcile()
    added = host.lines(2)
    host.settle()
    assert host.read_lines[-2:] == added
    assert len(host.read_lines) == 52
    assert not host.follower.unsettled
    another = tmp_path / "app.log.2"
    another.write_bytes(host.log.read_bytes()[:20])
    host.reconcile()
    assert host.follower.unsettled
    another.unlink()
    host.reconcile()
    assert not host.follower.unsettled
    host.follower.close()


def test_a_file_that_only_begins_like_a_followed_log_is_read_later(tmp_path):
    """Two logs share a header: the shorter one waits for COPY_SECONDS, then it is a log of its own."""
    host = LogHost(tmp_path)
    header = "# the same header in every log of this application\n" * 40
    (tmp_path / "app.log").write_text(header + "first\n" * 50)
    host.reconcile()
    host.pump()
    (tmp_path / "app-2.log").write_text(header)
    host.reconcile()
    assert host.pump() == []
    host.now += COPY_SECONDS
    host.reconcile()
    assert len(host.pump()) == 40
    (tmp_path / "c.log").write_text(header + "first\n" * 90)
    host.reconcile()
    assert len(host.pump()) == 130, "a file outside the rotation family is no copy"
    host.follower.close()


def test_a_truncation_is_a_gap_only_if_lines_were_unread(host):
    """After a copy or without one."""
    host.lines(5)
    host.reconcile()
    host.pump()
    host.copytruncate()
    host.settle()
    assert host.gaps == []
    host.lines(3)
    host.reconcile()
    host.pump()
    host.lines(2)
    host.follower.poll()
    size = host.log.stat().st_size
    host.follower.sources[-1].size = size  # its growth was noticed but not read …
    os.truncate(host.log, 0)  # … before it was truncated without a copy
    host.settle()
    host.now += ORPHAN_SECONDS
    host.settle()
    assert gap_kinds(host) == [GapKind.TRUNCATED]
    [gap] = host.gaps
    assert gap.path == str(host.log)
    assert gap.closed_at == gap.opened_at
    assert "bytes of a log were gone before they could be read" in gap.detail


def test_a_truncated_log_that_grew_to_the_same_size_is_detected(host):
    """By its anchor, the bytes before the offset."""
    host.lines(3)
    host.reconcile()
    host.pump()
    size = host.log.stat().st_size
    fresh = "other content of the same length".ljust(size - 1, ".") + "\n"
    with host.log.open("r+") as log:
        log.truncate(0)
        log.write(fresh)
    os.utime(host.log, ns=(0, host.log.stat().st_mtime_ns + 10**9))  # later than the last read
    host.follower.poll()
    host.settle()
    assert host.read_lines[-1] == fresh.rstrip()


def test_a_truncation_while_the_daemon_is_down_is_detected(host):
    """Even if the log has the same header and grew past the stored offset."""
    header = "# header\n" * 500
    host.log.write_text(header + "old\n" * 100)
    host.reconcile()
    host.pump()
    host.follower.close()
    with host.log.open("r+") as log:
        log.truncate(0)
        log.write(header + "line of the new generation\n" * 100)
    host.start()
    host.settle()
    assert host.read_lines.count("line of the new generation") == 100


def test_a_reused_inode_is_a_new_log(tmp_path):
    """The file system may give the inode of a deleted file to the next one."""
    host = LogHost(tmp_path)
    reused = 0
    for number in range(40):
        host.follower.close()
        host.stored.clear()
        host.read_lines.clear()
        host.seen.clear()
        host.log.unlink(missing_ok=True)
        host.log.write_text(f"old content {number}\n" * 3)
        inode = host.log.stat().st_ino
        host.start()
        host.pump()
        host.follower.close()
        host.log.unlink()
        host.log.write_text(f"new content {number}, which is longer than the old one\n" * 3)
        reused += host.log.stat().st_ino == inode
        host.start()
        host.settle()
        assert len(host.read_lines) == 6, host.read_lines
    host.follower.close()
    if not reused:
        pytest.skip("this file system does not reuse inodes at once")
