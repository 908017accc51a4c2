"""Backlog, starting at the end, and compressed files."""

from __future__ import annotations

import os

from support.log_host import (
    LogHost,
    read_texts,
)
from support.ordinary_lines import without_privileges


def test_content_from_before_the_first_start_is_backlog(tmp_path):
    """Lines appended later are not, though they are in the same file."""
    (tmp_path / "app.log").write_text("old\n" * 3)
    os.utime(tmp_path / "app.log", (500, 500))
    host = LogHost(tmp_path, since=1000.0)
    [batch] = host.follower.read()
    assert batch.backlog
    host._save(batch.after)
    host.follower.accept(batch)
    host.lines(1)
    host.reconcile()
    [batch] = host.follower.read()
    assert not batch.backlog
    (tmp_path / "new.log").write_text("new\n")
    host.reconcile()
    assert [batch.backlog for batch in host.follower.read()] == [False, False]
    host.follower.close()


def test_starting_at_the_end_skips_and_counts_existing_content(tmp_path):
    """Its lines are counted to keep line numbers right; later files are read whole."""
    (tmp_path / "app.log").write_text("old\n" * 300)
    os.utime(tmp_path / "app.log", (500, 500))
    host = LogHost(tmp_path, since=1000.0, from_end=True)
    host.written = 300
    added = host.lines(1)
    host.reconcile()
    assert read_texts(host.follower) == [(301, 1, f"{added[0]}\n")]
    assert host.follower.skipped_bytes == 1200
    (tmp_path / "new.log").write_text("new\n")
    host.reconcile()
    assert read_texts(host.follower) == [(1, 1, "new\n")]
    host.crash()
    assert read_texts(host.follower) == []
    host.follower.close()


def test_starting_at_the_end_of_an_unreadable_log_reads_it_later(tmp_path):
    """Where its end was is unknown, so nothing is skipped."""
    (tmp_path / "app.log").write_text("old\n")
    os.utime(tmp_path / "app.log", (500, 500))
    (tmp_path / "app.log").chmod(0)
    host = without_privileges(lambda: LogHost(tmp_path, since=1000.0, from_end=True))
    (tmp_path / "app.log").chmod(0o600)
    host.reconcile()
    assert host.pump() == ["old"]
    host.follower.close()


def test_compressed_files_are_counted_and_not_followed(tmp_path):
    """A rotated log is not read again because it was compressed."""
    host = LogHost(tmp_path, "app.log*")
    (tmp_path / "app.log.2.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "app.log.3.zst").write_bytes(b"\x28\xb5")
    host.reconcile()
    host.reconcile()
    assert host.follower.compressed == 2
    assert host.follower.sources == []
