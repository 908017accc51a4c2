"""Tolerated values: they fail their check but count under their key."""

from dataclasses import replace

import pytest

from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.evidence.context import Evidence, score

TOLERATED = [
    ("cn-resident-id", "440301190808080126"),
    ("cn-resident-id", "440301190808080000"),
    ("cn-resident-id", "4.40301E+17"),
    ("bank-card", "6222020000000000001"),
    ("bank-card", "4111111111111112"),
    ("bank-card", "6.22202E+18"),
]


@pytest.mark.parametrize(("name", "value"), TOLERATED)
def test_a_tolerated_value_counts_only_under_its_key(name, value):
    """Under its key it has the score of its tolerance, without a key none."""
    detector = by_id(name)
    tolerance = detector.tolerance(value)
    assert tolerance is not None
    assert detector.validator is not None
    assert not detector.validator(value)
    assert not detector.rejects(value)
    assert score(detector, Evidence.KEY, value) == tolerance.score
    assert {score(detector, one, value) for one in (Evidence.CONTEXT, Evidence.NONE, Evidence.NEGATIVE)} == {0.0}


@pytest.mark.parametrize(
    ("name", "value"), [("cn-resident-id", "440301190808080125"), ("bank-card", "6200000000000005")]
)
def test_a_valid_value_needs_no_tolerance(name, value):
    """A value that passes its check has no tolerance and is not rejected."""
    detector = by_id(name)
    assert detector.tolerance(value) is None
    assert not detector.rejects(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("cn-resident-id", "440301190813080126"), ("bank-card", "411111111111112"), ("bank-card", "0000000000000000")],
)
def test_a_value_with_further_errors_is_rejected(name, value):
    """An impossible date, a length that no card has, one repeated digit: no key helps."""
    assert by_id(name).rejects(value)
    assert by_id(name).tolerance(value) is None


def test_without_a_validator_nothing_is_rejected():
    """Without a validator nothing is rejected; without tolerances everything that the validator rejects."""
    detector = by_id("cn-resident-id")
    assert not replace(detector, validator=None).rejects("x")
    assert replace(detector, tolerance_of=None).rejects("440301190808080126")


def test_a_tolerance_scores_less_than_a_valid_value():
    """A tolerated value is reported by default, but scores below a valid one under a key."""
    for detector in detectors():
        if detector.tolerance_of is not None:
            tolerances = [tolerance for _, value in TOLERATED if (tolerance := detector.tolerance(value)) is not None]
            assert tolerances
            assert all(0.5 <= tolerance.score < detector.scores.key for tolerance in tolerances)
