"""Promises 25-27, the state's disk: full, unsynced at a power cut, or damaged, nothing that counts is lost."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager

import pytest
from daemonroom import wait_until

from leakwatch.daemon import exporting, tailing
from promises.living import Living


@contextmanager
def small_disk(path, kilobytes):
    path.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def test_25_a_full_disk_delays_and_loses_nothing(tmp_path, monkeypatch):
    """A real one, filled by what is found until nothing fits; when there is room again, all is stored once."""
    monkeypatch.setattr(tailing, "RETRY_SECONDS", 0.2)
    monkeypatch.setattr(exporting, "RETRY_SECONDS", 0.2)
    with small_disk(tmp_path / "state", 4096) as disk:
        living = Living(tmp_path)
        with living.running() as engine:
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as out:
                try:
                    while True:
                        out.write(bytes(4096))
                except OSError:
                    pass
            lines = [f"line {number}" for number in range(3000)]
            (living.logs / "app.log").write_text("\n".join(lines) + "\n")
            wait_until(lambda: engine.tailing.trouble)
            assert "is the disk full?" in engine.tailing.trouble
            assert living.missing(lines) == lines
            assert living.dead is None
            ballast.unlink()
            living.found(lines, 20)
            wait_until(lambda: engine.tailing.trouble is None)
            assert set(living.stored().values()) == {1}
            assert living.store.one("PRAGMA integrity_check")[0] == "ok"
