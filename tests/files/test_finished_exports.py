"""When an export is finished, and when it is another one."""

from __future__ import annotations

import fcntl
import os

import pytest
from support.ordinary_lines import without_privileges

from leakwatch.files import finished_exports as module
from leakwatch.files.finished_exports import FinishedExports, as_input
from leakwatch.files.watch_paths import roots_of
from leakwatch.state.store import ExportRow


def digest(data):
    return b"digest of " + data


class Room:
    """An export directory, and a clock that is moved by hand; files are as old as that clock says."""

    def __init__(self, directory, pattern="", **more):
        self.directory = directory
        self.now = 100.0
        roots = roots_of([f"{directory}{pattern}"], recursive=True)
        self.exports = FinishedExports(
            "exports", roots, 2.0, lambda: self.now, lambda: 1_000_000 + self.now, digest, **more
        )

    def write(self, name="a.csv", text="a,b\n", *, age=0.0):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        at = 1_000_000 + self.now - age
        os.utime(path, (at, at))
        return path

    def wait(self, seconds):
        self.now += seconds

    def finished(self):
        return ["/".join(entry.parts) for entry in self.exports.finished()]


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path)


def test_a_file_is_finished_when_it_was_quiet_for_as_long_as_was_asked(room):
    """Not before, and it is offered until it was scanned."""
    room.write()
    room.exports.reconcile()
    assert room.finished() == []
    assert room.exports.next_at() == pytest.approx(room.now + 2, abs=0.01)
    room.wait(2.1)
    assert room.finished() == room.finished() == ["a.csv"]
    assert (room.exports.waiting, room.exports.known) == (1, 0)
    for entry in room.exports.finished():
        room.exports.scanned(entry)
    assert room.finished() == []
    assert (room.exports.waiting, room.exports.known, room.exports.next_at()) == (0, 1, None)


def test_a_file_that_is_old_already_does_not_wait(room):
    """A finished file that is moved in, or was there before us."""
    room.write(age=60)
    room.exports.reconcile()
    assert room.finished() == ["a.csv"]


def test_a_file_from_the_future_waits_like_a_new_one(room):
    """Clocks differ between hosts."""
    room.write(age=-3600)
    room.exports.reconcile()
    assert room.finished() == []
    room.wait(2.1)
    assert room.finished() == ["a.csv"]


def test_every_change_begins_the_wait_again(room):
    """Whether a look at the directory or the last check before scanning notices it."""
    room.write(age=1)
    room.exports.reconcile()
    room.wait(0.9)
    room.write(text="a,b\nc,d\n")
    room.exports.reconcile()
    room.wait(1.2)
    assert room.finished() == []
    room.write(text="a,b\nc,d\ne,f\n")
    room.wait(1.0)
    assert room.finished() == []
    room.wait(1.9)
    assert room.finished() == []
    room.wait(0.2)
    assert room.finished() == ["a.csv"]


def test_a_file_that_somebody_has_open_for_writing_is_not_finished(room):
    """However long nothing comes: the kernel knows."""
    path = room.write(age=60)
    with path.open("a"):
        room.exports.reconcile()
        assert room.finished() == []
        room.wait(100)
        assert room.finished() == []
    room.wait(2.1)
    with path.open():  # a reader is no writer
        assert room.finished() == ["a.csv"]


def test_where_the_kernel_may_not_be_asked_the_time_decides(room, monkeypatch):
    """Files of others, and file systems without leases."""
    path = room.write(age=60)

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(module.fcntl, "fcntl", refuse)
    with path.open("a"):
        room.exports.reconcile()
        assert room.finished() == ["a.csv"]
    assert fcntl.fcntl is refuse


def test_a_rewritten_file_is_another_export(room):
    """By size or time or inode; the same file again is not."""
    room.write(age=60)
    room.exports.reconcile()
    [first] = room.exports.finished()
    room.exports.scanned(first)
    room.exports.reconcile()
    assert room.exports.waiting == 0
    room.write(text="c,d\n", age=50)
    room.exports.reconcile()
    assert room.finished() == ["a.csv"]
    [second] = room.exports.finished()
    assert (second.ino, second.size) == (first.ino, first.size)
    room.exports.scanned(second)
    room.write("b.csv", text="c,d\n", age=50).rename(room.directory / "a.csv")
    room.exports.reconcile()
    assert room.finished() == ["a.csv"]


def test_a_file_that_changes_while_it_is_scanned_is_scanned_again(room):
    """What was scanned is the version that was offered."""
    room.write(age=60)
    room.exports.reconcile()
    [entry] = room.exports.finished()
    room.write(text="a,b\nnew,row\n", age=30)
    room.exports.scanned(entry)
    room.exports.reconcile()
    assert room.finished() == ["a.csv"]


def test_a_file_that_vanishes_is_waited_for_no_more(room):
    """Whether between two looks, or between the look and the scan."""
    room.write()
    room.exports.reconcile()
    (room.directory / "a.csv").unlink()
    room.exports.reconcile()
    assert room.exports.waiting == 0
    room.write(age=60)
    room.exports.reconcile()
    (room.directory / "a.csv").unlink()
    assert room.finished() == []
    assert room.exports.waiting == 0


def test_the_oldest_is_offered_first(room):
    """Leaks are told in the order they happened."""
    for number, age in enumerate((30, 90, 60)):
        room.write(f"{number}.csv", age=age)
    room.exports.reconcile()
    assert room.finished() == ["1.csv", "2.csv", "0.csv"]


def test_one_directory_can_be_looked_at_alone(room):
    """What waits elsewhere goes on waiting."""
    room.write("a/one.csv")
    room.write("b/two.csv")
    room.exports.reconcile()
    (room.directory / "a" / "one.csv").unlink()
    room.write("b/three.csv")
    room.exports.reconcile(str(room.directory / "b"))
    assert room.exports.waiting == 3
    room.exports.reconcile(str(room.directory.parent))
    assert room.exports.waiting == 3
    room.exports.reconcile(str(room.directory / "a"))
    assert room.exports.waiting == 2


def test_only_names_that_match_are_exports(tmp_path):
    """A glob chooses; pipes and links are never opened."""
    room = Room(tmp_path, "/*.csv")
    room.write("a.csv", age=60)
    room.write("a.txt", age=60)
    room.write("sub/b.csv", age=60)
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "pipe.csv")
    room.exports.reconcile()
    assert room.finished() == ["a.csv"]


def test_what_an_earlier_run_finished_or_gave_up_is_not_offered_again(room):
    """What it had only begun is."""
    rows = []
    for name, state in (("done.csv", "done"), ("poison.zip", "quarantined"), ("begun.csv", "scanning")):
        stat = room.write(name, age=60).stat()
        path = digest(os.fsencode(room.directory / name))
        rows.append(ExportRow("exports", path, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, 1, state))
    room.exports.resume(rows)
    assert room.exports.known == 2
    room.exports.reconcile()
    assert room.finished() == ["begun.csv"]
    room.write("poison.zip", text="mended and longer", age=30)
    room.exports.reconcile()
    assert room.finished() == ["begun.csv", "poison.zip"]


def test_a_finished_export_is_opened_below_its_root_and_nowhere_else(room):
    """A link put in its place in the meantime leads nowhere."""
    path = room.write("sub/a.csv", age=60)
    room.exports.reconcile()
    [entry] = room.exports.finished()
    source = as_input(entry)
    assert (source.origin.path, source.size) == (str(path), 4)
    with source.open() as file:
        assert file.read() == b"a,b\n"
    path.unlink()
    path.symlink_to("/etc/hostname")
    with pytest.raises(OSError):
        source.open()


def test_what_cannot_be_opened_to_ask_is_left_to_the_scan(room):
    """It will be told as unread there; asking for writers must not hide it."""
    path = room.write("sub/a.csv", age=60)
    room.exports.reconcile()
    path.chmod(0)
    assert without_privileges(room.finished) == ["sub/a.csv"]
    path.chmod(0o600)
    [entry] = room.exports.finished()
    (room.directory / "sub").rename(room.directory.parent / f"{room.directory.name}-away")
    assert not module._has_writer(entry)
    room.directory.rename(room.directory.parent / f"{room.directory.name}-gone")
    assert not module._has_writer(entry)


def test_what_is_no_file_is_told_once_and_never_opened(room):
    """A FIFO would block whoever opens it; a link is not followed, and says nothing."""
    room.write()
    os.mkfifo(room.directory / "pipe")
    (room.directory / "etc").symlink_to("/etc")
    for _ in range(2):
        room.exports.reconcile()
    assert room.exports.special == {str(room.directory / "pipe"): (str(room.directory), "not-regular")}
    room.exports.special.clear()
    room.exports.reconcile()
    assert room.exports.special == {}
