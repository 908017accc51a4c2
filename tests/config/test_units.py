"""Durations and sizes are read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.config.units import in_bytes, in_percent, in_words, seconds, share, size


@pytest.mark.parametrize(
    ("text", "value"),
    [("250ms", 0.25), ("2s", 2), ("5m", 300), ("4h", 14400), ("7d", 604800), ("1.5h", 5400), ("0s", 0)],
)
def test_durations(text: str, value: float):
    """Each unit of the documentation means what it says."""
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64KiB", 65536),
        ("10MB", 10_000_000),
        ("2GiB", 2 * 1024**3),
        ("1TB", 10**12),
        ("5kB", 5000),
        ("7B", 7),
        ("1.5KiB", 1536),
    ],
)
def test_sizes(text: str, value: int):
    """Binary units count by 1024, decimal ones by 1000."""
    assert size(text) == value


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "5S", "5sec", "1e3s", "5s\n", 5, None, True])
def test_what_is_no_duration_is_refused(text: object):
    """A number without a unit, or anything else, is refused with examples."""
    with pytest.raises(ValueError, match="such as 250ms, 2s, 5m, 4h or 7d"):
        seconds(text)


@pytest.mark.parametrize("text", ["", "5", "MB", "5 MB", "-5MB", "5mb", "5M", "5MB\n", 5, None, True])
def test_what_is_no_size_is_refused(text: object):
    """A number without a unit, or anything else, is refused with examples."""
    with pytest.raises(ValueError, match="such as 64KiB, 10MB or 2GiB"):
        size(text)


@given(st.integers(0, 10**9))
def test_duration_survives_being_shown(milliseconds: int):
    """What ``config show`` prints reads back as the same duration."""
    assert seconds(in_words(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@given(st.integers(0, 2**50))
def test_size_survives_being_shown(count: int):
    """What ``config show`` prints reads back as the same size."""
    assert size(in_bytes(count)) == count


@pytest.mark.parametrize(("given", "cores"), [("50%", 0.5), ("200%", 2), ("12.5%", 0.125), (0.5, 0.5), (2, 2)])
def test_shares(given: object, cores: float):
    """A percentage is of one core; a bare number is cores. It is written as it may be read."""
    assert share(given) == cores
    assert share(in_percent(cores)) == cores


@pytest.mark.parametrize("given", ["0%", "-5%", "50", "50 %", "", None, True, 0, -1, float("inf"), float("nan")])
def test_what_is_no_share_is_refused(given: object):
    """Nothing, everything and anything else is refused with examples."""
    with pytest.raises(ValueError, match=r"a CPU share, e\.g\. 50%"):
        share(given)
