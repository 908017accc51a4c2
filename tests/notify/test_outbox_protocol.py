"""The promises of the outbox protocol, held by the stored one and by the one in memory that other tests use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from support.alert_samples import T0, MemoryOutbox, alert, incident

from leakwatch.core.alert import Alert, RenderedMessage
from leakwatch.core.model import Incident, Severity
from leakwatch.notify.dispatch import notification_after
from leakwatch.notify.outbox_protocol import Outbox
from leakwatch.state.outbox import LONGEST_WAIT, StoredOutbox
from leakwatch.state.store import open_store

CRITICAL = Severity.CRITICAL


@dataclass
class Case:
    """An outbox and how an incident's alert gets into it."""

    outbox: Outbox
    put: Callable[[Incident, float], None]

    def due(self, now: float, limit: int = 10) -> tuple[Alert, ...]:
        work = self.outbox.next("sec", now, limit)
        assert isinstance(work, tuple)
        return work

    def frozen(self, now: float) -> RenderedMessage:
        work = self.outbox.next("sec", now, 10)
        assert isinstance(work, RenderedMessage)
        return work


@pytest.fixture(params=["memory", "stored"])
def case(request, tmp_path):
    if request.param == "memory":
        memory = MemoryOutbox()
        yield Case(memory, lambda one, due: memory.put("sec", alert(one), due))
        return
    store = open_store(tmp_path)
    stored = StoredOutbox(store, notification_after)

    def put(one: Incident, due: float) -> None:
        store.save_incident(one)
        stored.put("sec", one.id, alert(one).reason, one.severity, due=due, at=T0)

    yield Case(stored, put)
    store.close()


def named(identity: str, **more: object) -> Incident:
    return incident(identity, key=identity, **more)


def test_an_empty_outbox_has_nothing_to_send_and_nothing_to_wait_for(case):
    """The worker sleeps its longest sleep."""
    assert case.outbox.next("sec", T0, 10) is None
    assert case.outbox.wake_at("sec") is None
    assert case.outbox.pending("sec") == 0


def test_an_alert_is_handed_out_when_due_criticals_first_and_up_to_the_limit(case):
    """Handing out changes nothing."""
    case.put(named("LW-A"), T0 + 2)
    case.put(named("LW-B", severity=CRITICAL), T0 + 3)
    assert case.outbox.wake_at("sec") == T0 + 2
    assert case.outbox.next("sec", T0 + 1, 10) is None
    assert [one.id for one in case.due(T0 + 2)] == ["LW-A-1"]
    assert [one.id for one in case.due(T0 + 3)] == ["LW-B-1", "LW-A-1"]
    assert [one.id for one in case.due(T0 + 3, limit=1)] == ["LW-B-1"]
    assert case.outbox.pending("sec") == 2
    assert case.outbox.next("other", T0 + 3, 10) is None


def test_a_frozen_message_goes_before_waiting_alerts_until_it_is_done(case):
    """It carries its bytes, its alerts and its age; failures are counted and put it off."""
    case.put(named("LW-A"), T0)
    case.put(named("LW-B", severity=CRITICAL), T0)
    first = next(one for one in case.due(T0) if one.id == "LW-A-1")
    case.outbox.freeze("sec", "LW-A-1", b"bytes", (first,), T0 + 1)
    message = case.frozen(T0 + 1)
    assert (message.message_id, message.body, message.attempts, message.since) == ("LW-A-1", b"bytes", 0, T0 + 1)
    assert [one.id for one in message.alerts] == ["LW-A-1"]
    case.outbox.later("sec", "LW-A-1", T0 + 60, "busy")
    assert [one.id for one in case.due(T0 + 2)] == ["LW-B-1"]
    assert case.frozen(T0 + 60).attempts == 1
    assert case.outbox.pending("sec") == 2
    case.outbox.delivered("sec", "LW-A-1", T0 + 61)
    assert [one.id for one in case.due(T0 + 61)] == ["LW-B-1"]
    assert case.outbox.pending("sec") == 1


def test_the_wait_of_a_frozen_message_is_what_the_worker_wakes_for(case):
    """Nothing else is due before."""
    case.put(named("LW-A"), T0)
    case.outbox.freeze("sec", "LW-A-1", b"bytes", case.due(T0), T0)
    case.outbox.later("sec", "LW-A-1", T0 + 60, "busy")
    assert case.outbox.wake_at("sec") == T0 + 60


@pytest.mark.parametrize("by", [-3600.0, 3600.0])
def test_when_the_clock_is_set_everything_waits_as_long_as_it_had_to(case, by):
    """What is frozen and what is not; another channel sees to its own."""
    case.put(named("LW-A"), T0)
    case.outbox.freeze("sec", "LW-A-1", b"bytes", case.due(T0), T0)
    case.outbox.later("sec", "LW-A-1", T0 + 60, "busy")
    case.put(named("LW-B"), T0 + 100)
    case.outbox.clock_moved("other", by, T0 + by)
    assert case.outbox.wake_at("sec") == T0 + 60
    case.outbox.clock_moved("sec", by, T0 + by)
    assert case.outbox.wake_at("sec") == T0 + by + 60
    assert case.frozen(T0 + by + 60).since == T0 + by
    case.outbox.delivered("sec", "LW-A-1", T0 + by + 61)
    assert case.outbox.wake_at("sec") == T0 + by + 100


def test_nothing_waits_longer_than_anything_has_to(case):
    """The clock was set back while the daemon was stopped."""
    case.put(named("LW-A"), T0)
    case.outbox.freeze("sec", "LW-A-1", b"bytes", case.due(T0), T0)
    case.outbox.later("sec", "LW-A-1", T0 + 60, "busy")
    case.put(named("LW-B"), T0 + 50)
    earlier = T0 - 1_000_000
    case.outbox.clock_moved("sec", 0.0, earlier)
    case.outbox.delivered("sec", case.frozen(earlier + LONGEST_WAIT).message_id, earlier)
    assert case.outbox.wake_at("sec") == earlier + LONGEST_WAIT


def test_a_shorter_body_replaces_the_refused_one_and_is_due_at_once(case):
    """It says that it is the shorter one, so that there is no third."""
    case.put(named("LW-A"), T0)
    case.outbox.freeze("sec", "LW-A-1", b"long", case.due(T0), T0)
    case.outbox.replace("sec", "LW-A-1", b"short")
    message = case.frozen(T0)
    assert (message.body, message.shortened, message.attempts) == (b"short", True, 1)


def test_a_dead_message_is_not_tried_again(case):
    """Its alerts are done with it."""
    case.put(named("LW-A"), T0)
    case.outbox.freeze("sec", "LW-A-1", b"bytes", case.due(T0), T0)
    case.outbox.dead("sec", "LW-A-1", "refused", T0)
    assert case.outbox.next("sec", T0 + 9, 10) is None
    assert case.outbox.wake_at("sec") is None
    assert case.outbox.pending("sec") == 0


def test_one_message_can_carry_several_alerts(case):
    """All of them are done when it is."""
    case.put(named("LW-A"), T0)
    case.put(named("LW-B"), T0)
    case.outbox.freeze("sec", "several-1", b"bytes", case.due(T0), T0)
    assert len(case.frozen(T0).alerts) == 2
    case.outbox.delivered("sec", "several-1", T0)
    assert case.outbox.next("sec", T0 + 9, 10) is None
    assert case.outbox.pending("sec") == 0


def test_a_frozen_critical_goes_before_an_older_lesser_one(case):
    """Retries keep the order of weight."""
    case.put(named("LW-A"), T0)
    case.outbox.freeze("sec", "LW-A-1", b"a", case.due(T0), T0)
    case.put(named("LW-B", severity=CRITICAL), T0)
    case.outbox.later("sec", "LW-A-1", T0 + 5, "busy")
    case.outbox.freeze("sec", "LW-B-1", b"b", case.due(T0 + 1), T0 + 1)
    assert case.frozen(T0 + 5).message_id == "LW-B-1"
