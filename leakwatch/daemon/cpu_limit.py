"""What the daemon takes: a low priority always, few heaps, and no more than its share where one is set."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NICENESS = 5
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IOPRIO_WHO_PROCESS = 1
_BEST_EFFORT_LAST = 2 << 13 | 7
_M_ARENA_MAX = -8

BURST_SECONDS = 2.0
"""So long a full share may be saved up, and so long live logs may overdraw it."""

DEBT_SECONDS = 60.0
"""At most so long it takes to pay off what was used beyond the share."""

GLANCE_SECONDS = 0.1
"""How often the use is measured at most, and how long whoever has to wait sleeps."""


def yield_to_others() -> None:
    """Run behind other processes, on processors and disks; where the system does not allow it, as before."""
    with suppress(OSError):
        if os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    number = _IOPRIO_SET.get(os.uname().machine)
    if number is not None:
        ctypes.CDLL(None).syscall(number, _IOPRIO_WHO_PROCESS, 0, _BEST_EFFORT_LAST)


def share_arenas() -> None:
    """Let threads share two heaps; glibc gives each its own, and what one gives back is of no use to others.

    See mallopt(3). To be called before there are threads.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


class CpuLimit:
    """Processor time as it accrues: ``cores`` seconds each second. Without ``cores`` there is always some.

    ``used`` tells the seconds that were used since any fixed moment. Thread-safe enough: a race measures twice.
    """

    def __init__(
        self,
        cores: float | None,
        used: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cores = cores
        self._used = used
        self._clock = clock
        self._level = (cores or 0.0) * BURST_SECONDS
        self._at = clock()
        self._spent = used() if cores else 0.0

    def spent(self) -> bool:
        """Whether what can wait has to."""
        return self._cores is not None and self._now() <= 0

    def overdrawn(self) -> bool:
        """Whether even what should not wait has to."""
        return self._cores is not None and self._now() <= -self._cores * BURST_SECONDS

    def _now(self) -> float:
        now = self._clock()
        if now - self._at >= GLANCE_SECONDS:
            assert self._cores is not None
            most = self._cores * BURST_SECONDS
            used = self._used()
            # work that cannot be interrupted may cost more than may be overdrawn
            level = self._level + self._cores * (now - self._at) - (used - self._spent)
            self._level = min(max(level, -self._cores * DEBT_SECONDS), most)
            self._at, self._spent = now, used
        return self._level


def used_by(pid: int) -> float:
    """Seconds of processor time that a process, its children that ended and those that live have used."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    waiting = [pid]
    while waiting:
        pid = waiting.pop()
        try:
            # the name may hold anything, and ends with the last parenthesis
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (names are enough)
            for thread in threads:
                with suppress(OSError):
                    waiting += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
        except OSError:
            continue  # it just ended; its parent has its time when it is waited for
        total += sum(map(int, fields[11:15])) / ticks
    return total
