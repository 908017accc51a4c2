"""The durable outbox keeps what delivery relies on, and does what the one in memory does that delivery is tested with."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import integers, sampled_from
from support.alert_samples import T0, MemoryOutbox, alert, gap, incident

from leakwatch.core.alert import NotificationState, Reason, RenderedMessage
from leakwatch.core.model import GapKind, Severity
from leakwatch.notify.dispatch import notification_after
from leakwatch.state.outbox import StoredOutbox
from leakwatch.state.store import open_store


class Room:
    """A stored outbox with incidents to speak of; ``reopen`` is a restart of the daemon."""

    def __init__(self, directory) -> None:
        self.directory = directory
        self.open()

    def open(self) -> None:
        self.store = open_store(self.directory)
        self.outbox = StoredOutbox(self.store, notification_after)

    def reopen(self) -> None:
        self.store.close()
        self.open()

    def incident(self, identity="LW-1", **more) -> str:
        self.store.save_incident(incident(identity, key=f"key of {identity}", **more))
        return identity

    def gap(self, **more) -> str:
        return f"gap-{self.store.open_gap(gap(**more)).number}"

    def put(self, subject, severity=Severity.HIGH, *, due=T0, at=T0, reason=Reason.FIRST, channel="sec") -> None:
        self.outbox.put(channel, subject, reason, severity, due=due, at=at)

    def due(self, now=T0, limit=100, channel="sec"):
        return self.outbox.next(channel, now, limit)

    def freeze(self, body=b"body", now=T0, message_id=None, channel="sec"):
        alerts = self.due(now, channel=channel)
        assert isinstance(alerts, tuple)
        self.outbox.freeze(channel, message_id or alerts[0].id, body, alerts, now)
        return message_id or alerts[0].id


@pytest.fixture
def room(tmp_path):
    room = Room(tmp_path)
    yield room
    room.store.close()


# ---------------------------------------------------------------------------------------------- waiting


def test_an_alert_waits_until_it_is_due(room):
    """It is handed out with its incident, under the id that makes a repetition recognisable."""
    room.put(room.incident(), due=T0 + 5)
    assert room.due(T0 + 4.9) is None
    assert room.outbox.wake_at("sec") == T0 + 5
    [one] = room.due(T0 + 5)
    assert (one.id, one.seq, one.reason, one.at, one.subject.id) == ("LW-1-1", 1, Reason.FIRST, T0, "LW-1")
    assert room.outbox.pending("sec") == 1


def test_asking_changes_nothing(room):
    """The same question has the same answer until a message is frozen."""
    room.put(room.incident())
    assert room.due() == room.due()


def test_a_second_alert_about_the_same_takes_the_place_of_the_first(room):
    """At most one waits for each channel and subject: the stronger, the earlier due, its old place in the queue."""
    room.put(room.incident(), Severity.MEDIUM, due=T0 + 60)
    room.put("LW-1", Severity.CRITICAL, due=T0 + 1, at=T0 + 1, reason=Reason.SEVERITY_UP)
    room.put("LW-1", Severity.LOW, due=T0 + 99, at=T0 + 2, reason=Reason.NEW_ENTITY)
    assert room.outbox.pending("sec") == 1
    assert room.outbox.waiting("sec", "LW-1") is Reason.NEW_ENTITY
    [one] = room.due(T0 + 1)
    assert (one.severity, one.reason, one.at) == (Severity.CRITICAL, Reason.NEW_ENTITY, T0)


def test_channels_know_nothing_of_each_other(room):
    """One that is down delays no other."""
    room.put(room.incident())
    room.put("LW-1", channel="ding")
    room.freeze()
    room.outbox.delivered("sec", "LW-1-1", T0)
    assert room.outbox.pending("sec") == 0
    assert room.outbox.pending("ding") == 1
    assert room.outbox.told("ding", "LW-1") is None
    assert room.outbox.waiting("ding", "LW-1") is Reason.FIRST
    assert room.outbox.waiting("sec", "LW-1") is None


def test_criticals_come_first_then_gaps_then_the_worse_then_the_older(room):
    """And a limit takes the first ones."""
    blind = room.gap()
    room.put(room.incident("LW-M"), Severity.MEDIUM, at=T0 - 9)
    room.put(room.incident("LW-H2"), Severity.HIGH, at=T0 - 2)
    room.put(room.incident("LW-H1"), Severity.HIGH, at=T0 - 3)
    room.put(blind, Severity.HIGH, at=T0)
    room.put(room.incident("LW-C"), Severity.CRITICAL, at=T0)
    names = [one.id.rpartition("-")[0] for one in room.due()]
    assert names == ["LW-C", blind, "LW-H1", "LW-H2", "LW-M"]
    assert [one.id for one in room.due(limit=2)] == ["LW-C-1", f"{blind}-1"]
    assert room.due()[1].subject == gap()


def test_what_is_reported_is_what_is_true_when_it_is_reported(room):
    """However long an alert waited, its text is about the incident of now."""
    room.put(room.incident(count=1))
    room.incident(count=500)
    assert room.due()[0].subject.count == 500


def test_a_channel_without_anything_has_no_wake_time(room):
    """So its worker sleeps."""
    assert room.outbox.wake_at("sec") is None
    assert room.due() is None
    assert room.outbox.pending("sec") == 0


# ---------------------------------------------------------------------------------------------- frozen


def test_a_frozen_message_keeps_its_bytes_over_changes_retries_and_a_restart(room):
    """A receiver that drops repetitions by id must never see two texts under one id."""
    room.put(room.incident(count=1))
    room.freeze(b"the exact bytes \x00\xff")
    room.incident(count=999)
    room.outbox.later("sec", "LW-1-1", T0 + 30, "HTTP 503")
    room.reopen()
    assert room.due(T0 + 29) is None
    assert room.outbox.wake_at("sec") == T0 + 30
    frozen = room.due(T0 + 30)
    assert isinstance(frozen, RenderedMessage)
    assert (frozen.message_id, frozen.body, frozen.attempts) == ("LW-1-1", b"the exact bytes \x00\xff", 1)
    assert (frozen.since, frozen.shortened) == (T0, False)
    assert [one.id for one in frozen.alerts] == ["LW-1-1"]
    assert room.outbox.pending("sec") == 1


def test_freezing_writes_down_what_people_then_know(room):
    """Growth is measured from the text that was rendered, not from when the receiver took it."""
    room.put(room.incident(count=52))
    room.freeze(now=T0 + 1)
    assert room.outbox.told("sec", "LW-1") == NotificationState(
        1, 52, Severity.HIGH, frozenset({"CN_RESIDENT_ID", "CN_MOBILE"}), T0 + 1, 0
    )
    room.incident(count=5200)
    room.put("LW-1", reason=Reason.GROWTH, at=T0 + 70)
    alerts = room.outbox._alerts("sec", "message IS NULL", (), -1)
    assert [one.id for one in alerts] == ["LW-1-2"]  # a new number while the first is still on its way
    room.outbox.freeze("sec", "LW-1-2", b"2", alerts, T0 + 70)
    told = room.outbox.told("sec", "LW-1")
    assert (told.seq, told.count, told.growths) == (2, 5200, 1)


def test_a_gap_and_its_end_are_two_alerts_of_one_subject(room):
    """Told by number; a gap has no counts to grow."""
    blind = room.gap()
    room.put(blind)
    room.freeze()
    assert room.outbox.told("sec", blind) == NotificationState(1, 0, Severity.HIGH, frozenset(), T0)
    room.outbox.delivered("sec", f"{blind}-1", T0)
    room.put(blind, reason=Reason.GAP_CLOSED)
    assert room.due()[0].id == f"{blind}-2"


def test_an_unfinished_message_comes_before_what_waits_and_a_critical_before_an_older_one(room):
    """Order is kept as far as it can be; but a critical one never stands behind a lesser one that is retried."""
    room.put(room.incident("LW-A"), Severity.HIGH)
    room.freeze(now=T0)
    room.put(room.incident("LW-B"), Severity.CRITICAL, at=T0 + 1, due=T0)
    alerts = room.outbox._alerts("sec", "message IS NULL", (), -1)
    room.outbox.freeze("sec", "LW-B-1", b"b", alerts, T0 + 1)
    room.put(room.incident("LW-C"), Severity.CRITICAL, at=T0 + 2, due=T0)
    assert room.due(T0 + 1).message_id == "LW-B-1"
    room.outbox.later("sec", "LW-B-1", T0 + 60, "HTTP 503")
    assert room.due(T0 + 1).message_id == "LW-A-1"
    room.outbox.later("sec", "LW-A-1", T0 + 30, "HTTP 503")
    assert [one.id for one in room.due(T0 + 1)] == ["LW-C-1"]


def test_several_alerts_in_one_message_end_together(room):
    """They wait as one and are done as one."""
    for name in ("LW-A", "LW-B", "LW-C"):
        room.put(room.incident(name))
    room.freeze(message_id="several-1")
    assert room.outbox.pending("sec") == 3
    assert [one.id for one in room.due().alerts] == ["LW-A-1", "LW-B-1", "LW-C-1"]
    room.outbox.delivered("sec", "several-1", T0 + 1)
    assert room.outbox.pending("sec") == 0
    assert room.outbox.wake_at("sec") is None
    assert {room.outbox.told("sec", name).seq for name in ("LW-A", "LW-B", "LW-C")} == {1}


def test_a_message_given_up_is_kept_and_not_sent_again(room):
    """It is shown as undelivered; the next alert about the incident is another one."""
    room.put(room.incident())
    room.freeze()
    room.outbox.dead("sec", "LW-1-1", "HTTP 400", T0 + 9)
    assert room.due(T0 + 99) is None
    assert room.outbox.pending("sec") == 0
    row = room.store.one("SELECT * FROM message")
    assert (row["state"], row["reason"], row["attempts"], row["finished_at"]) == ("dead", "HTTP 400", 1, T0 + 9)
    room.put("LW-1")
    assert room.due()[0].id == "LW-1-2"


def test_a_shorter_body_replaces_the_refused_one_and_is_due_at_once(room):
    """Once, and it says so."""
    room.put(room.incident())
    room.freeze(b"long")
    room.outbox.replace("sec", "LW-1-1", b"short")
    frozen = room.due()
    assert (frozen.body, frozen.shortened, frozen.attempts) == (b"short", True, 1)


def test_freezing_is_all_or_nothing(room):
    """A message that cannot be stored leaves its alerts waiting and untold."""
    room.put(room.incident())
    room.freeze()
    room.put(room.incident("LW-2"))
    alerts = room.outbox._alerts("sec", "message IS NULL", (), -1)
    with pytest.raises(Exception, match="UNIQUE"):
        room.outbox.freeze("sec", "LW-1-1", b"taken", alerts, T0)
    assert room.outbox.waiting("sec", "LW-2") is Reason.FIRST
    assert room.outbox.told("sec", "LW-2") is None


def test_an_alert_whose_subject_is_gone_is_still_an_alert(room):
    """It is rendered as what it is rather than stopping the queue."""
    room.put("LW-GONE")
    [one] = room.due()
    assert one.subject is None
    room.outbox.freeze("sec", one.id, b"", (one,), T0)
    assert room.outbox.told("sec", "LW-GONE").seq == 1


# ---------------------------------------------------------------------------------------------- conformance

_SEVERITIES = {"LW-A": Severity.MEDIUM, "LW-B": Severity.CRITICAL, "LW-C": Severity.HIGH, "LW-D": Severity.HIGH}


class Both(RuleBasedStateMachine):
    """The same calls to both outboxes; whatever is asked, both answer the same."""

    @initialize()
    def begin(self) -> None:
        self.home = tempfile.TemporaryDirectory()
        self.room = Room(Path(self.home.name))
        self.memory = MemoryOutbox()
        self.now = T0
        self.frozen: list[str] = []
        for name, severity in _SEVERITIES.items():
            self.room.incident(name, severity=severity)

    @rule(name=sampled_from(sorted(_SEVERITIES)), delay=integers(0, 3))
    def put(self, name, delay) -> None:
        if self.room.outbox.waiting("sec", name) is not None:
            return
        told = self.room.outbox.told("sec", name)
        seq = 1 if told is None else told.seq + 1
        self.now += 0.001  # two alerts of one moment have no order of age
        self.room.put(name, _SEVERITIES[name], due=self.now + delay, at=self.now)
        subject = self.room.store.incident(name)
        self.memory.put("sec", alert(subject, seq, id=f"{name}-{seq}", at=self.now), self.now + delay)

    @rule(limit=integers(1, 3), times=integers(1, 2))
    def freeze(self, limit, times) -> None:
        for _ in range(times):
            mine = self.room.due(self.now, limit)
            if not isinstance(mine, tuple):
                return
            identity = f"m{len(self.frozen)}"
            self.frozen.append(identity)
            for outbox in (self.room.outbox, self.memory):
                outbox.freeze("sec", identity, identity.encode(), mine, self.now)

    @rule(end=sampled_from(["delivered", "later", "dead", "replace"]), delay=integers(1, 4))
    def attempt(self, end, delay) -> None:
        mine = self.room.due(self.now, 1)
        if not isinstance(mine, RenderedMessage):
            return
        arguments = {
            "delivered": (self.now,),
            "later": (self.now + delay, "HTTP 503"),
            "dead": ("HTTP 400", self.now),
            "replace": (b"short",),
        }[end]
        for outbox in (self.room.outbox, self.memory):
            getattr(outbox, end)("sec", mine.message_id, *arguments)

    @rule(seconds=integers(1, 3))
    def time_passes(self, seconds) -> None:
        self.now += seconds

    @rule()
    def restart(self) -> None:
        self.room.reopen()

    @invariant()
    def both_answer_the_same(self) -> None:
        if not hasattr(self, "room"):
            return
        for limit in (1, 100):
            one, other = (outbox.next("sec", self.now, limit) for outbox in (self.room.outbox, self.memory))
            if isinstance(one, RenderedMessage):
                assert isinstance(other, RenderedMessage)
                one, other = (
                    replace(frozen, alerts=tuple(sorted(frozen.alerts, key=lambda it: it.id)))
                    for frozen in (one, other)
                )
            assert one == other
        assert self.room.outbox.pending("sec") == self.memory.pending("sec")
        assert self.room.outbox.wake_at("sec") == self.memory.wake_at("sec")

    def teardown(self) -> None:
        if hasattr(self, "room"):
            self.room.store.close()
            self.home.cleanup()


Both.TestCase.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBoth = Both.TestCase


def test_the_kind_of_a_gap_survives(room):
    """An alert about a gap says which."""
    room.put(room.gap(kind=GapKind.OVERFLOW, path=None))
    assert room.due()[0].subject.kind is GapKind.OVERFLOW
