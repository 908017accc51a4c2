"""Many logs, several directories, hard links and copies."""

from __future__ import annotations

import os

import pytest
from support.log_host import (
    LogHost,
    set_mtime,
)

from leakwatch.files.tail import (
    Follower,
    log_identity,
)


def test_at_most_max_open_logs_stay_open(tmp_path):
    """Logs read to their ends are closed, and reopened when they grow."""
    host = LogHost(tmp_path)
    host.follower.max_open = 3
    for number in range(10):
        (tmp_path / f"{number}.log").write_text(f"first {number}\n")
    host.reconcile()
    assert len(host.pump()) == 10
    host.reconcile()
    assert sum(source.fd >= 0 for source in host.follower.sources) == 3
    for number in range(10):
        with (tmp_path / f"{number}.log").open("a") as log:
            log.write(f"second {number}\n")
    host.reconcile()
    assert sorted(host.pump()) == [f"second {number}" for number in range(10)]
    host.follower.close()


def test_live_logs_are_read_before_many_small_old_ones(tmp_path):
    """Even if each old one has less to read."""
    host = LogHost(tmp_path, since=900.0)
    for number in range(10):
        (tmp_path / f"old-{number}.log").write_text(f"old {number}\n")
        set_mtime(tmp_path / f"old-{number}.log", host.now - 3_600)
    (tmp_path / "live.log").write_text("new\n" * 100)
    set_mtime(tmp_path / "live.log", host.now - 1)
    host.reconcile()
    assert host.pump(limit=1)[:100] == ["new"] * 100
    host.follower.close()


def test_logs_closed_by_the_limit_are_not_reopened_by_every_listing(tmp_path, monkeypatch):
    """With a hundred thousand logs nothing else would get done."""
    host = LogHost(tmp_path)
    host.follower.max_open = 3
    for number in range(10):
        (tmp_path / f"{number}.log").write_text(f"first {number}\n")
        set_mtime(tmp_path / f"{number}.log", host.now - 10)
    host.reconcile()
    host.pump()
    for _ in range(2):
        host.reconcile()
    with monkeypatch.context() as patched:
        patched.setattr(log_identity, "open_same_file", lambda *_: pytest.fail("opened"))
        host.reconcile()
    (tmp_path / "3.log").write_text("other 3\n")
    host.reconcile()
    assert host.pump() == ["other 3"]
    host.follower.close()


def test_one_directory_can_be_reconciled_alone(tmp_path):
    """Logs in other directories do not count as missing."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.log").write_text(f"in {name}\n")
    host = LogHost(tmp_path, "**/*.log")
    host.pump()
    (tmp_path / "b" / "new.log").write_text("new in b\n")
    for _ in range(3):
        assert host.follower.reconcile(str(tmp_path / "b")) == []
    assert host.pump() == ["new in b"]
    assert host.follower.reconcile(str(tmp_path.parent)) == []
    assert {source.row.state for source in host.follower.sources} == {"live"}
    host.follower.close()


def test_two_names_of_one_file_are_one_log(tmp_path):
    """A hard link does not duplicate findings; the matching name wins."""
    host = LogHost(tmp_path)
    expected = host.lines(2)
    (tmp_path / "also.txt").hardlink_to(host.log)
    (tmp_path / "AAA.txt").hardlink_to(host.log)
    host.reconcile()
    assert host.pump() == expected
    assert [source.path for source in host.follower.sources] == [str(host.log)]
    host.follower.close()


def test_a_name_that_is_not_utf8_is_followed(tmp_path):
    """Names are bytes, and are stored unchanged."""
    host = LogHost(tmp_path)
    name = os.fsdecode(b"\xb2\xe2\xca\xd4.log")
    (tmp_path / name).write_text("one\n")
    host.reconcile()
    assert host.pump() == ["one"]
    with (tmp_path / name).open("a") as log:
        log.write("two\n")
    host.crash()
    assert host.pump() == ["two"]
    host.follower.close()


def test_a_stored_log_outside_every_root_is_harmless(host):
    """The configuration may have changed since it was stored."""
    host.lines(1)
    host.reconcile()
    host.pump()
    host.follower.close()
    follower = Follower("logs", (), lambda data: data, lambda _: None, lambda: host.now, 0.0)
    follower.resume(host.stored.values())
    assert follower.sources[0].base == str(host.directory)
    follower.close()


def test_a_copy_with_more_than_was_read_is_recognized(tmp_path):
    """After a stop the copy is longer than what was read, and the truncation may be near."""
    host = LogHost(tmp_path, pattern="app.log*")
    host.lines(50)
    host.reconcile()
    host.pump()
    host.lines(50)  # … written while the daemon is down
    copy = tmp_path / "app.log.1"
    copy.write_bytes(host.log.read_bytes())
    host.reconcile()
    host.pump(accept=False)
    host.crash()
    os.truncate(host.log, 0)
    host.lines(10)
    host.settle()
    assert len(host.read_lines) == len(set(host.read_lines)) == 110


def test_a_permanent_copy_is_read_from_the_offset_of_the_original(tmp_path):
    """What it shares with the log was read already; what is appended is new."""
    host = LogHost(tmp_path, pattern="app.log*")
    host.lines(50)
    host.reconcile()
    host.pump()
    copy = tmp_path / "app.log.bak"
    copy.write_bytes(host.log.read_bytes())
    host.settle()
    with copy.open("a") as file:
        file.write("one more line\n")
    host.settle()
    assert host.read_lines[50:] == ["one more line"]
