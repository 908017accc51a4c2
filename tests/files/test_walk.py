"""The walk finds every regular file below the given paths, follows no links, and changes nothing."""

import errno
import os
import pickle
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from leakwatch.core.model import SkipReason
from leakwatch.files import walk as walk_module
from leakwatch.files.walk import FoundFile, UnreadableInput, open_beneath, open_root, reason_of, walk


def found(paths, **options):
    return [item.origin.path for item in walk([str(path) for path in paths], **options) if isinstance(item, FoundFile)]


def unread(paths, **options):
    items = walk([str(path) for path in paths], **options)
    return [(item.origin.path, item.reason, item.named) for item in items if isinstance(item, UnreadableInput)]


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def content(item):
    with item.open() as stream:
        return stream.read()


@contextmanager
def not_root():
    """Drop privileges for the test, because permissions do not apply to root."""
    uid = os.geteuid()
    if uid == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(uid)


@pytest.fixture
def public_directory():
    """A directory that every user may enter; ``tmp_path`` is private."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_tree_is_walked_in_sorted_order(tmp_path):
    """Directories are sorted among files, and paths begin as they were given."""
    for name in ("b.log", "a/z.csv", "a/b/c.txt", "c.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert found([tmp_path]) == [f"{tmp_path}/{name}" for name in ("a/b/c.txt", "a/z.csv", "b.log", "c.log")]
    assert found([f"{tmp_path}/a/"]) == [f"{tmp_path}/a/b/c.txt", f"{tmp_path}/a/z.csv"]


def test_a_found_file_can_be_opened_in_another_process(tmp_path):
    """It can be pickled, with its size."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.log").write_bytes(b"hello")
    (item,) = walk([str(tmp_path)])
    copy = pickle.loads(pickle.dumps(item))
    assert (copy.size, content(copy)) == (5, b"hello")


def test_a_link_given_by_the_caller_is_followed(tmp_path):
    """A link on the command line is what the caller wants to scan."""
    (tmp_path / "real.log").write_text("x")
    (tmp_path / "link.log").symlink_to("real.log")
    (item,) = walk([str(tmp_path / "link.log")])
    assert item.origin.path.endswith("link.log")
    assert content(item) == b"x"


def test_a_path_given_twice_is_walked_once(tmp_path):
    """It is one input."""
    (tmp_path / "a").write_text("x")
    assert len(found([tmp_path, tmp_path])) == 1


def test_a_link_in_a_tree_is_reported_only_if_it_leads_out(tmp_path):
    """Its target inside the tree is found there; a broken link is ignored."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("x")
    (root / "app-1.log").write_text("x")
    (root / "current.log").symlink_to("app-1.log")
    (root / "broken").symlink_to("nowhere")
    (root / "out").symlink_to(outside)
    assert found([root]) == [f"{root}/app-1.log"]
    assert unread([root]) == [(f"{root}/out", SkipReason.NOT_REGULAR, False)]


def test_pipes_sockets_and_devices_are_reported_and_never_opened(tmp_path):
    """Opening them could block or have side effects."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        assert unread([tmp_path, tmp_path / "pipe"]) == [
            (f"{tmp_path}/pipe", SkipReason.NOT_REGULAR, False),
            (f"{tmp_path}/socket", SkipReason.NOT_REGULAR, False),
            (f"{tmp_path}/pipe", SkipReason.NOT_REGULAR, True),
        ]


def test_a_missing_path_is_reported_as_given_by_the_caller(tmp_path):
    """The caller can then exit with "incomplete"."""
    assert unread([tmp_path / "nope"]) == [(f"{tmp_path}/nope", SkipReason.VANISHED, True)]


def test_a_link_to_itself_is_a_loop(tmp_path):
    """Following it would never end."""
    (tmp_path / "self").symlink_to("self")
    assert unread([tmp_path / "self"]) == [(f"{tmp_path}/self", SkipReason.LOOP, True)]


def test_an_unreadable_directory_is_reported_and_the_rest_is_walked(public_directory):
    """It does not end the walk."""
    (public_directory / "a").mkdir(mode=0o700)
    (public_directory / "a").chmod(0)
    (public_directory / "b").write_text("x")
    with not_root():
        assert unread([public_directory]) == [(f"{public_directory}/a", SkipReason.PERMISSION, False)]
        assert found([public_directory]) == [f"{public_directory}/b"]
        assert unread([public_directory / "a"]) == [(f"{public_directory}/a", SkipReason.PERMISSION, True)]


def test_a_file_of_another_user_is_opened_without_o_noatime(public_directory):
    """Only its owner may use O_NOATIME."""
    (public_directory / "a").write_text("x")
    (public_directory / "a").chmod(0o644)
    (item,) = walk([str(public_directory)])
    with not_root():
        assert content(item) == b"x"


def test_a_directory_inside_itself_is_a_loop(tmp_path, monkeypatch):
    """As with bind mounts; ``fstat`` is replaced, because mounting needs privileges."""
    (tmp_path / "a").mkdir()
    real = os.fstat
    top = tmp_path.stat()

    def same_inode(fd):
        status = real(fd)
        if stat.S_ISDIR(status.st_mode):
            fields = list(status)
            fields[1], fields[2] = top.st_ino, top.st_dev
            return os.stat_result(fields)
        return status

    monkeypatch.setattr(walk_module.os, "fstat", same_inode)
    assert unread([tmp_path]) == [(f"{tmp_path}/a", SkipReason.LOOP, False)]


def test_one_filesystem_skips_other_file_systems(tmp_path, monkeypatch):
    """``fstat`` is replaced, because mounting needs privileges."""
    (tmp_path / "mnt").mkdir()
    (tmp_path / "mnt" / "x").write_text("x")
    (tmp_path / "y").write_text("y")
    inode = (tmp_path / "mnt").stat().st_ino
    real = os.fstat

    def other_device(fd):
        fields = list(real(fd))
        fields[2] += fields[1] == inode
        return os.stat_result(fields)

    monkeypatch.setattr(walk_module.os, "fstat", other_device)
    assert found([tmp_path], one_filesystem=True) == [f"{tmp_path}/y"]
    assert found([tmp_path]) == [f"{tmp_path}/mnt/x", f"{tmp_path}/y"]


def test_a_file_that_vanishes_during_the_walk_is_reported(tmp_path):
    """Deleted between the listing and its stat."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("x")
    items = walk([str(tmp_path)])
    (item,) = items
    (tmp_path / "a" / "x").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        item.open()
    assert reason_of(caught.value) is SkipReason.VANISHED


def test_a_directory_that_vanishes_during_the_walk_is_reported(tmp_path):
    """Deleted between the listing of its parent and its own."""
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").mkdir()
    items = walk([str(tmp_path)])
    assert next(items).origin.path == f"{tmp_path}/a"
    (tmp_path / "b").rmdir()
    assert [item.reason for item in items] == [SkipReason.VANISHED]


def test_a_name_that_is_not_utf8_is_walked_and_opened(tmp_path):
    """Names are bytes."""
    name = "手机.log".encode("gb18030")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_text("x")
    (item,) = walk([str(tmp_path)])
    assert os.fsencode(item.origin.path).endswith(name)
    assert content(item) == b"x"


@pytest.fixture
def deep_directory(tmp_path):
    """A directory for trees too deep for a recursive cleanup in Python."""
    folder = tmp_path / "deep"
    folder.mkdir()
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_a_very_deep_tree_is_walked(deep_directory):
    """Deeper than the longest path and than Python's recursion limit, with one directory open at a time."""
    depth = sys.getrecursionlimit() + 100
    fd = os.open(deep_directory, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("dddd", dir_fd=fd)
        below = os.open("dddd", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(os.open("x", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    (item,) = walk([str(deep_directory)])
    assert len(item.parts) == depth + 1
    item.open().close()


def test_open_beneath_follows_no_link(tmp_path):
    """Neither for a directory on the way nor for the file itself."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").write_text("x")
    (tmp_path / "linked").symlink_to("real")
    (tmp_path / "real" / "g").symlink_to("f")
    root = open_root(str(tmp_path))
    try:
        os.close(open_beneath(root, ["real", "f"]))
        with pytest.raises(OSError) as folder:
            open_beneath(root, ["linked", "f"])
        with pytest.raises(OSError) as file:
            open_beneath(root, ["real", "g"])
        assert folder.value.errno == errno.ENOTDIR
        assert file.value.errno == errno.ELOOP
        assert reason_of(file.value) is SkipReason.NOT_REGULAR
    finally:
        os.close(root)


def test_open_beneath_refuses_a_pipe_without_blocking(tmp_path):
    """Opening a pipe without a writer would block forever."""
    os.mkfifo(tmp_path / "pipe")
    root = open_root(str(tmp_path))
    try:
        with pytest.raises(OSError, match="not a regular file") as caught:
            open_beneath(root, ["pipe"])
        assert reason_of(caught.value) is SkipReason.NOT_REGULAR
    finally:
        os.close(root)


@pytest.mark.parametrize("parts", [[], [".."], ["a", "..", "b"], ["a/b"], [""], ["."], ["a\0b"]])
def test_open_beneath_accepts_only_plain_names(tmp_path, parts):
    """There is no way out of the root."""
    root = open_root(str(tmp_path))
    try:
        with pytest.raises(ValueError, match="plain names"):
            open_beneath(root, parts)
    finally:
        os.close(root)


def test_walking_leaks_no_descriptor(tmp_path):
    """Even after errors and unfinished walks."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "f").write_text("x")
    (tmp_path / "z").write_text("x")
    before = descriptors()
    items = walk([str(tmp_path)])
    item = next(items)
    items.close()
    (tmp_path / "a" / "b" / "f").unlink()
    with pytest.raises(FileNotFoundError):
        item.open()
    assert descriptors() == before


def test_walking_and_reading_change_nothing(tmp_path):
    """Not even the access time of a file, and its descriptor is read-only."""
    (tmp_path / "f").write_text("x")
    os.utime(tmp_path / "f", ns=(10**18, 10**18 + 1))
    (item,) = walk([str(tmp_path)])
    with item.open() as stream:
        assert stream.read() == b"x"
        with pytest.raises(OSError) as caught:
            os.write(stream.fileno(), b"y")
    assert caught.value.errno == errno.EBADF
    status = (tmp_path / "f").stat()
    assert (status.st_atime_ns, status.st_mtime_ns, status.st_size) == (10**18, 10**18 + 1, 1)


def test_an_unknown_error_is_reported_as_damaged():
    """Every error has a reason of the closed list."""
    assert reason_of(OSError(errno.EIO, "I/O error")) is SkipReason.DAMAGED


def test_an_error_of_one_entry_is_reported_for_that_entry(tmp_path):
    """Also if the root vanishes right after it was found."""
    (tmp_path / "a").mkdir()
    items = walk([str(tmp_path / "a")])
    tree = walk_module._Tree(str(tmp_path / "gone"), str(tmp_path / "gone"), one_filesystem=False)
    assert list(items) == []
    assert [(item.reason, item.named) for item in tree.files()] == [(SkipReason.VANISHED, True)]

    class Entry:
        name = "x"

        def is_symlink(self):
            raise PermissionError(errno.EACCES, "no")

    assert tree._item(("x",), Entry(), frozenset()).reason is SkipReason.PERMISSION
