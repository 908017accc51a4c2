"""Promises 14-20, 35 and 39: missing events are reported, and what was written meanwhile is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.daemon_state import wait_until
from support.receivers import EventHook

from leakwatch.daemon import coverage
from leakwatch.daemon.coverage import mode_of
from leakwatch.files import inotify
from leakwatch.files.inotify import Watcher, without_events
from leakwatch.files.watch_paths import roots_of
from promises.living import Living, fingerprint

LONG = "LONG" in os.environ

PATIENCE = 120.0
"""Seconds that a busy machine may take. Far below ``EVENTS_ONLY``, so that only events can explain what is found."""

EVENTS_ONLY = 3600.0
"""A reconcile interval that no test reaches."""


@pytest.fixture
def living(tmp_path):
    return Living(tmp_path, logs="**/*.log")


def test_14_an_overflow_of_the_kernels_queue_loses_no_file(living):
    """A real overflow: 5,000 files are written while the queue is not read. All are found, and the gap is closed."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 20_000:
        pytest.skip("the queue of this host is too long for a short test")
    living.reconcile = EVENTS_ONLY  # only the overflow may cause a reconcile
    with living.running() as engine:
        descriptor = engine._watcher._descriptor
        real, first, released = descriptor.handle_event, threading.Event(), threading.Event()

        def hold(event):
            first.set()
            released.wait()
            real(event)

        descriptor.handle_event = hold
        lines = [f"line {number}" for number in range(5000)]
        try:
            (living.logs / "first.log").touch()
            assert first.wait(PATIENCE)
            for number, line in enumerate(lines):
                (living.logs / f"{number}.log").write_text(f"{line}\n")
                (living.logs / f"{number}.log").chmod(0o600)
        finally:
            released.set()
        living.found(lines, PATIENCE)
        wait_until(lambda: [(kind, closed) for kind, closed, _ in living.gaps()] == [("overflow", True)], PATIENCE)


LIMITED = """
import json, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from support.daemon_state import wait_until
from promises.living import Living, fingerprint
living = Living(Path({home!r}), logs="**/*.log")
for number in range(300):
    (living.logs / str(number)).mkdir()
with living.running():
    lines = [f"line {{number}}" for number in range(300)]
    for number, line in enumerate(lines):
        (living.logs / str(number) / "app.log").write_text(line + "\\n")
    living.found(lines, 120)
    reported = living.gaps()
    Path("/proc/sys/user/max_inotify_watches").write_text("1000")
    wait_until(lambda: all(closed for _, closed, _ in living.gaps()), 120)
    print(json.dumps(reported), file=sys.stderr)  # the log of the threads goes to the other one
"""


def test_15_directories_beyond_the_watch_limit_are_reported_and_polled(tmp_path):
    """With 100 watches, two thirds of 300 directories give no events. No file is missed; a higher limit closes the gap."""
    script = LIMITED.format(tests=str(Path(__file__).parents[1]), home=str(tmp_path))
    limited = 'echo 100 > /proc/sys/user/max_inotify_watches && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "-Ur", "sh", "-c", limited, sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    if "unshare" in done.stderr or "max_inotify_watches" in done.stderr:
        pytest.skip("no user namespaces here")
    assert done.returncode == 0, done.stderr
    gaps = json.loads(next(line for line in done.stderr.splitlines() if line.startswith("[[")))
    [(_, closed, detail)] = [gap for gap in gaps if gap[0] == "watch-limit" and "logs" in gap[2]]
    assert not closed
    assert "(201, such as " in detail or "(202, such as " in detail


@pytest.mark.parametrize("how", ["removed", "renamed", "link"])
def test_16_a_root_that_vanishes_and_returns_is_a_gap_and_is_watched_again(living, how):
    """Removed, replaced by another directory, or replaced by a link to another directory."""
    with EventHook() as hook:
        living = Living(living.home, logs="**/*.log", receiver=hook.url)
        with living.running() as engine:
            (living.logs / "a.log").write_text("before\n")
            living.found(["before"], PATIENCE)
            if how == "removed":
                shutil.rmtree(living.logs)
                wait_until(lambda: any(kind == "root-missing" and not closed for kind, closed, _ in living.gaps()))
                living.logs.mkdir()
            else:
                living.logs.rename(living.home / "old")
                if how == "renamed":
                    living.logs.mkdir()
                else:
                    (living.home / "new").mkdir()
                    living.logs.symlink_to(living.home / "new")
            (living.logs / "b.log").write_text("after\n")
            living.found(["after"], PATIENCE)
            wait_until(lambda: engine._watcher.unwatched([str(living.logs)]) == [], PATIENCE)
            wait_until(
                lambda: [(kind, closed) for kind, closed, _ in living.gaps()] == [("root-missing", True)], PATIENCE
            )
            assert hook.wait_for(lambda it: any("root-missing" in str(event) for event in it.shown))


def test_17_a_channel_whose_thread_died_is_noticed_at_once(living):
    """Without the grace period of a hanging thread. The other threads are tested in tests/daemon/test_daemon.py."""
    living = Living(living.home, receiver="http://127.0.0.1:9/hook")
    with living.running() as engine:
        assert engine.dead() is None
        [worker] = engine.channels._workers
        worker._stopping = True
        worker.wake()
        wait_until(lambda: living.dead is not None)
        assert living.dead == "the worker of channel soc died"
        living.dead = None


# watchdog warns when it finds a directory twice, which is harmless
@pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")
def test_18_every_file_of_a_tree_that_appears_at_once_is_found(living, tmp_path):
    """Moved in, copied in, created in a burst. For most of these files the only event is that of a directory."""
    living.reconcile = EVENTS_ONLY
    outside = tmp_path / "outside"
    for number in range(100):
        (outside / f"{number % 10}" / f"{number}").mkdir(parents=True)
        (outside / f"{number % 10}" / f"{number}" / "app.log").write_text(f"outside {number}\n")
    with living.running():
        shutil.copytree(outside, living.logs / "copied")
        outside.rename(living.logs / "moved")
        lines = [f"outside {number}" for number in range(100)]
        for number in range(100):
            deep = living.logs / "deep" / f"{number}" / "a" / "b" / "c"
            deep.mkdir(parents=True)
            (deep / "app.log").write_text(f"deep {number}\n")
            made = living.logs / f"{number}.tmp"
            made.mkdir()
            (made / "app.log").write_text(f"renamed {number}\n")
            made.rename(living.logs / f"done-{number}")
            lines += [f"deep {number}", f"renamed {number}"]
        expected = {fingerprint(line): 2 if line.startswith("outside") else 1 for line in lines}
        living.wait_for_state(lambda: living.stored() == expected, PATIENCE)
        later = [f"later {number}" for number in range(10)]
        for number, line in enumerate(later):
            with (living.logs / "moved" / f"{number}" / f"{number}" / "app.log").open("a") as log:
                log.write(f"{line}\n")
        living.found(later, PATIENCE)


def test_19_a_file_system_without_events_is_polled(living, monkeypatch):
    """A real mount that is declared to give no events, as network file systems do: changes are found without events."""
    done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(living.logs)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        roots = roots_of([str(living.logs)], recursive=True)
        assert (without_events(str(living.logs)), mode_of(roots)) == (None, "events")
        monkeypatch.setattr(inotify, "WITHOUT_EVENTS", frozenset({"tmpfs"}))
        assert mode_of(roots) == "polling every 10 s (tmpfs gives no events)"
        monkeypatch.setattr(coverage, "POLL_SECONDS", 0.2)
        living.reconcile = EVENTS_ONLY
        with living.running() as engine:
            engine._watcher.unschedule_all()
            monkeypatch.setattr(Watcher, "add", lambda *_, **__: False)
            (living.logs / "a.log").write_text("one\n")
            living.found(["one"], PATIENCE)
    finally:
        subprocess.run(["umount", "-l", str(living.logs)], check=True)


def test_19_without_any_events_logs_and_exports_are_found_by_polling(living, monkeypatch):
    """Growth is found by polling open logs, new files by the scheduled reconcile."""
    with living.running() as engine:
        (living.logs / "a.log").write_text("one\n")
        living.found(["one"], PATIENCE)
        engine._watcher.unschedule_all()
        engine._watcher._watched.clear()
        monkeypatch.setattr(Watcher, "add", lambda *_, **__: False)
        with (living.logs / "a.log").open("a") as log:
            log.write("two\n")
        (living.logs / "b.log").write_text("three\n")
        (living.exports / "c.txt").write_text("four\n")
        living.found(["two", "three", "four"], PATIENCE)


def test_35_a_receiver_can_notice_silence(living):
    """Heartbeats are sent as long as every thread lives, even without alerts; after the stop there are none."""
    with EventHook() as hook:
        living = Living(living.home, receiver=hook.url, heartbeat="300ms")

        def beats():
            return [event["id"] for event in hook.shown if event["type"] == "leakwatch.heartbeat"]

        with living.running():
            assert hook.wait_for(lambda _: len(beats()) >= 3)
        last = len(beats())
        assert not hook.wait_for(lambda _: len(beats()) > last, 1.0)
        assert len(set(beats())) == len(beats())


def test_39_all_of_many_directories_are_watched_before_the_daemon_is_ready(living):
    """Every directory gives events: a line in the last one is found by its event alone."""
    living.reconcile = EVENTS_ONLY
    directories = [living.logs / f"{number // 100}" / f"{number % 100}" for number in range(10_000 if LONG else 1000)]
    for directory in directories:
        directory.mkdir(parents=True)
        (directory / "app.log").write_text("begun\n")
    with living.running() as engine:
        assert engine._watcher.unwatched(map(str, directories)) == []
        assert len(engine.log_follower.watches[0].follower.sources) == len(directories)
        with (directories[-1] / "app.log").open("a") as log:
            log.write("later\n")
        living.found(["later"], PATIENCE)
        assert living.gaps() == []
