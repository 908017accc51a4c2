"""Deleted logs."""

from __future__ import annotations

import shutil

from support.log_host import (
    LogHost,
    gap_kinds,
    open_descriptors,
)

from leakwatch.core.model import GapKind
from leakwatch.files.tail import (
    LINGER_SECONDS,
)


def test_a_deleted_log_is_read_to_its_end_and_then_closed(host):
    """Its writer may still have it open. A minute after the last line its disk space is released."""
    host.lines(2)
    host.reconcile()
    host.pump()
    with host.log.open("a") as writer:
        host.log.unlink()
        for number in range(3):
            writer.write(f"after the end {number}\n")
            writer.flush()
            host.settle()
    assert host.read_lines[2:] == [f"after the end {number}" for number in range(3)]
    opened = open_descriptors()
    host.now += LINGER_SECONDS
    host.reconcile()
    assert open_descriptors() == opened - 1
    assert host.follower.sources == []
    assert host.gaps == []


def test_a_log_deleted_before_it_could_be_read_is_a_gap(host):
    """A listing showed it, and it was gone before it was opened."""
    host.lines(5)
    host.reconcile()
    host.log.unlink()
    host.settle()
    assert host.pump() == []
    assert gap_kinds(host) == [GapKind.DELETED]


def test_a_log_is_not_gone_because_one_listing_misses_it(host):
    """Listings race with renames."""
    host.lines(1)
    host.reconcile()
    host.pump()
    away = host.directory.parent / f"{host.directory.name}-away"
    host.log.rename(away)
    host.reconcile()
    away.rename(host.log)
    added = host.lines(1)
    host.reconcile()
    assert host.pump() == added
    assert [source.row.state for source in host.follower.sources] == ["live"]


def test_another_file_under_the_name_of_a_log_is_not_opened(host):
    """A link or another file may take its place between listing and opening."""
    host.lines(1)
    host.reconcile()
    secret = host.directory.parent / f"{host.directory.name}-secret"
    secret.write_text("not for us\n")
    host.log.unlink()
    host.log.symlink_to(secret)
    assert host.pump() == []
    secret.rename(host.log)
    host.follower.sources[0].dirty = True
    assert host.pump() == []


def test_a_removed_root_leaks_no_descriptor(tmp_path):
    """Nothing can be opened below it, and nothing stays open."""
    room = tmp_path / "room"
    room.mkdir()
    host = LogHost(room)
    host.lines(1)
    host.reconcile()
    shutil.rmtree(room)
    assert host.pump() == []
    host.settle()
    assert gap_kinds(host) == [GapKind.DELETED]
