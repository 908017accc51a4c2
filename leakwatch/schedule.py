"""Recurring work, by APScheduler: every job only asks the daemon for work and returns at once.

APScheduler's defaults lose runs (a job one second late vanishes) and its clock can stall; so late runs are kept and
merged, and the supervisor calls ``nudge`` regularly.
"""

from __future__ import annotations

from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler


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
        self._scheduler.add_job(request, "interval", seconds=seconds, id=name)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def nudge(self) -> None:
        """Look at the clock again: it may have been set, or the host may have slept."""
        self._scheduler.wakeup()

    @property
    def alive(self) -> bool:
        """Whether the scheduler's thread still runs; ``running`` of the library does not notice its death."""
        thread = getattr(self._scheduler, "_thread", None)
        return thread is not None and thread.is_alive()

    def stop(self) -> None:
        """End without waiting for more runs."""
        self._scheduler.shutdown(wait=False)
