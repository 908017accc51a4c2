"""Recurring work happens, late rather than never, and its end is noticed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from leakwatch.daemon.schedule import Schedule


def test_work_is_asked_for_again_and_again():
    """At its interval, until the end."""
    calls = threading.Semaphore(0)
    schedule = Schedule()
    schedule.every(0.02, "look", calls.release)
    assert not schedule.alive
    schedule.start()
    assert schedule.alive
    assert all(calls.acquire(timeout=60) for _ in range(3))
    schedule.stop()
    assert not schedule.alive


def test_one_job_that_fails_stops_neither_itself_nor_the_others():
    """The scheduler outlives what it calls."""
    calls = threading.Semaphore(0)
    failures = threading.Semaphore(0)

    def fail():
        failures.release()
        raise RuntimeError

    schedule = Schedule()
    schedule.every(0.02, "fails", fail)
    schedule.every(0.02, "works", calls.release)
    schedule.start()
    assert all(failures.acquire(timeout=60) and calls.acquire(timeout=60) for _ in range(3))
    assert schedule.alive
    schedule.stop()


def test_a_run_that_is_late_by_hours_still_happens_and_only_once():
    """The library's default drops a job that is one second late: a host that slept would never look again."""
    calls = threading.Semaphore(0)
    schedule = Schedule()
    schedule.every(3600, "look", calls.release)
    schedule.start()
    long_ago = datetime.now(UTC) - timedelta(hours=5)
    schedule._scheduler.modify_job("look", next_run_time=long_ago)
    schedule.nudge()
    assert calls.acquire(timeout=60)
    assert not calls.acquire(timeout=0.2), "five runs were missed; one look makes up for them"
    schedule.stop()


def test_the_death_of_its_thread_is_noticed(monkeypatch):
    """The library itself goes on saying that it runs."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    schedule = Schedule()

    def die(*_):
        raise SystemExit

    schedule._scheduler._process_jobs = die
    schedule.start()
    schedule._scheduler._thread.join(5)
    assert schedule._scheduler.running
    assert not schedule.alive
    del schedule._scheduler._process_jobs
    schedule.stop()
