"""Promises 25-27, the state's disk: full, unsynced at a power cut, or damaged, nothing that counts is lost."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager, suppress

import pytest
from daemonroom import wait_until
from receivers import EventHook

from leakwatch.daemon import aloud, exporting, tailing
from leakwatch.errors import Exit, StateTroubleError
from leakwatch.store import open_store
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
    monkeypatch.setattr(aloud, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(aloud, "CALM_SECONDS", 0.5)
    with small_disk(tmp_path / "state", 4096) as disk, EventHook() as hook:
        living = Living(tmp_path, receiver=hook.url)

        def told(kind):
            return [event for event in hook.shown if event["type"] == kind and "state-unwritten" in str(event)]

        with living.running() as engine:
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as out, suppress(OSError):
                while True:
                    out.write(bytes(4096))
            lines = [f"line {number}" for number in range(3000)]
            (living.logs / "app.log").write_text("\n".join(lines) + "\n")
            wait_until(lambda: engine.tailing.trouble)
            assert "is the disk full?" in engine.tailing.trouble
            assert living.missing(lines) == lines
            assert hook.wait_for(lambda _: told("leakwatch.gap.opened"), 60)
            assert living.missing(lines) == lines
            assert living.dead is None
            ballast.unlink()
            living.found(lines, 20)
            wait_until(lambda: engine.tailing.trouble is None)
            assert hook.wait_for(lambda _: told("leakwatch.gap.closed"), 60)
            assert len(told("leakwatch.gap.opened")) == 1
            assert set(living.stored().values()) == {1}
            assert living.store.one("PRAGMA integrity_check")[0] == "ok"


@pytest.mark.parametrize("begun", [False, True])
def test_25_a_disk_that_is_full_at_the_start_asks_for_another_start(tmp_path, begun):
    """Ended with 2, a service stays down; with 4 it is started again until there is room."""
    with small_disk(tmp_path / "state", 300) as disk:
        if begun:
            open_store(disk).close()
        with (disk / "ballast").open("wb", buffering=0) as out, suppress(OSError):
            while True:
                out.write(bytes(512))
        with pytest.raises(StateTroubleError, match="make room") as trouble:
            open_store(disk)
        assert trouble.value.exit_code == Exit.INTERNAL
        (disk / "ballast").unlink()
        open_store(disk).close()
