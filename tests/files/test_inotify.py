"""Change hints, overflows, and directories without events."""

from __future__ import annotations

import os
import queue
import shutil
import threading
import time
from pathlib import Path

import pytest
from watchdog.observers import inotify_c
from watchdog.observers.inotify import InotifyWatchGroup
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD

from leakwatch.files import inotify
from leakwatch.files.inotify import Watcher, _Descriptor, without_events


class RecordingWatcher:
    """A running watcher that records what its callbacks receive."""

    def __init__(self):
        self.paths = queue.Queue()
        self.overflowed = threading.Event()
        self.moves = []
        self.written = []
        self.watcher = Watcher(self._record, lambda old, new: self.moves.append((old, new)), self.overflowed.set)
        self.watcher.start()

    def _record(self, path, written):
        if written:
            self.written.append(path)
        self.paths.put(path)

    def wait_for(self, path, seconds=30.0):
        """Wait for a hint about a path, and drop earlier ones."""
        while True:
            try:
                if self.paths.get(timeout=seconds) == str(path):
                    return True
            except queue.Empty:
                return False

    def assert_no_hint(self):
        with pytest.raises(queue.Empty):
            self.paths.get(timeout=0.2)


@pytest.fixture
def watching():
    watching = RecordingWatcher()
    yield watching
    watching.watcher.stop()
    watching.watcher.join()


def test_every_kind_of_change_gives_a_hint(watching, tmp_path):
    """Also both names of a rename, and a changed mode, which may make a file readable."""
    directory = tmp_path / "directory"
    directory.mkdir()
    assert watching.watcher.add(str(directory), deep=False)
    log = directory / "app.log"
    log.touch()
    assert watching.wait_for(log)
    with log.open("a") as file:
        file.write("line\n")
    assert watching.wait_for(log)
    log.chmod(0o640)
    assert watching.wait_for(log)
    log.rename(directory / "app.log.1")
    assert watching.wait_for(directory / "app.log.1")
    (tmp_path / "from outside").touch()
    (tmp_path / "from outside").rename(directory / "b.log")
    assert watching.wait_for(directory / "b.log")
    (directory / "b.log").unlink()
    assert watching.wait_for(directory / "b.log")


def test_a_busy_log_gives_few_hints(watching, tmp_path, monkeypatch):
    """The kernel merges equal events in the queue. Other events are not delayed."""
    monkeypatch.setattr(inotify, "PAUSE_SECONDS", 0.5)
    log = tmp_path / "app.log"
    log.touch()
    assert watching.watcher.add(str(tmp_path), deep=False)
    with log.open("a", buffering=1) as file:
        file.write("first\n")
        assert watching.wait_for(log)
        for _ in range(50):
            file.write("line\n")
            time.sleep(0.001)  # not all at once, as a real log
    assert watching.wait_for(log)  # the event of closing it
    assert len(watching.written) < 10


def test_moves_are_reported_in_order(watching, tmp_path):
    """Before their hints. Also from and to unwatched directories, and below a renamed directory."""
    directory = tmp_path / "directory"
    (directory / "a").mkdir(parents=True)
    watching.watcher.add(str(directory), deep=True)
    log, rotated, twice = (directory / "a" / name for name in ("app.log", "app.log.1", "app.log.2"))
    log.touch()
    log.write_text("writing is no move\n")
    log.rename(rotated)
    rotated.rename(twice)
    twice.rename(tmp_path / "outside")
    (tmp_path / "outside").rename(log)
    assert watching.wait_for(twice)
    (directory / "a").rename(directory / "b")
    assert watching.wait_for(directory / "b" / "app.log")
    (directory / "b" / "app.log").unlink()
    (directory / "end").touch()
    assert watching.wait_for(directory / "end")
    last = str(directory / "b" / "app.log")
    named = [str(path) for path in (log, rotated, twice)]
    assert watching.moves == [
        (None, named[0]),
        (named[0], named[1]),
        (named[1], named[2]),
        (named[2], None),
        (None, named[0]),
        (named[0], last),
        (last, None),
        (None, str(directory / "end")),
    ]


def test_reading_gives_no_hints(watching, tmp_path):
    """Otherwise every listing would cause the next one."""
    (tmp_path / "app.log").write_text("line\n")
    watching.watcher.add(str(tmp_path), deep=True)
    (tmp_path / "app.log").read_text()
    list(tmp_path.iterdir())
    watching.assert_no_hint()


def test_a_directory_created_later_is_watched(watching, tmp_path):
    """Only below a deep root."""
    watching.watcher.add(str(tmp_path), deep=True)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert watching.wait_for(tmp_path / "a")
    wait_until(lambda: watching.watcher.unwatched([f"{tmp_path}/a", f"{tmp_path}/a/b"]) == [])
    (tmp_path / "a" / "b" / "app.log").touch()
    assert watching.wait_for(tmp_path / "a" / "b" / "app.log")


def wait_until(met, seconds=30.0):
    """Poll until it holds, because the watch list of the kernel has no events."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if met():
            return
        pause.wait(0.01)
    raise AssertionError


def test_unwatched_directories_are_found(watching, tmp_path):
    """By the kernel's own list. A directory that is gone is not reported."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    watching.watcher.add(str(tmp_path / "in"), deep=False)
    names = [str(tmp_path / name) for name in ("in", "in/sub", "out", "gone")]
    assert watching.watcher.unwatched(names) == [names[1], names[2]]


def test_watching_a_missing_directory_fails(watching, tmp_path):
    """``add`` returns False."""
    assert not watching.watcher.add(str(tmp_path / "missing"), deep=True)


def test_reaching_the_watch_limit_fails(watching, tmp_path, monkeypatch):
    """The kernel refuses without an error from watchdog."""
    monkeypatch.setattr("watchdog.observers.inotify_c.inotify_add_watch", lambda *_: -1)
    monkeypatch.setattr("watchdog.observers.inotify_c.ctypes.get_errno", lambda: 28)
    assert not watching.watcher.add(str(tmp_path), deep=False)
    assert watching.watcher.unwatched([str(tmp_path)]) == [str(tmp_path)]


@pytest.mark.parametrize("deep", [True, False])
def test_a_root_that_was_removed_and_created_again_is_watched(watching, tmp_path, deep):
    """The new directory has another inode, and needs a watch of its own."""
    directory = tmp_path / "directory"
    directory.mkdir()
    watching.watcher.add(str(directory), deep=deep)
    shutil.rmtree(directory)
    (tmp_path / "another").mkdir()  # takes the old inode, so that the new directory gets another one
    directory.mkdir()
    assert watching.watcher.add(str(directory), deep=deep)
    wait_until(lambda: watching.watcher.unwatched([str(directory)]) == [])
    (directory / "app.log").touch()
    assert watching.wait_for(directory / "app.log")


def test_refused_directories_are_watched_once_the_limit_allows(watching, tmp_path, monkeypatch):
    """Until then, one refusal ends each attempt."""
    base = tmp_path / "base"
    for name in "abc":
        (base / name).mkdir(parents=True)
    real = inotify_c.inotify_add_watch
    asked = []

    def limited(fd, path, mask):
        asked.append(path)
        return real(fd, path, mask) if path == os.fsencode(base) else -1

    monkeypatch.setattr("watchdog.observers.inotify_c.ctypes.get_errno", lambda: 28)
    monkeypatch.setattr("watchdog.observers.inotify_c.inotify_add_watch", limited)
    watching.watcher.add(str(base), deep=True)
    below = [str(base / name) for name in "abc"]
    assert watching.watcher.unwatched(below) == below
    asked.clear()
    watching.watcher.extend(str(base), below)
    assert len(asked) == 1
    monkeypatch.undo()
    watching.watcher.extend(str(base), below)
    assert watching.watcher.unwatched(below) == []
    (base / "b" / "app.log").touch()
    assert watching.wait_for(base / "b" / "app.log")
    watching.watcher.extend(str(tmp_path), below)  # never watched: nothing to extend


def test_an_overflow_event_is_reported(watching, tmp_path):
    """As the kernel writes it to the queue; watchdog only logs it."""
    watching.watcher.add(str(tmp_path), deep=True)
    watching.watcher._descriptor.handle_event(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b""))
    assert watching.overflowed.is_set()


def test_a_real_overflow_is_reported(tmp_path):
    """More events than the kernel queues while nothing is read."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 70_000:
        pytest.skip("the queue is too long to be filled in reasonable time")
    overflowed = threading.Event()
    released = threading.Event()
    first = threading.Event()

    def hold(_path):
        first.set()
        released.wait()

    watcher = Watcher(lambda *_: None, lambda *_: None, overflowed.set)
    watcher.start()
    descriptor = watcher._descriptor
    real = descriptor.handle_event
    descriptor.handle_event = lambda event: (hold(event), real(event))  # blocks its thread
    watcher.add(str(tmp_path), deep=False)
    one, other = tmp_path / "a", tmp_path / "b"
    try:
        one.touch()
        assert first.wait(60)
        for _ in range(limit // 2 + 1000):
            os.rename(one, other)  # noqa: PTH104  # two events each, quickly
            one, other = other, one
        released.set()
        assert overflowed.wait(60)
    finally:
        released.set()
        watcher.stop()
        watcher.join()


def test_the_private_names_of_watchdog_in_use_exist():
    """A version without them must fail here, not silently on an overflow."""
    assert isinstance(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b"").is_queue_overflow, bool)
    assert _Descriptor.handle_event is not InotifyFD.handle_event
    assert {"_lock", "_add_callback"} <= set(dir(InotifyWatchGroup)) | set(InotifyWatchGroup.__dataclass_fields__)
    descriptor = InotifyFD()
    assert Path(f"/proc/self/fdinfo/{descriptor._inotify_fd}").read_text().startswith("pos:")
    descriptor.start()
    descriptor.stop()
    descriptor.join()


def test_a_watcher_is_alive_while_all_its_threads_are(tmp_path):
    """Hints need the queue reader, every emitter and the dispatcher."""
    for die in (lambda watcher: watcher._descriptor.stop(), lambda watcher: watcher.stop()):
        watching = RecordingWatcher()
        watching.watcher.add(str(tmp_path), deep=False)
        assert watching.watcher.alive()
        die(watching.watcher)
        wait_until(lambda watcher=watching.watcher: not watcher.alive())
        watching.watcher.stop()
        watching.watcher.join()


def test_a_watcher_dies_with_a_failed_emitter_but_not_with_a_removed_directory(watching, tmp_path, monkeypatch):
    """A removed root must not stop the daemon."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    (tmp_path / "gone").mkdir()
    (tmp_path / "here").mkdir()
    for name in ("gone", "here"):
        watching.watcher.add(str(tmp_path / name), deep=False)
    gone, here = sorted(watching.watcher.emitters, key=lambda emitter: emitter.watch.path)
    (tmp_path / "gone").rmdir()
    gone.join(5)
    assert not gone.is_alive()
    assert watching.watcher.alive()

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(here, "queue_events", fail)
    (tmp_path / "here" / "a").touch()
    here.join(5)
    assert not here.is_alive()
    assert not watching.watcher.alive()


def test_a_root_behind_a_link_gives_hints_under_the_name_of_the_link(watching, tmp_path):
    """Roots are often links to a larger disk; watchdog would watch the link itself, which never changes."""
    (tmp_path / "disk" / "logs").mkdir(parents=True)
    root = tmp_path / "logs"
    root.symlink_to(tmp_path / "disk" / "logs")
    assert watching.watcher.add(str(root), deep=True)
    assert watching.watcher.unwatched([str(root)]) == []
    (root / "app.log").touch()
    assert watching.wait_for(root / "app.log")
    (tmp_path / "disk" / "logs" / "b.log").touch()
    assert watching.wait_for(root / "b.log")


@pytest.mark.parametrize(
    ("kind", "expected"), [("nfs4", "nfs4"), ("fuse.sshfs", "fuse.sshfs"), ("ext4", None), ("overlay", None)]
)
def test_the_file_system_type_decides_whether_there_are_events(tmp_path, monkeypatch, kind, expected):
    """The longest mount point above the path counts; of several mounts on one point, the last."""
    root = tmp_path / "a b"
    (root / "logs").mkdir(parents=True)
    table = "".join(
        f"{number} 1 0:{number} / {point} rw - {fs} source rw\n"
        for number, (point, fs) in enumerate(
            [("/", "ext4"), (f"{tmp_path}/a", "cifs"), (f"{tmp_path}/a\\040b", "ext3"), (f"{tmp_path}/a\\040b", kind)]
        )
    )
    monkeypatch.setattr("leakwatch.files.inotify.Path.read_text", lambda *_: table)
    assert without_events(str(root / "logs")) == expected
    assert without_events(str(root)) == expected
    assert without_events("/elsewhere") is None


def swap_names(watching, tmp_path):
    """Watch a root in which two directories had one name in turn; returns the one that was moved out."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "one").mkdir(parents=True)
    (root / "two").mkdir()
    outside.mkdir()
    assert watching.watcher.add(str(root), deep=True)
    (root / "two").rename(outside / "two")
    (root / "one").rename(root / "two")
    (root / "two").rename(root / "three")
    (root / "three" / "seen.log").touch()
    assert watching.wait_for(root / "three" / "seen.log")
    return outside / "two"


def test_stop_works_after_directories_swapped_names(watching, tmp_path):
    """Watchdog loses track of two watches with one name; all its threads must end nevertheless."""
    swap_names(watching, tmp_path)
    emitters = list(watching.watcher.emitters)
    watching.watcher.stop()
    watching.watcher.join(5)
    assert not watching.watcher.is_alive()
    assert not any(one.is_alive() for one in emitters)


def test_hints_continue_after_a_directory_with_a_swapped_name_is_removed(watching, tmp_path):
    """The reader thread survives, and the inconsistency is reported like an overflow."""
    swap_names(watching, tmp_path).rmdir()
    assert watching.overflowed.wait(60)
    (tmp_path / "root" / "later.log").touch()
    assert watching.wait_for(tmp_path / "root" / "later.log")
    assert watching.watcher.alive()
