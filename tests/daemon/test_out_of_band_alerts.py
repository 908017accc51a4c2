"""Out-of-band alerts: once while the state cannot be written, once when it can again; and the heartbeat."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

import pytest
from support.daemon_state import Room

from leakwatch.core.alert import Alert, Reason
from leakwatch.core.model import GapKind
from leakwatch.daemon.out_of_band_alerts import ALERT_AFTER_SECONDS, RECOVERED_AFTER_SECONDS, OutOfBandAlerts

TROUBLE = "the state cannot be written; is the disk full?"


@dataclass
class Channels:
    """What was sent from memory, to which channels, and what was withdrawn."""

    said: list[tuple[str, Alert, tuple[str, ...]]] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)

    def put_notice(self, kind, alert, types=()):
        self.said.append((kind, alert, types))

    def drop_notice(self, kind):
        self.unsaid.append(kind)


class Desk(Room):
    """A daemon state with out-of-band alerts and a monotonic clock moved by hand."""

    passed = 0.0

    def __post_init__(self):
        super().__post_init__()
        self.channels = Channels()
        self.out_of_band = OutOfBandAlerts(self.channels, self.ledger, "/state", lambda: self.now, lambda: self.passed)

    def unwritten(self, trouble, seconds):
        for _ in range(int(seconds) + 1):
            self.out_of_band.unwritten(trouble)
            self.passed += 1


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_a_state_that_cannot_be_written_is_reported_once_and_its_end_is_stored(desk):
    """To every channel, from memory; the end through the outbox, as of any gap."""
    desk.unwritten(TROUBLE, 3600)
    [(kind, alert, types)] = desk.channels.said
    assert (kind, types, alert.reason, alert.subject.kind) == ("unwritten", (), Reason.GAP, GapKind.UNWRITTEN)
    assert (alert.subject.root, alert.subject.detail) == ("/state", TROUBLE)
    assert desk.due() == ()
    desk.now += 3600
    desk.unwritten(None, RECOVERED_AFTER_SECONDS)
    [told] = desk.due()
    assert (told.reason, told.subject.kind, told.subject.closed_at) == (Reason.GAP_CLOSED, GapKind.UNWRITTEN, desk.now)
    assert told.subject.opened_at == alert.subject.opened_at
    assert desk.channels.unsaid == ["unwritten"]
    assert [gap.kind for gap in desk.gaps] == [GapKind.UNWRITTEN]
    assert desk.store.open_gaps() == []


def test_a_moment_of_trouble_is_not_reported_and_a_moment_of_calm_is_no_end(desk):
    """A busy disk for a second; a disk at its brink."""
    desk.unwritten(TROUBLE, ALERT_AFTER_SECONDS - 2)
    desk.unwritten(None, 1)
    desk.unwritten(TROUBLE, ALERT_AFTER_SECONDS - 2)
    assert desk.channels.said == []
    desk.unwritten(TROUBLE, ALERT_AFTER_SECONDS)
    for _ in range(10):
        desk.unwritten(None, RECOVERED_AFTER_SECONDS - 2)
        desk.unwritten(TROUBLE, 1)
    assert len(desk.channels.said) == 1
    assert desk.due() == ()


def test_an_end_that_cannot_be_stored_is_tried_again(desk):
    """The disk is full again, or still."""
    desk.unwritten(TROUBLE, ALERT_AFTER_SECONDS)
    desk.store.connection.execute("PRAGMA query_only = 1")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        desk.unwritten(None, RECOVERED_AFTER_SECONDS)
    desk.store.connection.execute("PRAGMA query_only = 0")
    desk.unwritten(None, 1)
    assert [alert.reason for alert in desk.due()] == [Reason.GAP_CLOSED]


def test_a_sign_of_life_goes_to_machines_when_it_is_time(desk):
    """Each with an id of its own, which a receiver that drops repeats must not drop."""
    desk.out_of_band.alive()
    for _ in range(2):
        desk.out_of_band.beat.set()
        desk.out_of_band.alive()
        desk.out_of_band.alive()
        desk.now += 60
    assert [(kind, alert.reason, types) for kind, alert, types in desk.channels.said] == [
        ("alive", Reason.HEARTBEAT, ("webhook",))
    ] * 2
    assert len({alert.id for _, alert, _ in desk.channels.said}) == 2
