"""Idle logs are closed and reopened."""

from __future__ import annotations

import pytest
from support.log_host import (
    LogHost,
    is_open,
    let_idle,
    open_descriptors,
    rotate_and_read,
    set_mtime,
)

from leakwatch.core.file_id import FileId
from leakwatch.files.tail import (
    IDLE_SECONDS,
    LINGER_SECONDS,
    log_identity,
)


@pytest.mark.parametrize("pattern", ["*.log", "app.log*"])
def test_an_idle_rotated_log_is_closed_and_continues_when_it_grows(tmp_path, pattern):
    """Whether or not its name matches. The current log stays open, however quiet it is."""
    host = LogHost(tmp_path, pattern)
    rotated = tmp_path / "app.log.1"
    rotate_and_read(host)
    before = open_descriptors()
    host.now += IDLE_SECONDS - 1
    host.follower.poll()
    assert open_descriptors() == before
    host.now += 1
    host.follower.poll()
    assert open_descriptors() == before - 1
    assert is_open(host, host.log)
    host.reconcile()
    assert host.pump() == []
    for number in range(2):  # a writer that does not know of the rotation
        with rotated.open("a") as writer:
            writer.write(f"late {number}\n")
        set_mtime(rotated, 2_000 + number)
        host.reconcile()
        assert host.pump() == [f"late {number}"]
        assert is_open(host, rotated)
        let_idle(host)
        assert [is_open(host, path) for path in (rotated, host.log)] == [False, True]
    assert host.gaps == []
    host.follower.close()


def test_a_hint_reopens_an_idle_log(host):
    """No listing is needed, because name and inode are known."""
    rotate_and_read(host)
    let_idle(host)
    rotated = host.directory / "app.log.1"
    with rotated.open("a") as writer:
        writer.write("late\n")
    stat = rotated.stat()
    assert host.follower.touch(str(rotated), FileId(stat.st_dev, stat.st_ino))
    assert host.pump() == ["late"]


def test_of_logs_with_dated_names_the_latest_stays_open(tmp_path):
    """Names do not show which one is current. A log outside the rotation family stays open as well."""
    host = LogHost(tmp_path)
    for at, name in enumerate(["app-2026-01-01.log", "app-2026-01-02.log", "quiet.log"]):
        (tmp_path / name).write_text(f"{name}\n")
        set_mtime(tmp_path / name, 1_000 + at)
    host.reconcile()
    host.pump()
    let_idle(host)
    assert [is_open(host, path) for path in sorted(tmp_path.iterdir())] == [False, True, True]
    host.follower.close()


def test_a_log_renamed_to_any_other_name_counts_as_rotated(host):
    """Its name does not match: no log starts there."""
    host.lines(2)
    host.reconcile()
    host.pump()
    old = host.log.rename(host.directory / "before")
    host.reconcile()
    let_idle(host)
    assert not is_open(host, old)


def test_a_deleted_log_stays_open_for_a_while(host):
    """It cannot be reopened by name, however long it was idle before."""
    rotate_and_read(host)
    with (host.directory / "app.log.1").open("a") as writer:
        host.now += IDLE_SECONDS - 1
        writer.write("before\n")
        writer.flush()
        host.follower.poll()
        host.pump()
        (host.directory / "app.log.1").unlink()
        host.now -= 1_000  # the clock is set back
        host.follower.poll()
        host.now += 1_000 + LINGER_SECONDS - 1
        writer.write("after\n")
    host.follower.poll()
    host.pump()
    assert host.read_lines[-2:] == ["before", "after"]
    host.now += LINGER_SECONDS
    host.settle()
    assert [source.path for source in host.follower.sources] == [str(host.log)]
    assert host.gaps == []


def test_a_log_moved_out_of_its_directory_is_not_closed_as_idle(host):
    """It has a name, but none by which it could be reopened."""
    rotate_and_read(host)
    away = host.directory.parent / f"{host.directory.name}-away"
    (host.directory / "app.log.1").rename(away)
    host.now += IDLE_SECONDS
    host.reconcile()
    host.follower.poll()
    with away.open("a") as writer:
        writer.write("late\n")
    host.follower.poll()
    assert host.pump() == ["late"]


def test_a_scanned_partial_line_neither_keeps_a_log_open_nor_is_a_loss(host):
    """It was scanned as it is."""
    rotate_and_read(host)
    rotated = host.directory / "app.log.1"
    with rotated.open("a") as writer:
        writer.write("incomplete")
    host.now += IDLE_SECONDS
    host.follower.poll()
    host.pump()
    host.now += IDLE_SECONDS
    host.follower.poll()
    assert is_open(host, rotated), "not before its partial line is scanned"
    [partial] = host.follower.partials()
    host.follower.accept(partial)
    host.follower.poll()
    assert not is_open(host, rotated)
    host.reconcile()
    assert list(host.follower.partials()) == []
    rotated.unlink()
    host.settle()
    assert host.gaps == []
    assert [source.path for source in host.follower.sources] == [str(host.log)]


def test_a_listing_does_not_open_unchanged_idle_logs(host, monkeypatch):
    """A directory that is often listed may hold thousands of them."""
    rotate_and_read(host)
    let_idle(host)
    with monkeypatch.context() as patched:
        patched.setattr(log_identity, "open_same_file", lambda *_: pytest.fail("opened"))
        host.reconcile()
    assert [source.row.state for source in host.follower.sources] == ["rotated", "live"]


@pytest.mark.parametrize("line", ["other content, longer than all that was there before it", "short"])
def test_a_truncation_of_an_idle_log_is_detected(host, line):
    """Rewritten while it was closed, it is another log."""
    rotate_and_read(host)
    let_idle(host)
    (host.directory / "app.log.1").write_text(f"{line}\n" * 3)
    host.reconcile()
    host.pump()
    assert host.read_lines.count(line) == 3


def test_size_and_time_identify_only_logs_closed_as_idle(host):
    """A log closed in the moment of a write may be rewritten with the same size and time."""
    rotate_and_read(host)
    rotated = host.directory / "app.log.1"
    let_idle(host)
    with rotated.open("a") as writer:
        writer.write("late\n")
    set_mtime(rotated, 2_000)
    host.reconcile()
    assert host.pump() == ["late"]
    for source in host.follower.sources:
        source.close()  # as if too many were open
    before = rotated.read_text()
    rotated.write_text("other content".ljust(len(before) - 1, ".") + "\n")
    set_mtime(rotated, 2_000)
    host.reconcile()
    assert len(host.pump()) == 1
    assert host.read_lines[-1].startswith("other content")


@pytest.mark.parametrize("lines", [4, 400])
def test_a_copy_of_an_idle_log_is_recognized(tmp_path, lines):
    """Even while it is unfinished and shorter than the recorded head."""
    host = LogHost(tmp_path, "app.log*")
    host.lines(lines)
    rotate_and_read(host)
    let_idle(host)
    assert not is_open(host, tmp_path / "app.log.1")
    content = (tmp_path / "app.log.1").read_bytes()
    copy = tmp_path / "app.log.1.bak"
    copy.write_bytes(content[:100])
    host.reconcile()
    host.pump()
    copy.write_bytes(content)
    host.settle()
    assert len(host.read_lines) == lines + 3
    host.follower.close()
