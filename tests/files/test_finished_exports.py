"""When an export counts as finished, and when as a new one."""

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


class ExportDirectory:
    """An export directory and a clock that the test sets; ages of files are relative to it."""

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
def exports(tmp_path):
    return ExportDirectory(tmp_path)


def test_a_file_is_finished_after_the_settle_time(exports):
    """Not before; it is returned until it is marked as scanned."""
    exports.write()
    exports.exports.reconcile()
    assert exports.finished() == []
    assert exports.exports.next_at() == pytest.approx(exports.now + 2, abs=0.01)
    exports.wait(2.1)
    assert exports.finished() == exports.finished() == ["a.csv"]
    assert (exports.exports.waiting, exports.exports.known) == (1, 0)
    for entry in exports.exports.finished():
        exports.exports.scanned(entry)
    assert exports.finished() == []
    assert (exports.exports.waiting, exports.exports.known, exports.exports.next_at()) == (0, 1, None)


def test_an_old_file_does_not_wait(exports):
    """Such as a finished file that is moved in."""
    exports.write(age=60)
    exports.exports.reconcile()
    assert exports.finished() == ["a.csv"]


def test_a_file_from_the_future_waits_like_a_new_one(exports):
    """Clocks differ between hosts."""
    exports.write(age=-3600)
    exports.exports.reconcile()
    assert exports.finished() == []
    exports.wait(2.1)
    assert exports.finished() == ["a.csv"]


def test_every_change_restarts_the_wait(exports):
    """Whether a listing or the last check before the scan notices it."""
    exports.write(age=1)
    exports.exports.reconcile()
    exports.wait(0.9)
    exports.write(text="a,b\nc,d\n")
    exports.exports.reconcile()
    exports.wait(1.2)
    assert exports.finished() == []
    exports.write(text="a,b\nc,d\ne,f\n")
    exports.wait(1.0)
    assert exports.finished() == []
    exports.wait(1.9)
    assert exports.finished() == []
    exports.wait(0.2)
    assert exports.finished() == ["a.csv"]


def test_a_file_that_is_open_for_writing_is_not_finished(exports):
    """However long it does not change."""
    path = exports.write(age=60)
    with path.open("a"):
        exports.exports.reconcile()
        assert exports.finished() == []
        exports.wait(100)
        assert exports.finished() == []
    exports.wait(2.1)
    with path.open():  # a reader is no writer
        assert exports.finished() == ["a.csv"]


def test_without_leases_the_settle_time_decides(exports, monkeypatch):
    """For files of other users, and file systems without leases."""
    path = exports.write(age=60)

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(module.fcntl, "fcntl", refuse)
    with path.open("a"):
        exports.exports.reconcile()
        assert exports.finished() == ["a.csv"]
    assert fcntl.fcntl is refuse


def test_a_rewritten_file_is_a_new_export(exports):
    """By size, time or inode; an unchanged file is not."""
    exports.write(age=60)
    exports.exports.reconcile()
    [first] = exports.exports.finished()
    exports.exports.scanned(first)
    exports.exports.reconcile()
    assert exports.exports.waiting == 0
    exports.write(text="c,d\n", age=50)
    exports.exports.reconcile()
    assert exports.finished() == ["a.csv"]
    [second] = exports.exports.finished()
    assert (second.ino, second.size) == (first.ino, first.size)
    exports.exports.scanned(second)
    exports.write("b.csv", text="c,d\n", age=50).rename(exports.directory / "a.csv")
    exports.exports.reconcile()
    assert exports.finished() == ["a.csv"]


def test_a_file_that_changes_while_it_is_scanned_is_scanned_again(exports):
    """The version that was returned counts as scanned, not the current one."""
    exports.write(age=60)
    exports.exports.reconcile()
    [entry] = exports.exports.finished()
    exports.write(text="a,b\nnew,row\n", age=30)
    exports.exports.scanned(entry)
    exports.exports.reconcile()
    assert exports.finished() == ["a.csv"]


def test_a_vanished_file_is_no_longer_pending(exports):
    """Between two listings, or between listing and scan."""
    exports.write()
    exports.exports.reconcile()
    (exports.directory / "a.csv").unlink()
    exports.exports.reconcile()
    assert exports.exports.waiting == 0
    exports.write(age=60)
    exports.exports.reconcile()
    (exports.directory / "a.csv").unlink()
    assert exports.finished() == []
    assert exports.exports.waiting == 0


def test_the_oldest_export_is_returned_first(exports):
    """Leaks are reported in the order in which they happened."""
    for number, age in enumerate((30, 90, 60)):
        exports.write(f"{number}.csv", age=age)
    exports.exports.reconcile()
    assert exports.finished() == ["1.csv", "2.csv", "0.csv"]


def test_one_directory_can_be_reconciled_alone(exports):
    """Files elsewhere stay pending."""
    exports.write("a/one.csv")
    exports.write("b/two.csv")
    exports.exports.reconcile()
    (exports.directory / "a" / "one.csv").unlink()
    exports.write("b/three.csv")
    exports.exports.reconcile(str(exports.directory / "b"))
    assert exports.exports.waiting == 3
    exports.exports.reconcile(str(exports.directory.parent))
    assert exports.exports.waiting == 3
    exports.exports.reconcile(str(exports.directory / "a"))
    assert exports.exports.waiting == 2


def test_only_matching_names_are_exports(tmp_path):
    """Pipes and links are never opened."""
    exports = ExportDirectory(tmp_path, "/*.csv")
    exports.write("a.csv", age=60)
    exports.write("a.txt", age=60)
    exports.write("sub/b.csv", age=60)
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "pipe.csv")
    exports.exports.reconcile()
    assert exports.finished() == ["a.csv"]


def test_exports_finished_by_an_earlier_run_are_not_returned(exports):
    """An interrupted export is."""
    rows = []
    for name, state in (("done.csv", "done"), ("poison.zip", "quarantined"), ("begun.csv", "scanning")):
        stat = exports.write(name, age=60).stat()
        path = digest(os.fsencode(exports.directory / name))
        rows.append(ExportRow("exports", path, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, 1, state))
    exports.exports.resume(rows)
    assert exports.exports.known == 2
    exports.exports.reconcile()
    assert exports.finished() == ["begun.csv"]
    exports.write("poison.zip", text="mended and longer", age=30)
    exports.exports.reconcile()
    assert exports.finished() == ["begun.csv", "poison.zip"]


def test_a_finished_export_is_opened_only_below_its_root(exports):
    """A link that replaced it meanwhile is not followed."""
    path = exports.write("sub/a.csv", age=60)
    exports.exports.reconcile()
    [entry] = exports.exports.finished()
    source = as_input(entry)
    assert (source.origin.path, source.size) == (str(path), 4)
    with source.open() as file:
        assert file.read() == b"a,b\n"
    path.unlink()
    path.symlink_to("/etc/hostname")
    with pytest.raises(OSError):
        source.open()


def test_a_file_that_cannot_be_opened_is_left_to_the_scan(exports):
    """The scan reports it as unreadable, so the check for writers must not hide it."""
    path = exports.write("sub/a.csv", age=60)
    exports.exports.reconcile()
    path.chmod(0)
    assert without_privileges(exports.finished) == ["sub/a.csv"]
    path.chmod(0o600)
    [entry] = exports.exports.finished()
    (exports.directory / "sub").rename(exports.directory.parent / f"{exports.directory.name}-away")
    assert not module._has_writer(entry)
    exports.directory.rename(exports.directory.parent / f"{exports.directory.name}-gone")
    assert not module._has_writer(entry)


def test_special_files_are_reported_once_and_never_opened(exports):
    """Opening a FIFO would block. A link is not followed and not reported."""
    exports.write()
    os.mkfifo(exports.directory / "pipe")
    (exports.directory / "etc").symlink_to("/etc")
    for _ in range(2):
        exports.exports.reconcile()
    assert exports.exports.special == {str(exports.directory / "pipe"): (str(exports.directory), "not-regular")}
    exports.exports.special.clear()
    exports.exports.reconcile()
    assert exports.exports.special == {}
