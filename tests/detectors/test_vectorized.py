"""Batch validators accept only what pattern, validator and scores accept one by one."""

import random

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from support import made_up

from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.values.dates import today

BATCHED = [one for one in detectors() if one.batch_validator is not None]
GENERATORS = (made_up.resident_id, made_up.mobile, made_up.card)
USUAL = {"cn-resident-id": made_up.resident_id, "cn-mobile": made_up.mobile, "bank-card": made_up.card}


def accepted_by(detector, values):
    """The values (of equal length) that the batch validator accepts."""
    chars = np.frombuffer("".join(values).encode(), np.uint8).reshape(len(values), -1)
    accepted = detector.batch_validator(chars)
    assert accepted.shape == (len(values),)
    return [value for value, is_accepted in zip(values, accepted.tolist(), strict=True) if is_accepted]


def variant(chance):
    """A number, or a near miss."""
    value = chance.choice(GENERATORS)(chance)
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


@pytest.mark.parametrize("detector", BATCHED, ids=lambda one: one.id)
@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_an_accepted_value_is_accepted_singly(detector, seed):
    """The pattern matches all of it, the validator accepts it, and the scores are the usual ones."""
    chance = random.Random(seed)
    pattern = regex.compile(detector.pattern, regex.ASCII)
    by_length = {}
    for _ in range(300):
        value = variant(chance)
        by_length.setdefault(len(value), []).append(value)
    for values in by_length.values():
        for value in accepted_by(detector, values):
            found = pattern.search(f"k={value}\0k={value}")
            assert found.span() == (2, 2 + len(value)), value
            assert detector.validator is None or detector.validator(value), value
            assert detector.scores_for is None or detector.scores_for(value) == detector.scores, value


@pytest.mark.parametrize("detector", BATCHED, ids=lambda one: one.id)
def test_ordinary_values_are_accepted(detector):
    """The batch validator is not vacuous: it accepts every ordinary number."""
    chance = random.Random(5)
    values = [USUAL[detector.id](chance) for _ in range(500)]
    assert accepted_by(detector, values) == values


@pytest.mark.parametrize(
    ("birth", "accepted"),
    [("19000229", False), ("20000229", True), ("19990229", False), ("19991301", False), ("19990431", False)],
)
def test_impossible_dates_are_not_accepted(birth, accepted):
    """Dates outside the calendar are left to the validator."""
    check = {char: accepted_by(by_id("cn-resident-id"), [f"110101{birth}123{char}"]) for char in "0123456789X"}
    assert any(check.values()) == accepted


def test_births_of_this_year_are_left_to_the_validator():
    """Whether the day has passed is checked one by one."""
    births = [f"110101{today().year}0101123{char}" for char in "0123456789X"]
    assert accepted_by(by_id("cn-resident-id"), births) == []
