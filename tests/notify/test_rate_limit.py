"""How often one robot is posted to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.notify import SINKS
from leakwatch.notify.message_text import NAMES
from leakwatch.notify.rate_limit import MINUTE, SOLO, STORM_SECONDS, Lane, RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize("kind", list(SINKS))
@given(steps=st.lists(st.tuples(st.floats(0, 20), st.sampled_from(Lane), st.integers(1, 2)), max_size=120))
def test_no_window_ever_holds_more_than_its_limit(kind, steps):
    """Whatever is requested and when: waiting as long as returned keeps within every window."""
    clock = Clock()
    budget, attempts = RateLimit(SINKS[kind].traits.limits, clock), []
    for pause, lane, cost in steps:
        clock.now += pause
        wait = budget.wait(lane, cost)
        for _ in range(10):
            if wait == 0:
                break
            clock.now += wait
            wait = budget.wait(lane, cost)
        assert wait == 0
        budget.spend(lane, cost)
        attempts += [clock.now] * cost
        for limit in SINKS[kind].traits.limits:
            if limit.count >= 2 or cost == 1:
                assert sum(at > clock.now - limit.seconds for at in attempts) <= max(limit.count, cost)


def test_others_leave_most_of_the_minute_to_critical_ones(clock):
    """After ten of them the critical lane still has six slots at WeCom and DingTalk."""
    budget = RateLimit(SINKS["wecom"].traits.limits, clock)
    for _ in range(SOLO):
        assert budget.wait(Lane.OTHER) == 0
        budget.spend(Lane.OTHER)
    budget.spend(Lane.OTHER)
    assert budget.wait(Lane.OTHER) == STORM_SECONDS
    for _ in range(6):
        assert budget.wait(Lane.CRITICAL) == 0
        budget.spend(Lane.CRITICAL)
    assert budget.wait(Lane.CRITICAL) == MINUTE


def test_two_slots_are_kept_for_the_storm_card_even_from_critical_ones(clock):
    """Lesser news is counted somewhere within half a minute, whatever else happens."""
    budget = RateLimit(SINKS["wecom"].traits.limits, clock)
    for _ in range(16):
        budget.spend(Lane.CRITICAL)
    assert budget.wait(Lane.CRITICAL) == MINUTE
    assert budget.wait(Lane.OTHER) == 0
    budget.spend(Lane.OTHER)
    clock.now += STORM_SECONDS
    assert budget.wait(Lane.OTHER) == 0
    budget.spend(Lane.OTHER)
    clock.now += 1
    assert budget.wait(Lane.OTHER) == MINUTE - STORM_SECONDS - 1


def test_a_few_criticals_go_one_by_one_and_many_on_cards(clock):
    """Up to three waiting with slots to spare are named each in a message of its own."""
    budget = RateLimit(SINKS["dingtalk"].traits.limits, clock)
    assert budget.criticals(1) == budget.criticals(3) == 1
    assert budget.criticals(4) == NAMES
    budget.card_sent()
    assert budget.criticals(4) == 0
    assert budget.criticals(NAMES) == NAMES
    assert budget.card_wait() == 10
    clock.now += 10
    assert budget.criticals(4) == NAMES
    assert budget.card_wait() == 0


def test_400_criticals_at_one_instant_are_named_within_a_minute(clock):
    """The first card leaves at once, the last before the minute is over, inside the robot's limit."""
    budget, waiting, start, cards = RateLimit(SINKS["wecom"].traits.limits, clock), 400, clock.now, 0
    while waiting:
        wait = budget.wait(Lane.CRITICAL) or (0 if budget.criticals(waiting) else budget.card_wait())
        clock.now += wait
        take = budget.criticals(waiting)
        if wait == 0 and take:
            budget.spend(Lane.CRITICAL)
            budget.card_sent()
            waiting -= min(take, waiting)
            cards += 1
    assert cards == 16
    assert clock.now - start <= MINUTE


def test_a_webhook_has_no_limit(clock):
    """The receiver is a machine and says itself when it is too much."""
    budget = RateLimit(SINKS["webhook"].traits.limits, clock)
    for _ in range(1000):
        budget.spend(Lane.OTHER)
    assert budget.wait(Lane.OTHER) == 0
    assert budget.criticals(1000) == 1
