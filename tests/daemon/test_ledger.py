"""What is recorded, what is alerted about it and when, and that both happen or neither."""

from __future__ import annotations

import sqlite3

import pytest
from support.alert_samples import gap
from support.daemon_state import WATCHED, Room
from support.sample_findings import finding

from leakwatch.core.alert import Reason
from leakwatch.core.model import GapKind, Severity
from leakwatch.daemon.ledger import GAP_QUIET_SECONDS, LocatedFinding
from leakwatch.notify.dispatch import Route
from leakwatch.state.incidents import MAX_TEMPLATES, TEMPLATE_SECONDS


@pytest.fixture
def room(tmp_path):
    room = Room(tmp_path)
    yield room
    room.close()


def seen_value(number=0, **more):
    given = {"fingerprint": f"{number:032x}", "logger": "c.e.Loan"}
    return LocatedFinding(b"%8d" % number, finding(**(given | more)))


def record(room, *sightings, backlog=False):
    return room.ledger.record(WATCHED, sightings, backlog=backlog)


def told(room, now=None):
    """Deliver what is due, one message each."""
    reasons = []
    while alerts := room.due(now=now):
        one = alerts[0]
        room.outbox.freeze("sec", one.id, b"", (one,), room.now)
        room.outbox.delivered("sec", one.id, room.now)
        reasons.append((one.reason, one.subject))
    return reasons


# ---------------------------------------------------------------------------------------------- findings


def test_findings_of_one_place_are_one_incident_and_one_alert(room):
    """However many there are; the channel is woken once they are stored."""
    assert record(room, *(seen_value(number) for number in range(20))) == 20
    [incident] = room.store.incidents()
    assert (incident.count, incident.subjects) == (20, 20)
    assert [(alert.reason, alert.subject.id) for alert in room.due()] == [(Reason.FIRST, incident.id)]
    assert [one.id for one in room.opened] == [incident.id]
    assert room.woken == 1


def test_reading_the_same_bytes_twice_counts_once(room):
    """After a crash they are read again; nothing is added and nothing is alerted."""
    record(room, seen_value(1), seen_value(2))
    told(room)
    room.woken = 0
    assert record(room, seen_value(1), seen_value(2)) == 0
    [incident] = room.store.incidents()
    assert incident.count == 2
    assert (room.due(), room.woken, len(room.opened)) == ((), 0, 1)


def test_a_value_seen_again_elsewhere_is_no_new_subject(room):
    """Findings count sights, subjects count people."""
    record(room, seen_value(1, fingerprint="aa" * 16), seen_value(2, fingerprint="aa" * 16))
    record(room, seen_value(3, fingerprint="aa" * 16), seen_value(4, fingerprint="bb" * 16))
    [incident] = room.store.incidents()
    assert (incident.count, incident.subjects) == (4, 2)


def test_the_first_is_reported_at_once_and_siblings_of_a_burst_together(room):
    """Only while new incidents keep coming is there a wait."""
    record(room, seen_value(1, template="a" * 16))
    assert len(room.due()) == 1
    room.now += 0.3
    record(room, seen_value(2, template="b" * 16))
    assert len(room.due()) == 1
    assert len(room.due(now=room.now + 1)) == 2
    room.now += 10
    record(room, seen_value(3, template="c" * 16))
    assert len(room.due()) == 3


def test_growth_is_reported_in_steps_and_a_rise_in_severity_soon(room):
    """Not every finding is a message."""
    record(room, seen_value(0))
    assert [reason for reason, _ in told(room)] == [Reason.FIRST]
    record(room, *(seen_value(number) for number in range(1, 9)))
    assert room.due(now=room.now + 1000) == ()
    record(room, seen_value(9))
    assert room.due() == ()
    assert [alert.reason for alert in room.due(now=room.now + 61)] == [Reason.GROWTH]
    record(room, seen_value(10, severity=Severity.CRITICAL))
    assert [alert.reason for alert in room.due()] == [Reason.SEVERITY_UP]
    record(room, seen_value(11, entity="CN_RESIDENT_ID"))
    [alert] = room.due()
    assert (alert.reason, alert.seq) == (Reason.SEVERITY_UP, 2), "the stronger reason of one waiting alert stays"


def test_channels_hear_what_they_asked_for(tmp_path):
    """By severity, entity and service; and one whose messages hold one alert does not wait for siblings."""
    room = Room(
        tmp_path,
        (
            Route("all"),
            Route("worst", Severity.CRITICAL),
            Route("ids", entities=("CN_RESIDENT_*",)),
            Route("crm", services=("crm",)),
            Route("hook", collects=False),
        ),
    )
    record(room, seen_value(1, template="a" * 16))
    room.now += 0.3
    record(room, seen_value(2, template="b" * 16))
    pending = {route.channel: room.outbox.pending(route.channel) for route in room.routes}
    assert pending == {"all": 2, "worst": 0, "ids": 0, "crm": 0, "hook": 2}
    assert (len(room.due("all")), len(room.due("hook"))) == (1, 2)
    room.close()


def test_more_templates_than_a_person_can_read_share_one_incident(room):
    """Of one logger, within ten minutes; known places keep theirs, other loggers are not concerned."""
    for number in range(MAX_TEMPLATES + 20):
        record(room, seen_value(number, template=f"{number:016x}"))
    incidents = room.store.incidents(1000)
    assert len(incidents) == MAX_TEMPLATES + 1
    assert max(one.count for one in incidents) == 20
    record(room, seen_value(1000, template=f"{3:016x}"))
    assert sum(one.count == 2 for one in room.store.incidents(1000)) == 1
    record(room, seen_value(1001, template="ff" * 8, logger="c.e.Other"))
    assert len(room.store.incidents(1000)) == MAX_TEMPLATES + 2
    room.now += TEMPLATE_SECONDS + 1
    record(room, seen_value(1002, template="ee" * 8))
    assert len(room.store.incidents(1000)) == MAX_TEMPLATES + 3


# ---------------------------------------------------------------------------------------------- backlog


def test_a_backlog_is_one_card_and_its_criticals_apart(room):
    """Once, when all of it was read; the card's counts are those of the incidents it stands for."""
    record(room, *(seen_value(number, template=f"{number % 3:016x}") for number in range(30)), backlog=True)
    assert room.due() == ()
    record(room, seen_value(99, severity=Severity.CRITICAL, template="cc" * 8), backlog=True)
    assert [reason for reason, _ in told(room)] == [Reason.FIRST]
    room.ledger.backlog_done(WATCHED)
    [(reason, card)] = told(room)
    assert reason is Reason.BACKLOG
    assert (card.kind, card.count, card.subjects, card.place) == ("backlog", 30, 30, "3 places in logs")
    assert dict(card.entities) == {"CN_MOBILE": 30}
    assert card.path == ""
    assert all(one.kind != "backlog" for one in room.store.incidents())


def test_an_empty_backlog_reports_nothing(room):
    """A card about nothing would only be in the way."""
    record(room, seen_value(1))
    told(room)
    room.ledger.backlog_done(WATCHED)
    assert room.due() == ()


def test_a_place_of_the_backlog_that_leaks_again_is_reported(room):
    """Then it is not old any more."""
    record(room, seen_value(1), backlog=True)
    room.now += 5
    record(room, seen_value(2))
    assert [reason for reason, _ in told(room)] == [Reason.FIRST]
    room.ledger.backlog_done(WATCHED)
    assert room.due() == ()


# ---------------------------------------------------------------------------------------------- gaps


def test_a_gap_is_reported_to_every_channel_whatever_it_asked_for(tmp_path):
    """Being blind concerns everybody."""
    room = Room(tmp_path, (Route("all"), Route("worst", Severity.CRITICAL), Route("ids", entities=("X",))))
    room.ledger.gap(gap())
    for route in room.routes:
        [alert] = room.due(route.channel)
        assert (alert.reason, alert.severity, alert.subject) == (Reason.GAP, Severity.HIGH, gap())
    assert room.gaps == [gap()]
    assert room.woken == 1
    room.close()


def test_gaps_of_one_kind_and_root_are_reported_once_an_hour_and_all_kept(room):
    """A thousand unreadable files are one message."""
    for number in range(5):
        room.ledger.gap(gap(path=f"/l/{number}", opened_at=room.now))
    room.ledger.gap(gap(path="/l/0", opened_at=room.now))
    assert len(told(room)) == 1
    assert len(room.store.open_gaps()) == 5
    assert len(room.gaps) == 5
    room.ledger.gap(gap(root="/other", opened_at=room.now))
    room.ledger.gap(gap(GapKind.OVERFLOW, opened_at=room.now))
    assert len(told(room)) == 2
    room.now += GAP_QUIET_SECONDS + 1
    room.ledger.gap(gap(path="/l/9", opened_at=room.now))
    assert len(told(room)) == 1


def test_the_end_of_a_gap_is_reported_to_whoever_heard_of_it(room):
    """The end of an unknown gap would be noise."""
    room.ledger.gap(gap(path="/l/1", opened_at=room.now))
    room.ledger.gap(gap(path="/l/2", opened_at=room.now))
    assert len(told(room)) == 1
    room.ledger.close_gap(GapKind.DENIED, gap().root, "/l/2")
    assert room.due() == ()
    room.ledger.close_gap(GapKind.DENIED, gap().root, "/l/1")
    [(reason, subject)] = told(room)
    assert (reason, subject.closed_at) == (Reason.GAP_CLOSED, room.now)
    room.ledger.close_gap(GapKind.DENIED, gap().root, "/l/1")
    assert room.due() == ()
    assert room.store.open_gaps() == []


def test_a_gap_that_ended_before_it_could_be_reported_is_one_message(room):
    """It says that it is over."""
    room.ledger.gap(gap(opened_at=room.now))
    room.ledger.close_gap(GapKind.DENIED, gap().root, gap().path)
    [(reason, subject)] = told(room)
    assert reason is Reason.GAP_CLOSED
    assert subject.closed_at == room.now


# ---------------------------------------------------------------------------------------------- all or nothing


def test_when_storing_fails_nothing_is_stored_reported_or_counted(room):
    """And the next try is as if the first had not been."""
    record(room, seen_value(0, template="a" * 16))
    told(room)
    room.opened.clear()
    room.woken = 0
    room.now += 0.5
    sightings = [seen_value(number, template=f"{number:016x}", path="x" * 500) for number in range(1, 40)]

    def write():
        with room.ledger.entry():
            record(room, *sightings)
            room.ledger.gap(gap(opened_at=room.now))

    with room.full_disk(), pytest.raises(sqlite3.OperationalError):
        write()
    assert (len(room.store.incidents()), room.findings(), room.store.open_gaps()) == (1, 1, [])
    assert (room.opened, room.gaps, room.woken, room.due()) == ([], [], 0, ())
    write()
    assert (room.findings(), len(room.opened), len(room.gaps), room.woken) == (40, 39, 1, 1)
    assert {alert.reason for alert in room.due(now=room.now + 1)} == {Reason.FIRST, Reason.GAP}


def test_a_failed_record_does_not_hold_up_the_next_one(room):
    """The window of a burst begins with an incident that was stored, not with one that was not."""
    with room.full_disk(), pytest.raises(sqlite3.OperationalError):
        record(room, *(seen_value(number, template=f"{number:016x}", path="x" * 500) for number in range(40)))
    record(room, seen_value(1))
    assert len(room.due()) == 1
