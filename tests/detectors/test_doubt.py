"""Doubt: what a check refuses and a key may name all the same."""

from dataclasses import replace

import pytest

from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.evidence.context import Evidence, score

DOUBTFUL = [
    ("cn-resident-id", "440301190808080126"),
    ("cn-resident-id", "440301190808080000"),
    ("cn-resident-id", "4.40301E+17"),
    ("bank-card", "6222020000000000001"),
    ("bank-card", "4111111111111112"),
    ("bank-card", "6.22202E+18"),
]


@pytest.mark.parametrize(("name", "value"), DOUBTFUL)
def test_only_a_key_lets_a_doubtful_value_count(name, value):
    """A doubtful value has the score of its doubt under its key and none anywhere else."""
    detector = by_id(name)
    doubt = detector.tolerance(value)
    assert doubt is not None
    assert detector.validator is not None
    assert not detector.validator(value)
    assert not detector.rejects(value)
    assert score(detector, Evidence.KEY, value) == doubt.score
    assert {score(detector, one, value) for one in (Evidence.CONTEXT, Evidence.NONE, Evidence.NEGATIVE)} == {0.0}


@pytest.mark.parametrize(
    ("name", "value"), [("cn-resident-id", "440301190808080125"), ("bank-card", "6200000000000005")]
)
def test_a_value_that_passes_is_beyond_doubt(name, value):
    """Of a value that its check accepts nobody says that it is doubtful."""
    detector = by_id(name)
    assert detector.tolerance(value) is None
    assert not detector.rejects(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("cn-resident-id", "440301190813080126"), ("bank-card", "411111111111112"), ("bank-card", "0000000000000000")],
)
def test_a_value_with_more_than_a_wrong_check_is_refused(name, value):
    """A day that never was, a length that no card has, one digit repeated: no key makes them real."""
    assert by_id(name).rejects(value)
    assert by_id(name).tolerance(value) is None


def test_where_nothing_is_checked_nothing_is_refused():
    """A detector without a validator refuses nothing; one without doubts refuses what its validator does."""
    detector = by_id("cn-resident-id")
    assert not replace(detector, validator=None).rejects("x")
    assert replace(detector, tolerance_of=None).rejects("440301190808080126")


def test_a_doubt_is_weaker_than_any_proof():
    """A doubtful value is reported by default, but below the score that the same detector gives under a key."""
    for detector in detectors():
        if detector.tolerance_of is not None:
            doubts = [doubt for _, value in DOUBTFUL if (doubt := detector.tolerance(value)) is not None]
            assert doubts
            assert all(0.5 <= doubt.score < detector.scores.key for doubt in doubts)
