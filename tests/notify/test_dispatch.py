"""Which channels are alerted about an incident, why and when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.alert_samples import T0, alert, gap, incident

from leakwatch.core.alert import NotificationState, Reason
from leakwatch.core.model import Severity
from leakwatch.notify.dispatch import (
    COLLECT_SECONDS,
    FOLLOW_UP_SECONDS,
    GROWTH_GAPS,
    LOW_SECONDS,
    Route,
    decide,
    due_at,
    notification_after,
    stronger,
    wants,
)

HIGH = Severity.HIGH
TOLD = NotificationState(1, 52, HIGH, frozenset({"CN_RESIDENT_ID", "CN_MOBILE"}), T0)


@pytest.mark.parametrize(
    ("route", "wanted"),
    [
        (Route("a"), True),
        (Route("a", Severity.HIGH), True),
        (Route("a", Severity.CRITICAL), False),
        (Route("a", entities=("CN_MOBILE",)), True),
        (Route("a", entities=("CN_*",)), True),
        (Route("a", entities=("BANK_CARD",)), False),
        (Route("a", services=("loan-*",)), True),
        (Route("a", services=("pay-api",)), False),
        (Route("a", entities=("CN_MOBILE",), services=("pay-api",)), False),
    ],
)
def test_a_channel_gets_what_its_route_names(route, wanted):
    """Severity, kinds and services must all fit; gaps and tests reach every channel."""
    assert wants(route, alert(incident())) is wanted
    assert wants(route, alert(gap()))
    assert wants(route, alert())


def test_a_new_incident_is_reported_and_an_unchanged_one_is_not():
    """One more finding of the same kind is no news."""
    assert decide(incident(), None) is Reason.FIRST
    assert decide(incident(), TOLD) is None
    assert decide(incident(count=519), TOLD) is None


def test_backlog_is_reported_only_when_critical():
    """The rest of it is one summary card per watch."""
    assert decide(incident(backlog=True), None) is None
    assert decide(incident(backlog=True, severity=Severity.CRITICAL), None) is Reason.FIRST


def test_later_news_by_their_weight():
    """Rising severity before a new kind before growth."""
    new_kind = {"CN_RESIDENT_ID": 1, "BANK_CARD": 1}
    assert decide(incident(count=520), TOLD) is Reason.GROWTH
    assert decide(incident(count=520, entities=new_kind), TOLD) is Reason.NEW_ENTITY
    assert decide(incident(severity=Severity.CRITICAL, entities=new_kind), TOLD) is Reason.SEVERITY_UP


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        (Reason.FIRST, Reason.GROWTH, Reason.FIRST),
        (Reason.GROWTH, Reason.NEW_ENTITY, Reason.NEW_ENTITY),
        (Reason.NEW_ENTITY, Reason.SEVERITY_UP, Reason.SEVERITY_UP),
        (Reason.GAP, Reason.GROWTH, Reason.GROWTH),
    ],
)
def test_one_message_keeps_the_stronger_reason(one, other, kept):
    """Whichever came first."""
    assert stronger(one, other) is stronger(other, one) is kept


def test_critical_leaves_at_once_even_in_a_storm():
    """A first critical message and a rise to critical wait for nothing."""
    assert due_at(Reason.FIRST, Severity.CRITICAL, T0, None, T0) == T0
    assert due_at(Reason.SEVERITY_UP, Severity.CRITICAL, T0, replace(TOLD, at=T0 - 1), T0) == T0


@pytest.mark.parametrize("severity", [Severity.MEDIUM, Severity.HIGH])
def test_in_quiet_times_the_first_message_leaves_at_once(severity):
    """No other new incident within a second: nothing to collect."""
    assert due_at(Reason.FIRST, severity, T0 + 0.3, None, None) == T0 + 0.3
    assert due_at(Reason.FIRST, severity, T0 + 0.3, None, T0 - 5) == T0 + 0.3


@given(st.integers(0, 10_000_000).map(lambda milliseconds: T0 + milliseconds / 1000), st.floats(0, 0.99))
def test_incidents_of_a_burst_are_due_together_within_a_second(now, before):
    """All that come in one window are due together, none later than the window is long."""
    due = due_at(Reason.FIRST, HIGH, now, None, now - before)
    assert now <= due <= now + COLLECT_SECONDS + 1e-6
    if due - now > 0.001:
        assert due_at(Reason.FIRST, HIGH, (now + due) / 2, None, now) == pytest.approx(due, abs=1e-6)


@given(st.floats(T0, T0 + 10_000))
def test_low_incidents_may_be_grouped(now):
    """At most five seconds."""
    assert now <= due_at(Reason.FIRST, Severity.LOW, now, None, None) <= now + LOW_SECONDS + 1e-6


def test_a_new_kind_is_reported_at_most_ten_seconds_after_the_message_before():
    """At once when that was long ago."""
    assert due_at(Reason.NEW_ENTITY, HIGH, T0 + 1, TOLD, None) == T0 + FOLLOW_UP_SECONDS
    assert due_at(Reason.NEW_ENTITY, HIGH, T0 + 300, TOLD, None) == T0 + 300
    assert due_at(Reason.NEW_ENTITY, Severity.CRITICAL, T0 + 1, TOLD, None) == T0 + FOLLOW_UP_SECONDS


def test_growth_is_reported_at_rising_distances():
    """1 min, 5 min, 15 min, 1 h, then every 4 h."""
    for growths in range(8):
        told = replace(TOLD, growths=growths)
        gap_seconds = GROWTH_GAPS[min(growths, 4)]
        assert due_at(Reason.GROWTH, HIGH, T0 + 1, told, None) == T0 + gap_seconds
        assert due_at(Reason.GROWTH, HIGH, T0 + gap_seconds + 7, told, None) == T0 + gap_seconds + 7


def test_a_message_counts_what_it_reports():
    """Count, severity and kinds of the moment of rendering; growth messages are counted."""
    first = notification_after(alert(incident()), None, T0)
    assert first == TOLD
    assert notification_after(alert(incident(), seq=2, reason=Reason.GROWTH), first, T0 + 60).growths == 1
    assert (
        notification_after(
            alert(incident(), seq=2, reason=Reason.NEW_ENTITY), replace(first, growths=3), T0 + 60
        ).growths
        == 3
    )
    assert decide(incident(), first) is None


def test_a_million_findings_in_a_day_are_few_messages():
    """The steps of growth bound what one place can say, however fast it leaks."""
    told, spoken, pending, due = None, 0, None, 0.0
    for second in range(0, 86_400, 10):
        now = T0 + second
        current = incident(count=12 * (second + 1))
        reason = decide(current, told)
        if reason and pending is None:
            pending, due = reason, due_at(reason, HIGH, now, told, None)
        if pending and due <= now:
            told = notification_after(alert(current, seq=spoken + 1, reason=pending), told, now)
            spoken, pending = spoken + 1, None
    assert 4 <= spoken <= 8


@pytest.mark.parametrize("reason", [Reason.GROWTH, Reason.NEW_ENTITY])
def test_a_clock_set_back_delays_no_message(reason):
    """The last notification then seems to be in the future."""
    now = T0 - 1_000_000
    longest = max(FOLLOW_UP_SECONDS, GROWTH_GAPS[0])
    assert now < due_at(reason, HIGH, now, TOLD, None) <= now + longest
