"""Promises 25-27, the state's disk: full, unsynced at a power cut, or damaged, nothing that counts is lost."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
from contextlib import contextmanager, suppress

import pytest
from support.daemon_state import wait_until
from support.receivers import EventHook
from support.sample_findings import finding

from leakwatch.core.errors import Exit, StateError, StateTroubleError
from leakwatch.daemon import export_scanner, log_follower, out_of_band_alerts
from leakwatch.state.store import SourceRow, open_store, opening
from promises.living import Living
from promises.powercut import cut, library, recording

LONG = "LONG" in os.environ


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
    monkeypatch.setattr(log_follower, "RETRY_SECONDS", 0.2)
    monkeypatch.setattr(export_scanner, "RETRY_SECONDS", 0.2)
    monkeypatch.setattr(out_of_band_alerts, "ALERT_AFTER_SECONDS", 0.5)
    monkeypatch.setattr(out_of_band_alerts, "RECOVERED_AFTER_SECONDS", 0.5)
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
            wait_until(lambda: engine.log_follower.problem)
            assert "is the disk full?" in engine.log_follower.problem
            assert living.missing(lines) == lines
            assert hook.wait_for(lambda _: told("leakwatch.gap.opened"), 60)
            assert living.missing(lines) == lines
            assert living.dead is None
            ballast.unlink()
            living.found(lines, 20)
            wait_until(lambda: engine.log_follower.problem is None)
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
        with pytest.raises(StateTroubleError, match="free space") as trouble:
            open_store(disk)
        assert trouble.value.exit_code == Exit.INTERNAL
        (disk / "ballast").unlink()
        open_store(disk).close()


CUTS = 2000 if LONG else 200


def working(state, recorder, rounds=20):
    """A store at work: findings and the offset after them, acknowledged by a mark with that offset."""
    store = open_store(state)
    store.connection.execute("PRAGMA wal_autocheckpoint = 10")
    row = SourceRow("logs", b"/l", b"app.log", 1, 2)
    for _ in range(rounds):
        with store.transaction():
            for number in range(row.offset, row.offset + 7):
                store.add_finding(b"%16d" % number, "LW-1", finding(fingerprint=f"{number:032}"), 1.0)
            row.offset += 7
            store.save_source(row)
        recorder.mark(str(row.offset))
    store.close()


def after_the_cut(events, home, chance):
    """(acknowledged offset, offset, findings, whether the database is intact) after the power cut."""
    home.mkdir()
    cut(events, home, chance)
    told = max((int(event.name) for event in events if event.what == "mark"), default=0)
    store = open_store(home)
    try:
        offset = max((row.offset for row in store.sources()), default=0)
        findings = store.one("SELECT count(*) FROM finding")[0]
        return told, offset, findings, store.lost is None and store.one("PRAGMA integrity_check")[0] == "ok"
    finally:
        store.close()
        shutil.rmtree(home)


def cuts(tmp_path, count):
    """The power fails at any moment of any of several runs."""
    chance = random.Random(26)
    for run in range(10):
        with recording() as recorder:
            working(tmp_path / f"run{run}", recorder)
        for number in range(count // 10):
            moment = chance.randrange(len(recorder.events) + 1)
            yield after_the_cut(recorder.events[:moment], tmp_path / f"cut{run}-{number}", chance)


needs_the_library = pytest.mark.skipif(library() is None, reason="SQLite is built into this Python")


@needs_the_library
def test_26_no_stored_finding_is_lost_when_the_power_is_cut(tmp_path):
    """Acknowledged data is there; findings and offset are always consistent; the database is intact."""
    seen = list(cuts(tmp_path, CUTS))
    assert len(seen) == CUTS
    assert [one for one in seen if one[1] < one[0]] == []
    assert [one for one in seen if one[1] != one[2]] == []
    assert [one for one in seen if not one[3]] == []
    assert len({told for told, *_ in seen}) > 10, "at many moments"


@needs_the_library
@pytest.mark.parametrize("mode", ["NORMAL", "OFF"])
def test_26_the_disk_that_forgets_would_show_a_loss(tmp_path, monkeypatch, mode):
    """With less than FULL it loses acknowledged data, so the model can fail."""
    real = opening._migrate

    def lessened(connection, path):
        connection.execute(f"PRAGMA synchronous = {mode}")
        real(connection, path)

    monkeypatch.setattr(opening, "_migrate", lessened)
    lost = 0
    with suppress(StateError, sqlite3.DatabaseError):
        for told, offset, _, _ in cuts(tmp_path, 100):
            lost += offset < told
    assert lost
