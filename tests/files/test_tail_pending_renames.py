"""Logs that are renamed before a listing shows them under their own name."""

from __future__ import annotations

import os

import pytest
from support.log_host import (
    UNSEEN,
    LogHost,
    create_and_rename,
    gap_kinds,
    let_idle,
    open_descriptors,
    rotate_and_read,
    set_mtime,
)
from support.ordinary_lines import without_privileges

from leakwatch.core.model import GapKind
from leakwatch.files.tail import (
    LINGER_SECONDS,
    UNSEEN_SECONDS,
)
from leakwatch.files.tail.pending_renames import MAX_HELD


@pytest.mark.parametrize("names", [["app.log.1"], ["app.log.1", "app.log.2", "app.log.3"], ["whatever"]])
def test_a_log_renamed_before_any_listing_is_read(host, names):
    """The events give its original name, so its current name need not match."""
    create_and_rename(host, *names)
    host.reconcile()
    assert host.pump() == [UNSEEN]
    host.settle()
    assert host.gaps == []
    assert [source.row.state for source in host.follower.sources] == ["rotated"]


def test_rename_events_may_arrive_after_the_listing(host):
    """A listing may be ahead of the events."""
    host.lines(1)
    host.reconcile()
    host.pump()
    rotated = host.directory / "app.log.1"
    rotated.write_text(UNSEEN + "\n")
    host.reconcile()
    assert host.pump() == []
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    host.reconcile()
    assert host.pump() == [UNSEEN]
    host.now += UNSEEN_SECONDS
    host.reconcile()
    assert host.gaps == []


def test_a_short_lived_copy_of_a_log_is_no_gap(host):
    """All it held had been read."""
    host.lines(30)
    host.reconcile()
    host.pump()
    copy = host.directory / "app.log.bak"
    copy.write_bytes(host.log.read_bytes()[:100])
    host.reconcile()
    copy.write_bytes(host.log.read_bytes())
    host.reconcile()
    copy.unlink()
    host.settle()
    assert host.gaps == []


def test_a_log_deleted_before_its_events_arrive_is_a_gap(host):
    """A listing showed it, and nothing of it can be read any more."""
    host.lines(1)
    host.reconcile()
    host.pump()
    rotated = host.directory / "app.log.1"
    for count in (1, 2):  # the second may have the inode of the first
        rotated.write_text(UNSEEN + "\n")
        host.reconcile()
        rotated.unlink()
        host.settle()
        host.now += LINGER_SECONDS
        host.settle()
        assert gap_kinds(host) == [GapKind.ROTATED] * count


def test_an_unseen_rotation_is_reported_once(host):
    """Even if one listing misses the file, because listings race with renames."""
    host.lines(1)
    host.reconcile()
    host.pump()
    rotated = host.directory / "app.log.1"
    rotated.write_text(UNSEEN + "\n")
    host.settle()
    away = rotated.rename(host.directory.with_name(f"{host.directory.name}-away"))
    host.reconcile()
    away.rename(rotated)
    for _ in range(3):
        host.settle()
        host.now += LINGER_SECONDS
    assert gap_kinds(host) == [GapKind.ROTATED]


def test_another_file_under_a_pending_name_is_not_pending(host):
    """Whether it was created there or moved there from a name that is no log."""
    host.lines(1)
    host.reconcile()
    host.pump()
    for number, old in enumerate([None, str(host.directory / "notes.txt")]):
        path = create_and_rename(host, f"app.log.{number}")
        path.unlink()
        path.write_text("not ours\n")
        host.follower.pending_renames.moved(old, str(path))
    host.settle()
    assert "not ours" not in host.read_lines


def test_nothing_is_pending_after_lost_events(host):
    """Names cannot be tracked any more, so an unknown rotated file is a gap."""
    host.lines(1)
    host.reconcile()
    host.pump()
    for number in range(2):
        rotated = host.directory / f"app.log.{number}"
        host.follower.pending_renames.moved(str(host.log), str(rotated))  # no file exists yet that could be opened
        rotated.write_text(f"{number}\n")
        if number == 1:
            host.follower.pending_renames.forget()
        host.settle()
    assert host.read_lines[1:] == ["0"]
    assert [(gap.kind, gap.path) for gap in host.gaps] == [(GapKind.ROTATED, str(rotated))]


def test_a_file_moved_out_or_back_is_not_pending(host):
    """Under its own name it is a log like any other."""
    path = create_and_rename(host, "app.log.1")
    host.follower.pending_renames.moved(str(path), None)
    assert str(path) not in host.follower.pending_renames
    host.follower.pending_renames.moved(str(host.log), str(path))
    host.follower.pending_renames.moved(str(path), str(host.log))
    path.rename(host.log)
    assert str(host.log) not in host.follower.pending_renames
    host.reconcile()
    assert host.pump() == [UNSEEN]


def test_a_pending_rename_of_an_old_file_is_ignored(tmp_path):
    """A file last written before the first start is not read because it was renamed."""
    host = LogHost(tmp_path, since=1_000.0)
    old = tmp_path / "app.log.1"
    old.write_text("old\n")
    set_mtime(old, 999)
    host.follower.pending_renames.moved(str(host.log), str(old))
    host.settle()
    assert host.read_lines == []
    host.follower.close()


def test_a_renamed_log_is_opened_at_once_and_read_after_its_deletion(host):
    """Nothing is opened if the name is gone when the event arrives."""
    before = open_descriptors()
    create_and_rename(host, "app.log.1", "app.log.2").unlink()
    assert open_descriptors() == before + 1
    host.follower.pending_renames.moved(str(host.log), str(host.directory / "app.log.1"))
    host.follower.pending_renames.moved(str(host.log), str(host.directory.parent / "app.log.1"))
    assert open_descriptors() == before + 1
    host.reconcile()
    assert host.pump() == [UNSEEN]
    host.settle()
    host.now += LINGER_SECONDS
    host.settle()
    assert open_descriptors() == before
    assert host.gaps == []


def test_a_listed_log_that_was_never_opened_is_opened_when_renamed(host):
    """Its name was known, its content was not."""
    host.lines(2)
    host.reconcile()
    rotated = host.log.rename(host.directory / "app.log.1")
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    rotated.unlink()
    host.reconcile()
    assert len(host.pump()) == 2
    assert host.gaps == []


def test_a_log_opened_by_event_and_by_listing_is_open_once(host):
    """Its name was still there in the end."""
    expected = host.lines(2)
    host.reconcile()
    rotated = host.log.rename(host.directory / "app.log.1")
    host.reconcile()
    before = open_descriptors()
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    assert open_descriptors() == before + 1
    assert host.pump() == expected
    host.reconcile()
    assert open_descriptors() == before + 1


def test_a_followed_log_is_not_reopened_when_renamed(host):
    """Open or idle, it is recognized by its inode."""
    rotate_and_read(host)
    let_idle(host)
    before = open_descriptors()
    host.follower.pending_renames.moved(str(host.log), f"{host.log}.1")
    for old, new in (("app.log.1", "app.log.2"), ("app.log", "app.log.1")):
        (host.directory / old).rename(host.directory / new)
        host.follower.pending_renames.moved(str(host.directory / old), str(host.directory / new))
    assert open_descriptors() == before
    host.reconcile()
    assert host.pump() == []
    assert [source.row.name for source in host.follower.sources] == [b"app.log.2", b"app.log.1"]


def test_an_idle_log_that_grew_is_opened_when_renamed(host):
    """Its new lines may be deleted before the next listing."""
    rotate_and_read(host)
    host.follower.pending_renames.moved(str(host.log), f"{host.log}.1")
    let_idle(host)
    with (host.directory / "app.log.1").open("a") as writer:
        writer.write("late\n")
    rotated = (host.directory / "app.log.1").rename(host.directory / "app.log.2")
    host.follower.pending_renames.moved(f"{host.log}.1", str(rotated))
    rotated.unlink()
    host.reconcile()
    assert host.pump() == ["late"]


@pytest.mark.parametrize("text", ["", "half a line"])
def test_an_open_log_without_whole_lines_is_not_reopened_when_renamed(host, text):
    """It has no head yet; that it is open identifies it."""
    host.log.write_text(text)
    host.reconcile()
    assert host.pump() == []
    before = open_descriptors()
    rotated = host.log.rename(host.directory / "app.log.1")
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    host.reconcile()
    assert open_descriptors() == before


def test_a_log_renamed_to_a_matching_name_is_opened_at_once(tmp_path):
    """It may be deleted before the next listing as well."""
    host = LogHost(tmp_path, "app.log*")
    create_and_rename(host, "app.log.1").unlink()
    host.reconcile()
    assert host.pump() == [UNSEEN]
    host.follower.close()


@pytest.mark.parametrize("age", range(3))
def test_a_renamed_log_may_have_the_inode_of_a_deleted_one(host, age):
    """Of one that is open, stored, or a tombstone."""
    create_and_rename(host, "app.log.1")
    host.reconcile()
    assert host.pump() == [UNSEEN]
    if age:
        host.crash()  # closes every log
    (host.directory / "app.log.1").unlink()
    if age == 2:
        host.settle()
    lines = []
    for number in range(5):
        lines.append(f"other content {number}")
        path = host.directory / "begun"
        path.write_text(lines[-1] + "\n")
        path.rename(host.log)
        rotated = host.log.rename(host.directory / "app.log.1")
        host.follower.pending_renames.moved(str(host.log), str(rotated))
        rotated.unlink()
        host.reconcile()
        host.pump()
    host.settle()
    assert host.read_lines[1:] == lines


def test_a_renamed_log_that_is_found_again_is_one_log(host):
    """By the listing after its event, or when it comes back after it was gone."""
    path = create_and_rename(host, "app.log.1")
    host.follower.pending_renames.moved(str(path), str(path))
    before = open_descriptors()
    host.reconcile()
    assert host.pump() == [UNSEEN]
    assert open_descriptors() == before
    away = path.rename(host.directory.with_name(f"{host.directory.name}-away"))
    host.settle()
    host.now += LINGER_SECONDS
    host.settle()
    assert host.follower.sources == []
    away.rename(path)
    host.follower.pending_renames.moved(str(host.log), str(path))
    host.settle()
    assert host.read_lines == [UNSEEN]


def test_renamed_copies_and_compressed_files_are_not_read(host):
    """The same rules apply as to every new log."""
    host.lines(50)
    host.reconcile()
    host.pump()
    before = open_descriptors()
    for name, content in (("app.log.1", host.log.read_bytes()[:200]), ("app.log.1.gz", b"compressed")):
        (host.directory / name).write_bytes(content)
        host.follower.pending_renames.moved(str(host.log), str(host.directory / name))
    host.reconcile()
    assert host.pump() == []
    assert open_descriptors() == before
    assert host.follower.compressed == 1


def test_renamed_logs_held_open_are_limited(host):
    """Of the others the names are kept. After the end nothing is opened."""
    before = open_descriptors()
    for number in range(MAX_HELD + 10):
        path = host.directory / f"{number}"
        path.write_text(f"{number}\n")
        host.follower.pending_renames.moved(str(host.log), str(path))
    assert open_descriptors() == before + MAX_HELD
    host.reconcile()
    assert len(host.pump()) == MAX_HELD + 10
    path.with_name("another").write_text("another\n")
    host.follower.pending_renames.moved(str(host.log), str(path.with_name("another")))
    host.follower.close()
    assert open_descriptors() == before
    path.with_name("late").write_text("late\n")
    host.follower.pending_renames.moved(str(host.log), str(path.with_name("late")))
    assert open_descriptors() == before


def test_a_renamed_log_that_cannot_be_stored_is_closed_and_found_later(host, monkeypatch):
    """A full disk leaks no descriptor."""
    before = open_descriptors()
    create_and_rename(host, "app.log.1")
    with monkeypatch.context() as patched:
        patched.setattr(host.follower._new_logs, "save", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            host.reconcile()
    assert open_descriptors() == before
    host.reconcile()
    assert host.pump() == [UNSEEN]


def test_a_renamed_log_that_may_not_be_read_is_reported(host):
    """As under any other name."""
    create_and_rename(host).chmod(0)
    path = host.log.rename(host.directory / "app.log.1")

    def work():
        host.follower.pending_renames.moved(str(host.log), str(path))
        host.reconcile()
        return host.pump()

    assert without_privileges(work) == []
    assert list(host.follower.denied) == [str(path)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_renamed_hard_link_to_a_foreign_file_is_not_followed(host):
    """As under any other name."""
    create_and_rename(host)
    host.directory.with_name(f"{host.directory.name}-another").hardlink_to(host.log)
    os.chown(host.log, 12_345, -1)
    path = host.log.rename(host.directory / "app.log.1")
    host.follower.pending_renames.moved(str(host.log), str(path))
    host.settle()
    assert host.read_lines == []
    assert host.follower.foreign == {str(path): str(host.directory)}
