"""Promises 46-49, scheduled looks: late rather than never, whatever the clock does, and never silently dead."""

from __future__ import annotations

import threading
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from leakwatch.daemon import schedule as module
from leakwatch.daemon.engine import RECONCILE_SECONDS
from leakwatch.daemon.schedule import Schedule


class Wall(datetime):
    """The wall clock as the scheduler reads it, moved by hand."""

    shift = timedelta(0)

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + cls.shift


@pytest.fixture
def wall(monkeypatch):
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Wall)
    monkeypatch.setattr(module, "datetime", Wall)
    yield Wall
    Wall.shift = timedelta(0)


@pytest.fixture
def calls():
    return threading.Semaphore(0)


@pytest.fixture
def schedule(wall, calls):
    schedule = Schedule()
    schedule.every(30, "look", calls.release)
    schedule.start()
    yield schedule
    schedule.stop()


def due(schedule):
    """Seconds until the next run, by the wall clock."""
    return (schedule._scheduler.get_job("look").next_run_time - Wall.now(UTC)).total_seconds()


@pytest.mark.parametrize("hours", [-1, -24 * 365])
def test_a_clock_that_is_set_back_delays_no_look(schedule, wall, calls, hours):
    """The library alone would wait until the clock shows the old time again."""
    wall.shift = timedelta(hours=hours)
    schedule.nudge()
    assert calls.acquire(timeout=60)
    assert 0 < due(schedule) <= 30


@pytest.mark.parametrize("hours", [1, 24 * 365 * 200])
def test_a_clock_that_is_set_ahead_costs_one_look_and_no_memory(schedule, wall, calls, hours):
    """Two hundred years at every 30 s are 210 million missed runs, which the library would list first."""
    wall.shift = timedelta(hours=hours)
    tracemalloc.start()
    schedule.nudge()
    assert calls.acquire(timeout=60)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
    assert not calls.acquire(timeout=0.1), "one look makes up for all that were missed"
    assert 0 < due(schedule) <= 30


def test_nudging_a_clock_that_is_right_changes_nothing(schedule, calls):
    """It is done every second."""
    before = schedule._scheduler.get_job("look").next_run_time
    for _ in range(20):
        schedule.nudge()
    assert not calls.acquire(timeout=0.1)
    assert schedule._scheduler.get_job("look").next_run_time == before


def test_starting_again_every_ten_minutes_starves_nothing():
    """Whatever recurs is also done at each start, or recurs faster than anybody restarts."""
    assert RECONCILE_SECONDS < 60
