"""What is watched or scanned is only ever read: seen by what stays of it, and by every system call."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.daemon_process import DaemonHost
from support.daemon_state import wait_until

from leakwatch.state.store import read_only

MOBILE = "13900001101"
TRACED = (
    "open,openat,openat2,creat,truncate,ftruncate,unlink,unlinkat,rmdir,rename,renameat,renameat2,mkdir,mkdirat,link"
)
TRACED += (
    ",linkat,symlink,symlinkat,mknod,mknodat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,utimensat,fallocate"
)
OPENING = re.compile(r"\b(open|openat|openat2)\(")
WRITING = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")


def plant(directory: Path) -> None:
    """A file for each way of opening one: text, a table, compressed, parsed apart, and one of SQLite's."""
    (directory / "a.log").write_text(f"INFO mobile={MOBILE}\n")
    (directory / "a.csv").write_text(f"mobile\n{MOBILE}\n")
    (directory / "a.log.gz").write_bytes(gzip.compress(f"mobile={MOBILE}\n".encode()))
    with zipfile.ZipFile(directory / "a.zip", "w") as archive:
        archive.writestr("a.csv", f"mobile\n{MOBILE}\n")
    connection = sqlite3.connect(directory / "a.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (mobile TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", (MOBILE,))
    connection.commit()
    connection.close()


def known_by(directory: Path) -> dict[str, tuple[int, ...]]:
    """All that any change of a file or a directory would change; reading one must not even change its access time."""
    facts = {}
    for path in (directory, *directory.rglob("*")):
        status = path.stat()
        facts[str(path)] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        facts[str(path)] += () if path.is_dir() else (status.st_atime_ns,)
    return facts


def changes(trace: Path, roots: list[Path]) -> list[str]:
    """The traced calls that could change something below the roots."""
    # one file for each thread, so that no call is cut in two by another one's
    lines = [
        line for part in trace.parent.glob(f"{trace.name}.*") for line in part.read_text(errors="replace").split("\n")
    ]
    about = [line for line in lines if any(str(root) in line for root in roots)]
    assert about
    return [line for line in about if not OPENING.search(line) or WRITING.search(line)]


def found(host: DaemonHost) -> int:
    connection = read_only(host.state)
    try:
        return connection.execute("SELECT count(DISTINCT path) FROM finding").fetchone()[0]
    finally:
        connection.close()


@pytest.mark.parametrize("traced", [False, True], ids=["seen", "traced"])
def test_the_daemon_only_reads(tmp_path, traced):
    """Logs followed and exports scanned are afterwards what they were, and no call could have changed them."""
    strace = shutil.which("strace")
    if traced and not strace:
        pytest.skip("strace is not on this host")
    host = DaemonHost(tmp_path)
    plant(host.exports)
    (host.logs / "app.log").write_text(f"INFO mobile={MOBILE}\n")
    before = known_by(host.exports), known_by(host.logs)
    trace = tmp_path / "trace"
    tracing = (
        [str(strace), "-ff", "-qq", "-y", "-s", "4096", "-e", f"trace={TRACED}", "-o", str(trace)] if traced else []
    )
    with host.said.open("ab") as said:
        process = subprocess.Popen([*tracing, *host.command("run")], stderr=said, env=host.env)
    try:
        wait_until(lambda: process.poll() is not None or host.status().get("ready"), seconds=60)
        assert process.poll() is None, host.said.read_text()
        wait_until(lambda: found(host) == 6, seconds=60)
        pid = int(host.status()["pid"])
        os.kill(pid, signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert (known_by(host.exports), known_by(host.logs)) == before
    if traced:
        assert changes(trace, [host.exports, host.logs]) == []
        assert changes(trace, [host.state]), "what is written is seen"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not on this host")
def test_a_scan_only_reads(tmp_path):
    """The same of one look."""
    root, trace = tmp_path / "root", tmp_path / "trace"
    root.mkdir()
    plant(root)
    before = known_by(root)
    command = ["strace", "-ff", "-qq", "-y", "-s", "4096", "-e", f"trace={TRACED}", "-o", trace]
    scan = [sys.executable, "-m", "leakwatch", "scan", "--no-state", "-o", tmp_path / "report.json", root]
    assert subprocess.run([*command, *scan], capture_output=True, check=False).returncode == 1
    assert known_by(root) == before
    assert changes(trace, [root]) == []
    assert changes(trace, [tmp_path / "report.json"])
