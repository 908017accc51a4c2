"""The daemon takes its share of the processors and no more, behind other processes."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.daemon.cpu_limit import BURST_SECONDS, CpuLimit, used_by
from leakwatch.daemon.read_lag import ReadLag


class Host:
    """A clock and a meter that are moved by hand."""

    def __init__(self):
        self.now = self.used = 100.0

    def budget(self, cores):
        return CpuLimit(cores, lambda: self.used, lambda: self.now)


def test_without_a_share_nothing_waits():
    """However much is used."""
    host = Host()
    budget = host.budget(None)
    host.used += 1000
    assert not budget.exhausted()
    assert not budget.overdrawn()


@settings(deadline=None)
@given(st.floats(0.1, 4), st.lists(st.floats(0.1, 3), min_size=100, max_size=100))
def test_what_can_wait_keeps_the_share(cores, steps):
    """Work that asks before each step uses, over time, what it may and a burst, plus its last step."""
    host = Host()
    budget = host.budget(cores)
    start, used = host.now, 0.0
    for step in steps:
        while budget.exhausted():
            host.now += 0.1
        host.now += step
        host.used += step
        used += step
    assert used <= cores * (host.now - start) + cores * BURST_SECONDS + 3
    if cores < 0.9:  # it was not held back by more than it has to be
        assert used >= cores * (host.now - start) - cores * (BURST_SECONDS + 0.2) - 3


def test_live_logs_overdraw_what_the_rest_has_spent():
    """What should not wait goes on for a while after all else stopped, and then waits, too."""
    host = Host()
    budget = host.budget(0.5)
    host.now += 1
    host.used += 1.6
    assert budget.exhausted()
    assert not budget.overdrawn()
    host.now += 1
    host.used += 1.5
    assert budget.overdrawn()
    host.now += 1
    assert not budget.overdrawn()
    assert budget.exhausted()


def test_one_long_piece_of_work_is_paid_off_in_time():
    """A debt has a bound, so that nobody waits for hours."""
    host = Host()
    budget = host.budget(0.5)
    host.now += 1
    host.used += 1000
    assert budget.overdrawn()
    host.now += 61
    assert not budget.exhausted()


def test_the_time_of_children_counts():
    """Of those that live as of those that ended."""
    before = used_by(os.getpid())
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    child = subprocess.Popen([sys.executable, "-S", "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    assert used_by(os.getpid()) - before >= 0.25
    child.communicate(b"\n")
    assert used_by(os.getpid()) - before >= 0.25


def test_a_process_that_is_gone_used_nothing():
    """Nobody waits for it."""
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


def test_it_runs_behind_other_processes():
    """A low priority for processors and disks; asked twice it is the same."""
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


def test_threads_share_their_heaps():
    """What one gave back another takes: the service does not grow for having many."""
    heaps = [
        subprocess.run([sys.executable, "-c", ARENAS, how], capture_output=True, check=True).stdout.count(b"<heap nr=")
        for how in ("apart", "shared")
    ]
    if not heaps[0]:
        pytest.skip("the C library tells nothing of its heaps")
    assert heaps[0] > 2 >= heaps[1]


def test_how_far_behind():
    """The wait is that of the oldest unread byte: reading up to it ends it, whatever was written since."""
    behind = ReadLag()
    behind.update(0, 0, 100)
    assert behind.seconds == 0
    behind.update(10, 50, 150)
    assert behind.seconds == 10
    behind.update(12, 100, 150)
    assert behind.seconds == 2
    behind.update(13, 250, 0)
    assert behind.seconds == 0
    behind.update(20, 250, 10)
    behind.update(25, 250, 0)  # cut off
    assert behind.seconds == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=60))
def test_behind_is_what_a_queue_would_say(steps):
    """Against a queue that holds every byte with the moment at which it was first seen."""
    behind, queue, read = ReadLag(), [], 0
    for now, (written, taken) in enumerate(steps):
        queue += [now] * written
        count = min(taken, len(queue))
        queue, read = queue[count:], read + count
        behind.update(now, read, len(queue))
        assert behind.seconds == (now - queue[0] if queue else 0)


def test_a_long_wait_takes_little_memory():
    """It is known less exactly."""
    behind = ReadLag()
    for now in range(10_000):
        behind.update(now, now // 2, now + 1)
    assert len(behind._marks) <= 601
    assert behind.seconds == pytest.approx(5_000, rel=0.1)
