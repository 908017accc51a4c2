"""Recurring work with APScheduler: a job only requests work and returns immediately.

The defaults of APScheduler lose runs (a job that is one second late is dropped), run every missed one when the clock
jumps ahead, and wait for the old time when it is set back. So late runs are kept and merged, intervals count from now,
and the supervisor calls ``nudge`` regularly.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """At an interval; the run after a late one is in the future, so that missed runs never pile up."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When to run after that run."""
        following = (previous_fire_time or now) + self.interval
        return following if following > now else now + self.interval


class Schedule:
    """Jobs by name. ``every`` adds one; nothing runs before ``start``."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )

    def every(self, seconds: float, name: str, request: Callable[[], None]) -> None:
        """Call ``request`` at that interval."""
        self._scheduler.add_job(request, _Every(timedelta(seconds=seconds)), id=name)

    def start(self) -> None:
        """Start."""
        self._scheduler.start()

    def nudge(self) -> None:
        """Check the clock again: it may have been set, or the host may have been suspended."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > job.trigger.interval:
                job.modify(next_run_time=now)
        self._scheduler.wakeup()

    @property
    def alive(self) -> bool:
        """Whether the scheduler's thread still runs; ``running`` of the library does not notice its death."""
        thread = getattr(self._scheduler, "_thread", None)
        return thread is not None and thread.is_alive()

    def stop(self) -> None:
        """End without waiting for more runs."""
        self._scheduler.shutdown(wait=False)
