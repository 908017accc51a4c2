"""What the daemon may use: low priority, two malloc arenas, and a share of the CPU where one is configured."""

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
"""How many seconds of the share may be saved up, and how many live logs may overdraw."""

DEBT_SECONDS = 60.0
"""How long it takes at most to make up for use beyond the share."""

MEASURE_SECONDS = 0.1
"""How often CPU use is measured at most, and how long a waiting thread sleeps."""


def yield_to_others() -> None:
    """Lower the CPU and I/O priority of this process, where the system allows it."""
    with suppress(OSError):
        if os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    number = _IOPRIO_SET.get(os.uname().machine)
    if number is not None:
        ctypes.CDLL(None).syscall(number, _IOPRIO_WHO_PROCESS, 0, _BEST_EFFORT_LAST)


def share_arenas() -> None:
    """Let all threads share two malloc arenas: glibc gives each its own, and memory freed in one is lost to the others.

    See mallopt(3). Call it before starting threads.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


class CpuLimit:
    """A token bucket of CPU seconds that fills by ``cores`` per second; None: no limit.

    ``used`` returns the CPU seconds used since any fixed moment. Thread-safe: a race only measures twice.
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

    def exhausted(self) -> bool:
        """Whether work that can wait has to wait."""
        return self._cores is not None and self._now() <= 0

    def overdrawn(self) -> bool:
        """Whether even live logs have to wait."""
        return self._cores is not None and self._now() <= -self._cores * BURST_SECONDS

    def _now(self) -> float:
        now = self._clock()
        if now - self._at >= MEASURE_SECONDS:
            assert self._cores is not None
            most = self._cores * BURST_SECONDS
            used = self._used()
            # work that cannot be interrupted may cost more than the overdraft
            level = self._level + self._cores * (now - self._at) - (used - self._spent)
            self._level = min(max(level, -self._cores * DEBT_SECONDS), most)
            self._at, self._spent = now, used
        return self._level


def used_by(pid: int) -> float:
    """CPU seconds used by a process, its ended children and its living descendants."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    waiting = [pid]
    while waiting:
        pid = waiting.pop()
        try:
            # the process name may hold anything, and ends with the last parenthesis
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (names are enough)
            for thread in threads:
                with suppress(OSError):
                    waiting += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
        except OSError:
            continue  # it just ended; its parent gets its time when it waits for it
        total += sum(map(int, fields[11:15])) / ticks
    return total
