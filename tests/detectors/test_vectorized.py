"""Numbers judged many at a time: what a detector is sure of is what its pattern, validator and scores say singly."""

import random

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from support import made_up

from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.values.dates import today

SURE = [one for one in detectors() if one.batch_validator is not None]
MAKERS = (made_up.resident_id, made_up.mobile, made_up.card)
USUAL = {"cn-resident-id": made_up.resident_id, "cn-mobile": made_up.mobile, "bank-card": made_up.card}


def sure_of(detector, values):
    """The values, all of one length, of which a detector is sure."""
    chars = np.frombuffer("".join(values).encode(), np.uint8).reshape(len(values), -1)
    told = detector.batch_validator(chars)
    assert told.shape == (len(values),)
    return [value for value, sure in zip(values, told.tolist(), strict=True) if sure]


def variant(chance):
    """A number, or something that is nearly one."""
    value = chance.choice(MAKERS)(chance)
    if chance.random() < 0.2:
        value = str(chance.randrange(1, 10)) * len(value)
    if chance.random() < 0.3:
        value = value[: chance.randrange(12, 20)]
    if chance.random() < 0.3:
        value = chance.choice(["4", "51", "62", "3528", "371449635398431", "30569309025904", "6011", "2131"]) + value
    for _ in range(chance.choice((0, 0, 1, 2, 4))):
        at = chance.randrange(len(value))
        value = value[:at] + chance.choice("0123456789" * 3 + "Xx A-/:") + value[at + 1 :]
    return value


@pytest.mark.parametrize("detector", SURE, ids=lambda one: one.id)
@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_a_value_that_a_detector_is_sure_of_is_one_singly(detector, seed):
    """The pattern takes all of it, the validator accepts it, and the scores are the usual ones."""
    chance = random.Random(seed)
    pattern = regex.compile(detector.pattern, regex.ASCII)
    by_length = {}
    for _ in range(300):
        value = variant(chance)
        by_length.setdefault(len(value), []).append(value)
    for values in by_length.values():
        for value in sure_of(detector, values):
            found = pattern.search(f"k={value}\0k={value}")
            assert found.span() == (2, 2 + len(value)), value
            assert detector.validator is None or detector.validator(value), value
            assert detector.scores_for is None or detector.scores_for(value) == detector.scores, value


@pytest.mark.parametrize("detector", SURE, ids=lambda one: one.id)
def test_usual_values_are_sure(detector):
    """Else nothing would be won: every number of the usual kind is told so."""
    chance = random.Random(5)
    values = [USUAL[detector.id](chance) for _ in range(500)]
    assert sure_of(detector, values) == values


@pytest.mark.parametrize(
    ("birth", "sure"),
    [("19000229", False), ("20000229", True), ("19990229", False), ("19991301", False), ("19990431", False)],
)
def test_days_that_are_none_are_not_sure(birth, sure):
    """Nobody was born on a day that the calendar does not have."""
    check = {char: sure_of(by_id("cn-resident-id"), [f"110101{birth}123{char}"]) for char in "0123456789X"}
    assert any(check.values()) == sure


def test_who_was_born_this_year_is_left_to_the_calendar():
    """Whether that day has come is asked for each value by itself."""
    births = [f"110101{today().year}0101123{char}" for char in "0123456789X"]
    assert sure_of(by_id("cn-resident-id"), births) == []
