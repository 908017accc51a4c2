"""CPU limit, priorities, malloc arenas and read lag of the daemon."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.daemon.cpu_limit import BURST_SECONDS, CpuLimit, used_by
from leakwatch.daemon.read_lag import ReadLag


class Host:
    """A clock and a CPU counter that the test sets."""

    def __init__(self):
        self.now = self.used = 100.0

    def limit(self, cores):
        return CpuLimit(cores, lambda: self.used, lambda: self.now)


def test_without_a_limit_nothing_waits():
    """However much CPU time is used."""
    host = Host()
    limit = host.limit(None)
    host.used += 1000
    assert not limit.exhausted()
    assert not limit.overdrawn()


@settings(deadline=None)
@given(st.floats(0.1, 4), st.lists(st.floats(0.1, 3), min_size=100, max_size=100))
def test_work_that_waits_stays_within_the_limit(cores, steps):
    """Over time it uses at most its share plus a burst and its last step."""
    host = Host()
    limit = host.limit(cores)
    start, used = host.now, 0.0
    for step in steps:
        while limit.exhausted():
            host.now += 0.1
        host.now += step
        host.used += step
        used += step
    assert used <= cores * (host.now - start) + cores * BURST_SECONDS + 3
    if cores < 0.9:  # it does not wait longer than necessary
        assert used >= cores * (host.now - start) - cores * (BURST_SECONDS + 0.2) - 3


def test_live_logs_may_overdraw_an_exhausted_limit():
    """They continue for a while after other work has stopped, and then wait as well."""
    host = Host()
    limit = host.limit(0.5)
    host.now += 1
    host.used += 1.6
    assert limit.exhausted()
    assert not limit.overdrawn()
    host.now += 1
    host.used += 1.5
    assert limit.overdrawn()
    host.now += 1
    assert not limit.overdrawn()
    assert limit.exhausted()


def test_debt_is_bounded():
    """After one long step nothing waits for hours."""
    host = Host()
    limit = host.limit(0.5)
    host.now += 1
    host.used += 1000
    assert limit.overdrawn()
    host.now += 61
    assert not limit.exhausted()


def test_cpu_time_of_children_counts():
    """Of living and of ended ones."""
    before = used_by(os.getpid())
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    child = subprocess.Popen([sys.executable, "-S", "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    assert used_by(os.getpid()) - before >= 0.25
    child.communicate(b"\n")
    assert used_by(os.getpid()) - before >= 0.25


def test_an_ended_process_used_nothing():
    """Its parent counts its time."""
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    assert used_by(child.pid) == 0


PROBE = """
import os, sys
from leakwatch.daemon.cpu_limit import yield_to_others
yield_to_others()
yield_to_others()
print(os.getpriority(os.PRIO_PROCESS, 0))
import ctypes
print(ctypes.CDLL(None).syscall(252, 1, 0))
"""


def test_cpu_and_io_priority_are_low():
    """A second call changes nothing."""
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    nice, io = done.stdout.split()
    assert int(nice) == max(5, os.getpriority(os.PRIO_PROCESS, 0))
    if os.uname().machine == "x86_64":
        assert int(io) == 2 << 13 | 7


ARENAS = """
import ctypes, sys, threading
from leakwatch.daemon.cpu_limit import share_arenas
if "shared" in sys.argv:
    share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(8)
def take():
    together.wait()
    libc.malloc(ctypes.c_size_t(1000))
    together.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
out = libc.fopen(b"/dev/stdout", b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fclose(ctypes.c_void_p(out))
"""


def test_threads_share_two_arenas():
    """One thread reuses memory that another freed, so memory does not grow with the number of threads."""
    heaps = [
        subprocess.run([sys.executable, "-c", ARENAS, how], capture_output=True, check=True).stdout.count(b"<heap nr=")
        for how in ("separate", "shared")
    ]
    if not heaps[0]:
        pytest.skip("the C library does not report its heaps")
    assert heaps[0] > 2 >= heaps[1]


def test_read_lag_is_the_wait_of_the_oldest_unread_byte():
    """Reading up to that byte ends the wait, whatever was written since."""
    lag = ReadLag()
    lag.update(0, 0, 100)
    assert lag.seconds == 0
    lag.update(10, 50, 150)
    assert lag.seconds == 10
    lag.update(12, 100, 150)
    assert lag.seconds == 2
    lag.update(13, 250, 0)
    assert lag.seconds == 0
    lag.update(20, 250, 10)
    lag.update(25, 250, 0)  # truncated
    assert lag.seconds == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=60))
def test_read_lag_equals_that_of_a_queue(steps):
    """The model is a queue that keeps every byte with the time it was first seen."""
    lag, queue, read = ReadLag(), [], 0
    for now, (written, taken) in enumerate(steps):
        queue += [now] * written
        count = min(taken, len(queue))
        queue, read = queue[count:], read + count
        lag.update(now, read, len(queue))
        assert lag.seconds == (now - queue[0] if queue else 0)


def test_a_long_lag_takes_little_memory():
    """It is only known less exactly."""
    lag = ReadLag()
    for now in range(10_000):
        lag.update(now, now // 2, now + 1)
    assert len(lag._marks) <= 601
    assert lag.seconds == pytest.approx(5_000, rel=0.1)
