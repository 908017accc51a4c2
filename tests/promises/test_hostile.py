"""Promises 22 and 41-43, hostile input: it affects no other input, and nothing outside the roots is read."""

from __future__ import annotations

import ctypes
import gzip
import io
import json
import os
import socket
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from support.daemon_state import analyzer, wait_until

from leakwatch.core.model import Origin, TextChunk
from leakwatch.detection.prefilter.line_windows import LineWindows
from leakwatch.files.watch_paths import FOREIGN
from promises.living import Living, fingerprint

LONG = "LONG" in os.environ
_LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def exchange(one: Path, other: Path) -> None:
    """Swap two names atomically."""
    if _LIBC.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), "renameat2")


def nested(depth: int) -> bytes:
    inner = b"mobile\n13900001234\n"
    for number in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{number}.zip" if number else "a.csv", inner)
        inner = out.getvalue()
    return inner


def create_hostile_files(directory: Path) -> list[str]:
    """One file of each kind; returns the names that must be reported."""
    os.mkfifo(directory / "pipe.txt")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(directory / "socket.txt"))
    listener.close()
    (directory / "link.txt").symlink_to("/etc/hostname")
    (directory / "up").symlink_to("/etc")
    (directory / "empty.txt").touch()
    (directory / "zeros.txt").write_bytes(bytes(100_000))
    (directory / os.fsdecode("客户.txt".encode("gbk"))).write_text("name in GBK\n")
    (directory / "new\nline.txt").write_text("name with a newline\n")
    if LONG:  # slow: it is read up to the size limit of a file
        with (directory / "sparse.txt").open("wb") as sparse:
            sparse.truncate(1 << 40)
    with zipfile.ZipFile(directory / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros.txt", bytes(200 << 20))
    (directory / "nested.zip").write_bytes(nested(12))
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    with zipfile.ZipFile(directory / "laughs.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><workbook>&a11;</workbook>')
        book.writestr("[Content_Types].xml", "<Types/>")
    (directory / "torn.gz").write_bytes(gzip.compress(b"line\n" * 1000)[:-20])
    (directory / "backtracking.txt").write_text("a" * 50_000 + "!\n")
    return ["pipe.txt", "socket.txt", "bomb.zip", "nested.zip", "laughs.xlsx", "torn.gz", *["sparse.txt"] * LONG]


def test_41_hostile_files_cost_only_themselves(tmp_path):
    """Each is scanned or reported, and files after them are found."""
    living = Living(tmp_path)
    with living.running():
        expected = create_hostile_files(living.exports)
        (living.exports / "zz last.txt").write_text("the last\n")
        living.found(["the last", "name in GBK", "name with a newline"], 120)

        def unreported():
            rows = living.store.rows("SELECT path FROM gap WHERE kind = 'skipped-input'")
            return [name for name in expected if not any(name in row[0] for row in rows)]

        wait_until(lambda: not unreported(), 120)
        assert living.dead is None
        for path in ("/etc/hostname", "/etc/passwd"):
            for line in Path(path).read_text().splitlines():
                assert fingerprint(line) not in living.stored()


def test_41_a_hard_link_to_a_foreign_file_is_reported_and_not_read(tmp_path):
    """Who may write to a directory can link files that they may not read. A second link to an own file is read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    living = Living(tmp_path)
    for number, directory in enumerate((living.logs, living.exports)):
        for name in ("foreign", "own"):
            path = outside / f"{name}{number}.log"
            path.write_text(f"{name} {number}\n")
            if name == "foreign":
                try:
                    os.chown(path, 65534, -1)
                except PermissionError:
                    pytest.skip("only root may give files away")
            (directory / path.name).hardlink_to(path)

    def reported():
        return {(kind, closed) for kind, closed, detail in living.gaps() if FOREIGN in detail}

    with living.running():
        living.found(["own 0", "own 1"], 120)
        wait_until(lambda: len([gap for gap in living.gaps() if FOREIGN in gap[2]]) == 2)
        assert living.missing(["foreign 0", "foreign 1"]) == ["foreign 0", "foreign 1"]
    for number in range(2):
        (outside / f"foreign{number}.log").unlink()
    with living.running():
        living.found(["foreign 0", "foreign 1"], 120)
        wait_until(lambda: reported() == {("skipped-input", True)})


def test_41_a_hole_of_zeros_is_skipped(monkeypatch):
    """As a truncation leaves it if the writer does not append. Values after it are found."""
    windows = []
    real = LineWindows.near
    monkeypatch.setattr(LineWindows, "near", lambda lines, end: windows.append(end) or real(lines, end))
    hole = bytes(1 << 20)
    text = b"mobile=13900001234 " + hole + b"mobile=13900001235\n"
    analysis = analyzer().analyze(TextChunk(Origin("/logs/app.log"), text))
    assert [one.place.start_column for one in analysis.findings] == [8, 8 + 12 + len(hole) + 7]
    assert len(windows) < 100


def test_42_nothing_outside_the_roots_is_read_through_swapped_links(tmp_path):
    """A directory and a link to the outside are swapped again and again during listings."""
    outside = tmp_path / "outside"
    outside.mkdir()
    secrets = [f"secret {number}" for number in range(20)]
    for number, line in enumerate(secrets):
        (outside / f"{number}.log").write_text(f"{line}\n")
        (outside / f"{number}.txt").write_text(f"{line}\n")
    living = Living(tmp_path, logs="**/*.log", reconcile=0.05)
    inside = []
    for root in (living.logs, living.exports):
        (root / "here").mkdir()
        (root / "there").symlink_to(outside)
        for number in range(20):
            (root / "here" / f"{number}.{'log' if root == living.logs else 'txt'}").write_text(
                f"{root.name} {number}\n"
            )
            inside.append(f"{root.name} {number}")
    with living.running():
        for number in range(10_000 if LONG else 1000):
            for root in (living.logs, living.exports):
                exchange(root / "here", root / "there")
            if number % 50 == 0:
                for root, kind in ((living.logs, "log"), (living.exports, "txt")):
                    (root / f"{number}.{kind}").write_text(f"meanwhile {root.name} {number}\n")
                    threading.Event().wait(0.01)
        assert not (living.logs / "here").is_symlink()
        living.found(inside, 120)
        assert set(living.stored()).isdisjoint(map(fingerprint, secrets))


LONG_LINE = """
import json, resource, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from support.log_host import LogHost
directory = Path({directory!r})
host = LogHost(directory)
host.lines(1)
host.reconcile()
host.pump()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
marks = set()
wanted = {{f"<{{at}}>" for at in range(0, 50 << 20, 1 << 19)}}
with host.log.open("ab") as log:
    for at in range(0, 50 << 20, 1 << 19):
        mark = f"<{{at}}>".encode()
        log.write(mark + b"x" * ((1 << 19) - len(mark)))
    log.write(b"<end>\\n")
host.reconcile()
import re
while batches := list(host.follower.read(1)):
    for batch in batches:
        marks |= set(re.findall(rb"<\\w+>", batch.chunk.data))
        host.follower.accept(batch)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([len(wanted | {{"<end>"}}), len(marks), after - before]))
"""


def test_22_a_line_of_50_megabytes_is_read_in_bounded_memory(tmp_path):
    """All of it, across every cut, and never at once."""
    script = LONG_LINE.format(tests=str(Path(__file__).parents[1]), directory=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    wanted, found, kilobytes = json.loads(done.stdout)
    assert found == wanted
    assert kilobytes < 64 * 1024
