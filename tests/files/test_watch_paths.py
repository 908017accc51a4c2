"""Which files a configured path covers, and which directories it needs watched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.ordinary_lines import without_privileges

from leakwatch.core.errors import ConfigError
from leakwatch.files.watch_paths import WatchPath, roots_of


def tree(directory, *names):
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return directory


def matching(pattern, directory, *, recursive=True):
    root = WatchPath(pattern, recursive)
    return sorted(os.path.relpath(one.path, directory) for one in root.list() if root.matches(one.path))


@pytest.mark.parametrize(
    ("pattern", "recursive", "found"),
    [
        ("*.log", True, ["a.log"]),
        ("?.log", True, ["a.log"]),
        ("[ab].log", True, ["a.log"]),
        ("[!b].log", True, ["a.log"]),
        ("[!a].log", True, []),
        ("*", True, ["a.log", "b.txt"]),
        ("*/*.log", True, ["sub/a.log", "sub/c.log"]),
        ("**/*.log", True, ["a.log", "sub/a.log", "sub/c.log", "sub/deep/a.log"]),
        ("**", True, ["a.log", "b.txt", "sub/a.log", "sub/c.log", "sub/deep/a.log"]),
        ("sub/**/a.log", True, ["sub/a.log", "sub/deep/a.log"]),
        ("s*/deep/a.log", True, ["sub/deep/a.log"]),
        ("sub", True, ["sub/a.log", "sub/c.log", "sub/deep/a.log"]),
        ("sub", False, ["sub/a.log", "sub/c.log"]),
        ("sub/a.log", True, ["sub/a.log"]),
        ("sub/a.log", False, ["sub/a.log"]),
    ],
)
def test_patterns_match_like_shell_globs(tmp_path, pattern, recursive, found):
    """``*`` stops at slashes, ``**`` does not. A directory matches its content, a file itself."""
    tree(tmp_path, "a.log", "b.txt", "sub/a.log", "sub/c.log", "sub/deep/a.log")
    assert matching(f"{tmp_path}/{pattern}", tmp_path, recursive=recursive) == found


def test_regular_expression_characters_are_literal_in_patterns(tmp_path):
    """Such as ``.`` and ``+``."""
    tree(tmp_path, "a+b.log", "aab.log", "a+bxlog")
    assert matching(f"{tmp_path}/a+b.l*", tmp_path) == ["a+b.log"]


def test_an_invalid_pattern_is_a_configuration_error():
    """It names the path, before anything runs."""
    with pytest.raises(ConfigError, match=r"watch path /l/\[z-a\]\.log: bad character range"):
        WatchPath("/l/[z-a].log", recursive=True)
    assert WatchPath("/l/[ab.log", recursive=True).matches("/l/[ab.log")


def test_a_trailing_slash_does_not_change_a_root(tmp_path):
    """Shell completion adds one."""
    tree(tmp_path, "a.log")
    [root] = roots_of([f"{tmp_path}/"], recursive=True)
    assert root.pattern == str(tmp_path)
    assert [one.parts for one in root.list()] == [("a.log",)]
    assert roots_of(["/"], recursive=False)[0].pattern == "/"


def test_links_are_followed_only_up_to_the_base(tmp_path):
    """The operator chose the base; anything below it could be planted."""
    real = tree(tmp_path / "real", "a.log", "sub/b.log")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "c.log").write_text("c")
    (real / "link").symlink_to(tmp_path / "outside")
    (real / "d.log").symlink_to(tmp_path / "outside" / "c.log")
    (tmp_path / "named").symlink_to(real)
    root = WatchPath(str(tmp_path / "named"), recursive=True)
    assert sorted("/".join(one.parts) for one in root.list()) == ["a.log", "sub/b.log"]
    assert str(tmp_path / "named" / "link") not in list(root.directories())


def test_only_regular_files_are_listed(tmp_path):
    """Not pipes, and not directories."""
    tree(tmp_path, "a.log")
    os.mkfifo(tmp_path / "pipe.log")
    assert [one.path for one in WatchPath(f"{tmp_path}/*.log", recursive=True).list()] == [f"{tmp_path}/a.log"]


def test_the_watched_directories_are_those_a_listing_visits(tmp_path):
    """All of them below a deep root; otherwise only the base."""
    tree(tmp_path, "a.log", "sub/deep/b.log")
    below = {str(tmp_path), str(tmp_path / "sub"), str(tmp_path / "sub" / "deep")}
    assert set(WatchPath(str(tmp_path), recursive=True).directories()) == below
    assert set(WatchPath(f"{tmp_path}/**/*.log", recursive=False).directories()) == below
    for pattern, recursive in ((f"{tmp_path}/*.log", True), (str(tmp_path), False), (f"{tmp_path}/a.log", True)):
        assert set(WatchPath(pattern, recursive).directories()) == {str(tmp_path)}


def test_one_directory_can_be_listed_alone(tmp_path):
    """A hint about one directory costs one listing."""
    tree(tmp_path, "a.log", "sub/b.log", "sub/deep/c.log")
    root = WatchPath(str(tmp_path), recursive=True)
    assert [one.path for one in root.list(f"{tmp_path}/sub")] == [f"{tmp_path}/sub/b.log"]
    assert root.covers(str(tmp_path))
    assert root.covers(f"{tmp_path}/sub/deep")
    assert not root.covers(f"{tmp_path}-other")
    assert not WatchPath(f"{tmp_path}/*.log", recursive=True).covers(f"{tmp_path}/sub")


def test_a_missing_root_has_a_problem_until_it_appears(tmp_path):
    """Directories, files and the bases of globs alike."""
    patterns = [f"{tmp_path}/later", f"{tmp_path}/later/app.log", f"{tmp_path}/later/*.log"]
    assert [WatchPath(pattern, recursive=True).problem() for pattern in patterns] == ["does not exist"] * 3
    assert list(WatchPath(patterns[2], recursive=True).list()) == []
    assert list(WatchPath(f"{tmp_path}/later/**", recursive=True).directories()) == [f"{tmp_path}/later"]
    tree(tmp_path, "later/app.log")
    assert [WatchPath(pattern, recursive=True).problem() for pattern in patterns] == [None] * 3
    (tmp_path / "later" / "app.log").unlink()
    assert WatchPath(patterns[1], recursive=True).problem() == "does not exist"


def test_an_unreadable_root_has_a_problem(tmp_path):
    """It differs from that of a missing one."""
    room = tree(tmp_path / "room", "a.log", "sub/b.log")
    room.chmod(0)
    try:
        assert (
            without_privileges(lambda: WatchPath(str(room), recursive=True).problem())
            == "is not readable for this user"
        )
        assert without_privileges(lambda: list(WatchPath(str(room), recursive=True).list())) == []
    finally:
        room.chmod(0o700)


def test_files_that_vanish_during_a_listing_are_skipped(tmp_path, monkeypatch):
    """Listings race with rotation."""
    tree(tmp_path, "a.log", "b.log")

    class Vanishing:
        def __init__(self, entry):
            self._entry = entry
            self.path = entry.path

        def is_dir(self, *, follow_symlinks):
            return self._entry.is_dir(follow_symlinks=follow_symlinks)

        def is_file(self, *, follow_symlinks):
            return self._entry.is_file(follow_symlinks=follow_symlinks)

        def stat(self, *, follow_symlinks):
            if self.path.endswith("a.log"):
                Path(self.path).unlink()
            return Path(self.path).stat(follow_symlinks=follow_symlinks)

    class Listing:
        def __init__(self, path):
            self._real = real(path)

        def __enter__(self):
            return [Vanishing(entry) for entry in self._real]

        def __exit__(self, *_):
            self._real.close()

    real = os.scandir
    monkeypatch.setattr("leakwatch.files.watch_paths.os.scandir", Listing)
    assert [one.path for one in WatchPath(str(tmp_path), recursive=True).list()] == [f"{tmp_path}/b.log"]
