"""Hints come, an overflow is told, and what gives no hints is found out."""

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


class Hearing:
    """A running watcher, and what it said."""

    def __init__(self):
        self.paths = queue.Queue()
        self.overflowed = threading.Event()
        self.moves = []
        self.written = []
        self.watcher = Watcher(self._hear, lambda old, new: self.moves.append((old, new)), self.overflowed.set)
        self.watcher.start()

    def _hear(self, path, written):
        if written:
            self.written.append(path)
        self.paths.put(path)

    def heard(self, path, seconds=5.0):
        """Wait for a hint about a path; what came before it is dropped."""
        while True:
            try:
                if self.paths.get(timeout=seconds) == str(path):
                    return True
            except queue.Empty:
                return False

    def quiet(self):
        with pytest.raises(queue.Empty):
            self.paths.get(timeout=0.2)


@pytest.fixture
def hearing():
    hearing = Hearing()
    yield hearing
    hearing.watcher.stop()
    hearing.watcher.join()


def test_creating_writing_moving_and_deleting_give_hints(hearing, tmp_path):
    """Both names of a move, and a mode that lets us read again."""
    room = tmp_path / "room"
    room.mkdir()
    assert hearing.watcher.add(str(room), deep=False)
    log = room / "app.log"
    log.touch()
    assert hearing.heard(log)
    with log.open("a") as file:
        file.write("line\n")
    assert hearing.heard(log)
    log.chmod(0o640)
    assert hearing.heard(log)
    log.rename(room / "app.log.1")
    assert hearing.heard(room / "app.log.1")
    (tmp_path / "from outside").touch()
    (tmp_path / "from outside").rename(room / "b.log")
    assert hearing.heard(room / "b.log")
    (room / "b.log").unlink()
    assert hearing.heard(room / "b.log")


def test_a_log_that_is_written_to_all_the_time_gives_few_hints(hearing, tmp_path, monkeypatch):
    """The kernel makes one of those that wait; what is more than writing is not kept waiting."""
    monkeypatch.setattr(inotify, "PAUSE_SECONDS", 0.5)
    log = tmp_path / "app.log"
    log.touch()
    assert hearing.watcher.add(str(tmp_path), deep=False)
    with log.open("a", buffering=1) as file:
        file.write("first\n")
        assert hearing.heard(log)
        for _ in range(50):
            file.write("line\n")
            time.sleep(0.001)  # as a log is written: not all at once
    assert hearing.heard(log)  # that it was closed
    assert len(hearing.written) < 10


def test_every_way_of_a_file_from_name_to_name_is_told_in_its_order(hearing, tmp_path):
    """Before the hint about it; from and to where nothing is watched, and below a directory that is moved, too."""
    room = tmp_path / "room"
    (room / "a").mkdir(parents=True)
    hearing.watcher.add(str(room), deep=True)
    log, rotated, twice = (room / "a" / name for name in ("app.log", "app.log.1", "app.log.2"))
    log.touch()
    log.write_text("writing is no move\n")
    log.rename(rotated)
    rotated.rename(twice)
    twice.rename(tmp_path / "outside")
    (tmp_path / "outside").rename(log)
    assert hearing.heard(twice)
    (room / "a").rename(room / "b")
    assert hearing.heard(room / "b" / "app.log")
    (room / "b" / "app.log").unlink()
    (room / "end").touch()
    assert hearing.heard(room / "end")
    last = str(room / "b" / "app.log")
    named = [str(path) for path in (log, rotated, twice)]
    assert hearing.moves == [
        (None, named[0]),
        (named[0], named[1]),
        (named[1], named[2]),
        (named[2], None),
        (None, named[0]),
        (named[0], last),
        (last, None),
        (None, str(room / "end")),
    ]


def test_our_own_reading_gives_no_hints(hearing, tmp_path):
    """Otherwise every look would cause the next one."""
    (tmp_path / "app.log").write_text("line\n")
    hearing.watcher.add(str(tmp_path), deep=True)
    (tmp_path / "app.log").read_text()
    list(tmp_path.iterdir())
    hearing.quiet()


def test_a_directory_made_later_is_watched_too(hearing, tmp_path):
    """Where the root is deep; where it is not, nothing below is."""
    hearing.watcher.add(str(tmp_path), deep=True)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert hearing.heard(tmp_path / "a")
    wait_until(lambda: hearing.watcher.unwatched([f"{tmp_path}/a", f"{tmp_path}/a/b"]) == [])
    (tmp_path / "a" / "b" / "app.log").touch()
    assert hearing.heard(tmp_path / "a" / "b" / "app.log")


def wait_until(met, seconds=5.0):
    """Look again until it holds: the kernel's table has no event of its own."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if met():
            return
        pause.wait(0.01)
    raise AssertionError


def test_what_is_not_watched_is_found_out(hearing, tmp_path):
    """The proof is the kernel's own list; a directory that is gone is nobody's blind spot."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    hearing.watcher.add(str(tmp_path / "in"), deep=False)
    names = [str(tmp_path / name) for name in ("in", "in/sub", "out", "gone")]
    assert hearing.watcher.unwatched(names) == [names[1], names[2]]


def test_what_cannot_be_watched_is_said(hearing, tmp_path):
    """And stays unwatched."""
    assert not hearing.watcher.add(str(tmp_path / "missing"), deep=True)


def test_the_watch_limit_is_said(hearing, tmp_path, monkeypatch):
    """The kernel's refusal, which watchdog would raise somewhere else."""
    monkeypatch.setattr("watchdog.observers.inotify_c.inotify_add_watch", lambda *_: -1)
    monkeypatch.setattr("watchdog.observers.inotify_c.ctypes.get_errno", lambda: 28)
    assert not hearing.watcher.add(str(tmp_path), deep=False)
    assert hearing.watcher.unwatched([str(tmp_path)]) == [str(tmp_path)]


@pytest.mark.parametrize("deep", [True, False])
def test_a_root_that_was_removed_can_be_watched_again_when_it_is_back(hearing, tmp_path, deep):
    """A directory is its inode: the new one needs a watch of its own."""
    room = tmp_path / "room"
    room.mkdir()
    hearing.watcher.add(str(room), deep=deep)
    shutil.rmtree(room)
    (tmp_path / "another").mkdir()  # takes the old inode, so that the new room has another one
    room.mkdir()
    assert hearing.watcher.add(str(room), deep=deep)
    wait_until(lambda: hearing.watcher.unwatched([str(room)]) == [])
    (room / "app.log").touch()
    assert hearing.heard(room / "app.log")


def test_directories_that_were_refused_are_watched_once_there_is_room(hearing, tmp_path, monkeypatch):
    """The limit was raised, or somebody else gave watches back; before that, one refusal ends the try."""
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
    hearing.watcher.add(str(base), deep=True)
    below = [str(base / name) for name in "abc"]
    assert hearing.watcher.unwatched(below) == below
    asked.clear()
    hearing.watcher.extend(str(base), below)
    assert len(asked) == 1
    monkeypatch.undo()
    hearing.watcher.extend(str(base), below)
    assert hearing.watcher.unwatched(below) == []
    (base / "b" / "app.log").touch()
    assert hearing.heard(base / "b" / "app.log")
    hearing.watcher.extend(str(tmp_path), below)  # never watched: nothing to extend


def test_an_overflow_is_told(hearing, tmp_path):
    """The kernel's own event, as it is read from the queue; watchdog only logs it."""
    hearing.watcher.add(str(tmp_path), deep=True)
    hearing.watcher._descriptor.handle_event(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b""))
    assert hearing.overflowed.is_set()


def test_a_real_overflow_is_told(tmp_path):
    """More events than the kernel keeps, while nobody reads."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 70_000:
        pytest.skip("the queue is too long to be filled in reasonable time")
    overflowed = threading.Event()
    held = threading.Event()
    first = threading.Event()

    def hold(_path):
        first.set()
        held.wait(30)

    watcher = Watcher(lambda *_: None, lambda *_: None, overflowed.set)
    watcher.start()
    descriptor = watcher._descriptor
    real = descriptor.handle_event
    descriptor.handle_event = lambda event: (hold(event), real(event))  # its thread stands still, as under load
    watcher.add(str(tmp_path), deep=False)
    one, other = tmp_path / "a", tmp_path / "b"
    one.touch()
    assert first.wait(5)
    for _ in range(limit // 2 + 1000):
        os.rename(one, other)  # noqa: PTH104  # two events each, quickly
        one, other = other, one
    held.set()
    assert overflowed.wait(20)
    watcher.stop()
    watcher.join()


def test_the_private_names_of_watchdog_that_we_rely_on_are_there():
    """A version that takes them away fails here, not silently on an overflow or in the proof of coverage."""
    assert isinstance(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b"").is_queue_overflow, bool)
    assert _Descriptor.handle_event is not InotifyFD.handle_event
    assert {"_lock", "_add_callback"} <= set(dir(InotifyWatchGroup)) | set(InotifyWatchGroup.__dataclass_fields__)
    descriptor = InotifyFD()
    assert Path(f"/proc/self/fdinfo/{descriptor._inotify_fd}").read_text().startswith("pos:")
    descriptor.start()
    descriptor.stop()
    descriptor.join()


def test_it_is_alive_as_long_as_every_thread_of_it_is(tmp_path):
    """Hints depend on the reader of the queue, on every emitter and on the dispatcher."""
    for die in (lambda watcher: watcher._descriptor.stop(), lambda watcher: watcher.stop()):
        hearing = Hearing()
        hearing.watcher.add(str(tmp_path), deep=False)
        assert hearing.watcher.alive()
        die(hearing.watcher)
        wait_until(lambda watcher=hearing.watcher: not watcher.alive())
        hearing.watcher.stop()
        hearing.watcher.join()


def test_an_emitter_that_fails_is_no_sign_of_life_and_one_whose_directory_is_gone_is_no_death(
    hearing, tmp_path, monkeypatch
):
    """A removed root must not end the daemon."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    (tmp_path / "gone").mkdir()
    (tmp_path / "here").mkdir()
    for name in ("gone", "here"):
        hearing.watcher.add(str(tmp_path / name), deep=False)
    gone, here = sorted(hearing.watcher.emitters, key=lambda emitter: emitter.watch.path)
    (tmp_path / "gone").rmdir()
    gone.join(5)
    assert not gone.is_alive()
    assert hearing.watcher.alive()

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(here, "queue_events", fail)
    (tmp_path / "here" / "a").touch()
    here.join(5)
    assert not here.is_alive()
    assert not hearing.watcher.alive()


def test_a_directory_asked_for_through_a_link_gives_hints_under_that_name(hearing, tmp_path):
    """Roots are often links to a larger disk; watchdog alone would watch the link, which never changes."""
    (tmp_path / "disk" / "logs").mkdir(parents=True)
    root = tmp_path / "logs"
    root.symlink_to(tmp_path / "disk" / "logs")
    assert hearing.watcher.add(str(root), deep=True)
    assert hearing.watcher.unwatched([str(root)]) == []
    (root / "app.log").touch()
    assert hearing.heard(root / "app.log")
    (tmp_path / "disk" / "logs" / "b.log").touch()
    assert hearing.heard(root / "b.log")


@pytest.mark.parametrize(
    ("kind", "told"), [("nfs4", "nfs4"), ("fuse.sshfs", "fuse.sshfs"), ("ext4", None), ("overlay", None)]
)
def test_the_mount_that_a_path_is_on_says_whether_there_are_events(tmp_path, monkeypatch, kind, told):
    """The longest mount point above it, with its blanks undone; the last of several on one point counts."""
    root = tmp_path / "a b"
    (root / "logs").mkdir(parents=True)
    table = "".join(
        f"{number} 1 0:{number} / {point} rw - {fs} source rw\n"
        for number, (point, fs) in enumerate(
            [("/", "ext4"), (f"{tmp_path}/a", "cifs"), (f"{tmp_path}/a\\040b", "ext3"), (f"{tmp_path}/a\\040b", kind)]
        )
    )
    monkeypatch.setattr("leakwatch.files.inotify.Path.read_text", lambda *_: table)
    assert without_events(str(root / "logs")) == told
    assert without_events(str(root)) == told
    assert without_events("/elsewhere") is None


def two_of_one_name(hearing, tmp_path):
    """Watch a root in which the watches of two directories went by one name in turn; the one that was moved out."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "one").mkdir(parents=True)
    (root / "two").mkdir()
    outside.mkdir()
    assert hearing.watcher.add(str(root), deep=True)
    (root / "two").rename(outside / "two")
    (root / "one").rename(root / "two")
    (root / "two").rename(root / "three")
    (root / "three" / "seen.log").touch()
    assert hearing.heard(root / "three" / "seen.log")
    return outside / "two"


def test_stopping_survives_directories_that_changed_places(hearing, tmp_path):
    """Watchdog loses count of two watches by one name: stopping ends all the same, and so does its thread."""
    two_of_one_name(hearing, tmp_path)
    emitters = list(hearing.watcher.emitters)
    hearing.watcher.stop()
    hearing.watcher.join(5)
    assert not hearing.watcher.is_alive()
    assert not any(one.is_alive() for one in emitters)


def test_hints_survive_the_end_of_a_directory_that_changed_places(hearing, tmp_path):
    """The thread that reads the kernel's events lives on; that something was odd is told like an overflow."""
    two_of_one_name(hearing, tmp_path).rmdir()
    assert hearing.overflowed.wait(5)
    (tmp_path / "root" / "later.log").touch()
    assert hearing.heard(tmp_path / "root" / "later.log")
    assert hearing.watcher.alive()
