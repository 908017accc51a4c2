"""Different fingerprints are counted exactly, however many there are, and are not kept in memory."""

import hashlib
import tracemalloc
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.core import distinct
from leakwatch.core.distinct import DistinctCounter


def fingerprint(number):
    """The fingerprint of a number."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


@given(numbers=st.lists(st.integers(0, 40), max_size=120), run=st.integers(1, 50))
@settings(deadline=None, max_examples=40)
def test_the_count_is_exact(numbers, run):
    """Wherever a run ends, each one counts once, asked at any time."""
    with mock.patch.object(distinct, "RUN", run):
        counted = DistinctCounter()
        for at, number in enumerate(numbers):
            counted.add(fingerprint(number))
            if at % 40 == 0:
                assert len(counted) == len(set(numbers[: at + 1]))
        assert len(counted) == len(set(numbers))
        replay = DistinctCounter()
        for number in reversed(numbers):
            replay.add(fingerprint(number))
        assert replay == counted
        replay.add(fingerprint("another"))
        assert replay != counted
        assert replay != numbers


def test_memory_does_not_grow_with_them():
    """Four times as many take no more memory, once there are so many that a file holds them."""
    with mock.patch.object(distinct, "RUN", 1000):
        counted = DistinctCounter()
        tracemalloc.start()
        for number in range(5000):
            counted.add(fingerprint(number))
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for number in range(5000, 25_000):
            counted.add(fingerprint(number))
        after, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(counted) == 25_000
    assert after - before < 100_000
    assert peak - before < 1_000_000
