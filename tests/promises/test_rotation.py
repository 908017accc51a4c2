"""Promises 4-12 and 24, rotation: however and how often logs rotate, every line on disk is read once.

``LONG=1`` runs them for as long as the promises state.
"""

from __future__ import annotations

import gzip
import os
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from support.daemon_state import wait_until
from support.log_host import LogHost

from leakwatch.daemon.engine import Engine
from leakwatch.files.tail import LINGER_SECONDS, UNSEEN_SECONDS
from leakwatch.files.watch_paths import WatchPath
from promises.living import Living, fingerprint

LONG = "LONG" in os.environ


class Writer:
    """An application that writes numbered lines; its methods rotate the log as logrotate does."""

    def __init__(self, log: Path, keep: int = 20) -> None:
        self.log, self.keep = log, keep
        self.lines: list[str] = []
        self.out = log.open("ab", buffering=0)

    def write(self, count: int = 20, out=None) -> None:
        added = [f"line {len(self.lines) + number}" for number in range(count)]
        self.lines += added
        (out or self.out).write(("\n".join(added) + "\n").encode())

    def shift(self) -> None:
        for age in range(self.keep, 0, -1):
            older = self.log.with_name(f"{self.log.name}.{age}")
            if older.exists():
                if age == self.keep:
                    older.unlink()
                else:
                    older.rename(self.log.with_name(f"{self.log.name}.{age + 1}"))

    def rename(self, linger: float = 0.0) -> None:
        """Rename rotation; for ``linger`` seconds the application still writes to the old file."""
        self.shift()
        self.log.rename(self.log.with_name(f"{self.log.name}.1"))
        old, self.out = self.out, self.log.open("ab", buffering=0)
        until = time.monotonic() + linger
        while time.monotonic() < until:
            self.write(out=old)
            time.sleep(0.01)
        old.close()

    def copytruncate(self) -> None:
        self.shift()
        shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
        os.truncate(self.log, 0)


def write_and_rotate(writer, rotate, every, seconds):
    """Write for some seconds and rotate at an interval."""
    until = time.monotonic() + seconds
    rotated = time.monotonic()
    while time.monotonic() < until:
        writer.write()
        time.sleep(0.005)
        if time.monotonic() - rotated >= every:
            rotate()
            rotated = time.monotonic()
    writer.out.close()


def assert_each_line_once(living, writer):
    """Every line is stored exactly once, without any gap."""
    living.found(writer.lines, 120)
    duplicates = {line: count for line, count in living.stored().items() if count > 1}
    assert not duplicates
    assert living.gaps() == []


@pytest.mark.parametrize("linger", [0.15, 5.0] if LONG else [0.15, 1.0])
def test_4_lines_written_to_the_renamed_file_are_read(tmp_path, linger):
    """As between the rename by logrotate and its signal to the application."""
    living = Living(tmp_path, logs="app.log*")
    with living.running():
        writer = Writer(living.logs / "app.log")
        write_and_rotate(writer, lambda: writer.rename(linger), 0.25, 60 if LONG else 2.5)
        assert_each_line_once(living, writer)


@pytest.mark.parametrize("pattern", ["*.log", "app.log*"])
def test_5_rotation_every_50_milliseconds_is_followed(tmp_path, pattern):
    """Much faster than any polling, whether or not the rotated names match."""
    living = Living(tmp_path, logs=pattern)
    with living.running():
        writer = Writer(living.logs / "app.log")
        write_and_rotate(writer, writer.rename, 0.05, 10 if LONG else 2)
        assert_each_line_once(living, writer)


def test_5_a_log_rotated_unseen_is_a_gap(tmp_path, monkeypatch):
    """Without rename events, each log that no listing showed under its own name is reported."""
    monkeypatch.setattr(Engine, "_renamed", lambda *_: None)
    living = Living(tmp_path, reconcile=0.2)
    with living.running() as engine:
        writer = Writer(living.logs / "app.log", keep=500)
        write_and_rotate(writer, writer.rename, 0.05, 10 if LONG else 2)
        with writer.log.open("ab") as out:
            writer.write(1, out)
        living.found(writer.lines[-1:], 120)
        now = time.monotonic()
        wait_until(lambda: engine.log_follower.reconciled_from > now + UNSEEN_SECONDS, 60)
        lost = set(living.missing(writer.lines))
        held = [set(path.read_text().splitlines()) for path in living.logs.iterdir()]
        unfollowed = [lines for lines in held if lines & lost]
        assert all(lines <= lost for lines in unfollowed), "a followed log is read whole"
        assert len([kind for kind, _, _ in living.gaps() if kind == "rotated-unseen"]) == len(unfollowed)
        assert set(living.stored().values()) == {1}


def test_5_an_overflow_clears_pending_renames(tmp_path):
    """At once, and again after the reconcile, because older events may arrive late."""
    living = Living(tmp_path)
    with living.running() as engine:
        pending_renames = engine.log_follower.watches[0].follower.pending_renames
        log = living.logs / "app.log"
        for lose_events in (engine._watcher._descriptor.on_overflow, lambda: None):
            engine._renamed(str(log), f"{log}.1")
            assert f"{log}.1" in pending_renames
            lose_events()
            wait_until(lambda: f"{log}.1" not in pending_renames)
        wait_until(lambda: ("overflow", True) in {gap[:2] for gap in living.gaps()})


@pytest.mark.parametrize("pattern", ["*.log", "app.log*"])
def test_6_copytruncate_loses_nothing_that_is_on_disk(tmp_path, pattern):
    """Compared with the kept copies. This writer writes nothing between copy and truncation."""
    living = Living(tmp_path, logs=pattern)
    with living.running():
        writer = Writer(living.logs / "app.log", keep=200)
        write_and_rotate(writer, writer.copytruncate, 0.25, 20 if LONG else 2.5)
        assert_each_line_once(living, writer)
        kept = {line for path in living.logs.iterdir() for line in path.read_text().splitlines()}
        assert kept == set(writer.lines)


def test_8_a_reused_inode_is_a_new_log(tmp_path):
    """The file system may give the inode of a deleted file to the next one."""
    host = LogHost(tmp_path)
    inodes = Counter()
    rounds = 1000 if LONG else 200
    for number in range(rounds):
        host.log.write_text(f"line {number}\n")
        inodes[host.log.stat().st_ino] += 1
        if number % 3 == 0:
            host.crash()  # closes every log: only the stored identity distinguishes them
        host.reconcile()
        host.pump()
        if number % 2 == 0:
            for source in host.follower.sources:
                source.close()
        host.log.unlink()
        if number % 5 == 0:
            host.reconcile()
    host.follower.close()
    assert host.read_lines == [f"line {number}" for number in range(rounds)]
    assert max(inodes.values()) > 1, "no inode was reused, so nothing was tested"


@pytest.mark.parametrize("moment", range(6))
def test_10_a_rename_during_a_listing_loses_nothing(tmp_path, monkeypatch, moment):
    """After any number of entries, before the log is opened."""
    host = LogHost(tmp_path, "app.log*")
    expected = host.lines(3)
    for _ in range(4):
        host.rotate()
        expected += host.lines(3)
    host.reconcile()
    host.pump()
    expected += host.lines(3)
    real = WatchPath.list

    def listed(root, *args):
        for number, entry in enumerate(real(root, *args)):
            if number == moment:
                host.rotate()
            yield entry
        if moment == 5:
            host.rotate()

    with monkeypatch.context() as patched:
        patched.setattr(WatchPath, "list", listed)
        host.reconcile()
        host.pump()
    expected += host.lines(3)
    host.settle()
    host.follower.close()
    assert sorted(host.read_lines) == sorted(expected)
    assert host.gaps == []


@pytest.mark.parametrize("partial", [False, True])
def test_11_a_deleted_log_is_read_to_its_end_and_closed(tmp_path, partial):
    """Its writer keeps it open. It is closed within a minute of silence, even with a partial line at its end."""
    host = LogHost(tmp_path)
    megabytes = 200 if LONG else 8
    block = b"x" * 1023 + b"\n"
    seen = 0
    partial_lines = []
    ended = host.now
    with host.log.open("ab") as out:
        out.write(block)
        out.flush()
        host.reconcile()
        seen += len(host.pump(limit=1 << 30)) and 1
        host.log.unlink()
        for _ in range(megabytes):
            out.write(block * 1024)
            out.flush()
            host.follower.poll()
            for batch in list(host.follower.read(1 << 30)):
                seen += batch.chunk.data.count(b"\n")
                host.follower.accept(batch)
            host.reconcile()
        if partial:
            out.write(b"incomplete")
    while batches := list(host.follower.read(1 << 30)):
        for batch in batches:
            seen += batch.chunk.data.count(b"\n")
            host.follower.accept(batch)
    assert seen == megabytes * 1024 + 1
    [source] = host.follower.sources
    for _ in range(60):
        host.now += 1
        host.follower.poll()
        for batch in (*host.follower.read(1 << 30), *host.follower.partials()):
            partial_lines.append(batch.chunk.data)
            host.follower.accept(batch)
        if host.now - ended == LINGER_SECONDS - 1:
            assert source.fd >= 0
    assert source.fd < 0
    assert host.follower.sources == []
    assert partial_lines == ([b"incomplete"] if partial else [])
    assert host.gaps == []


def test_12_files_with_the_same_long_header_are_all_read(tmp_path):
    """Fifty exports and fifty logs that share their first 64 KiB."""
    living = Living(tmp_path)
    header = "header " * 10_000 + "\n"
    with living.running():
        for number in range(50):
            (living.logs / f"{number}.log").write_text(f"{header}log {number}\n")
            (living.exports / f"{number}.txt").write_text(f"{header}export {number}\n")
        living.found([f"{kind} {number}" for kind in ("log", "export") for number in range(50)], 120)


def test_24_a_rotated_log_that_is_compressed_is_not_read_again(tmp_path):
    """With delaycompress or without: the same lines under another name, in other bytes."""
    living = Living(tmp_path, logs="app.log*", reconcile=0.2)
    with living.running() as engine:
        writer = Writer(living.logs / "app.log")
        for _ in range(3):
            writer.write()
            living.found(writer.lines, 120)
            writer.rename()
            rotated = living.logs / "app.log.1"
            (living.logs / f"app.log.{len(writer.lines)}.gz").write_bytes(gzip.compress(rotated.read_bytes()))
            rotated.unlink()
        writer.write()
        writer.out.close()
        assert_each_line_once(living, writer)
        assert engine.log_follower.watches[0].follower.compressed == 3
        assert set(living.stored()) == {fingerprint(line) for line in writer.lines}


@pytest.mark.parametrize("pattern", ["*.log", "app.log*"])
def test_6_a_copy_that_was_empty_when_listed_is_recognized(tmp_path, pattern):
    """Until its first bytes are written, a copy looks like a new log."""
    host = LogHost(tmp_path, pattern)
    expected = host.lines(20)
    host.reconcile()
    host.pump()
    copy = tmp_path / "app.log.1"
    copy.touch()
    host.reconcile()
    copy.write_bytes(host.log.read_bytes())
    assert host.pump() == []
    host.reconcile()
    os.truncate(host.log, 0)
    expected += host.lines(2)
    host.settle()
    assert host.read_lines == expected
    assert host.gaps == []
    host.follower.close()


def test_6_a_file_that_only_looks_like_a_copy_is_read_later(tmp_path):
    """No file waits forever."""
    host = LogHost(tmp_path, "app.log*")
    expected = host.lines(20)
    host.reconcile()
    host.pump()
    other = tmp_path / "app.log.1"
    other.touch()
    host.reconcile()
    other.write_text("\n".join(expected[:5]) + "\n")
    assert host.pump() == []
    host.settle()
    assert len(host.read_lines) == 25
    assert not host.follower.unsettled
    host.follower.close()
