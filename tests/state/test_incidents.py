"""One leaking place is one incident: what belongs together, and what does not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_findings import finding

from leakwatch.core.model import Severity
from leakwatch.core.places import CellPlace, LinePlace, RecordPlace
from leakwatch.state.incidents import Watched, family, fold, id_of, key_of, locate

WATCHED = Watched("loan-api", "log", "loan-api", "prod", "loan-team", "web-1")


@pytest.mark.parametrize(
    "path",
    [
        "/l/app.log",
        "/l/app.log.1",
        "/l/app.log.12",
        "/l/app.log.gz",
        "/l/app.log.1.gz",
        "/l/app.log.2.xz",
        "/l/app.log.old",
        "/l/app.log.bak",
        "/l/app.log-20260102",
        "/l/app.log-20260102.gz",
        "/l/app.log-20260102-1767312000",
        "/l/app.log.2026-01-02",
        "/l/app.log.2026-01-02.3",
        "/l/app.log.2026_01_02.3.gz",
        "/l/app.log.2026-01-02T10",
        "/l/app.log-2026-01-02_1030",
        "/l/app-2026-01-02.log",
        "/l/app-2026-01-02.3.log.gz",
        "/l/app.20260102.log",
        "/l/app.20260102-103000.log",
        "/l/app_20260102.log",
        "/l/app-3.log",
        "/l/app.7.log",
    ],
)
def test_all_rotations_of_a_log_are_one_family(path):
    """Whatever logrotate, logback, log4j or a script adds to the name."""
    assert family(path) == "/l/app.log"


@pytest.mark.parametrize(
    "path", ["/l/v2/api2.log", "/2026/01/app.log", "/l/http2-access.log", "/l/app.log.txt", "/l/2"]
)
def test_digits_that_are_no_rotation_stay(path):
    """A name is never emptied, a directory never touched, a version number in a word kept."""
    assert family(path) == path


@given(st.text("abl.-_0123456789gz/", max_size=40))
def test_the_family_of_a_family_is_itself(path):
    """Otherwise the place would depend on how often it was asked."""
    assert family(family(path)) == family(path)


def test_the_place_of_a_log_line_is_its_logger_or_else_its_path():
    """With the template; the family of the path, so that a rotation makes no new incident."""
    line = LinePlace(3, 1, 12)
    named = locate(finding(place=line, logger="c.e.Loan", path="/l/app.log.1"))
    assert (named.place, named.field_key, named.template) == ("c.e.Loan", "mobile", "cd" * 8)
    bare = locate(finding(place=line, path="/l/app.log.1", inside=("x-20260102.log",)))
    assert bare.place == "/l/app.log!x.log"


def test_the_place_of_a_cell_is_family_and_column():
    """By the column's name, whatever its position and row; by its number only when it has no name."""
    one = locate(finding(path="/e/users-20260101.csv", place=CellPlace(None, 2, 3, "手机号")))
    moved = locate(finding(path="/e/users-20260102.csv", place=CellPlace(None, 9, 4, "手机号"), template="ee" * 8))
    assert key_of(WATCHED, one) == key_of(WATCHED, moved)
    assert one.field_key == "手机号"
    bare = locate(finding(path="/e/users.csv", place=CellPlace("Sheet2", 2, 3, None)))
    assert bare.field_key == "#3"
    keys = {key_of(WATCHED, place) for place in (one, bare, locate(finding(place=CellPlace("Sheet1", 2, 3, None))))}
    assert len(keys) == 3


def test_elements_of_a_json_array_are_one_place():
    """An index says which one, not where."""
    places = [locate(finding(place=RecordPlace(n, f"$.users[{n}].phone"))) for n in (1, 20)]
    assert len({key_of(WATCHED, place) for place in places}) == 1
    assert places[0].field_key == "$.users[].phone"


def test_the_key_is_the_same_in_every_version_until_its_own_version_changes():
    """An upgrade must not alert known incidents as new."""
    assert key_of(WATCHED, locate(finding(logger="c.e.Loan"))) == "64becf7ad62a45e1"


def test_service_environment_and_template_make_another_incident_and_host_does_not():
    """The same statement on two hosts is one leak to mend."""
    place = locate(finding(logger="c.e.Loan"))
    other = Watched("loan-api", "log", "loan-api", "prod", "loan-team", "web-2")
    assert key_of(WATCHED, place) == key_of(other, place)
    elsewhere = [
        key_of(Watched("loan-api", "log", "crm", "prod", "loan-team", "web-1"), place),
        key_of(Watched("loan-api", "log", "loan-api", "test", "loan-team", "web-1"), place),
        key_of(WATCHED, locate(finding(logger="c.e.Loan", template="ee" * 8))),
        key_of(WATCHED, locate(finding(logger="c.e.Sms"))),
    ]
    assert len({key_of(WATCHED, place), *elsewhere}) == 5


def test_a_path_that_is_not_utf8_has_a_key():
    """Names of files are bytes."""
    assert re.fullmatch("[0-9a-f]{16}", key_of(WATCHED, locate(finding(path="/l/\udcb4\udcfb.log"))))


@given(st.integers(0, 2**64 - 1))
def test_an_id_can_be_read_out_on_the_phone(number):
    """Eight characters that are not confused: no I, L, O or U."""
    assert re.fullmatch("LW-[0-9A-HJKMNP-TV-Z]{8}", id_of(f"{number:016x}"))


def test_a_new_incident_reports_what_was_found_first():
    """Counts by entity, the worst severity and grade, and the sample of the worst."""
    found = [
        finding(masked="139****0001"),
        finding(
            masked="110101********0015",
            entity="CN_RESIDENT_ID",
            severity=Severity.HIGH,
            grade={"jrt0171": "C-3"},
            path="/l/app.log",
        ),
    ]
    incident = fold(None, found, WATCHED, locate(found[0]), 1000.0, subjects=2, backlog=False)
    assert incident.id == id_of(incident.key)
    assert dict(incident.entities) == {"CN_MOBILE": 1, "CN_RESIDENT_ID": 1}
    assert (incident.count, incident.subjects, incident.severity) == (2, 2, Severity.HIGH)
    assert (incident.sample, incident.jrt0171) == ("110101********0015", "C3")
    assert (incident.service, incident.owner, incident.env, incident.host) == ("loan-api", "loan-team", "prod", "web-1")
    assert (incident.first_seen, incident.last_seen) == (1000.0, 1000.0)


def test_labels_are_those_that_the_watch_has_now():
    """A label that was changed since the first finding is shown as it is now."""
    labels = []
    incident = None
    for zone in ("dmz", "core"):
        watched = replace(WATCHED, labels={"zone": zone})
        incident = fold(incident, [finding()], watched, locate(finding()), 1.0, subjects=1, backlog=False)
        labels.append(dict(incident.labels))
    assert labels == [{"zone": "dmz"}, {"zone": "core"}]


def test_more_findings_are_added_and_never_lower_anything():
    """The first sample stays until something worse is found; times move on."""
    place = locate(finding())
    first = fold(
        None, [finding(severity=Severity.HIGH, masked="first")], WATCHED, place, 1.0, subjects=1, backlog=False
    )
    calm = [finding(severity=Severity.LOW, masked="second", grade={}, path="/l/app.log.1")] * 3
    second = fold(first, calm, WATCHED, place, 2.0, subjects=0, backlog=False)
    assert (second.count, second.subjects, second.severity, second.sample) == (4, 1, Severity.HIGH, "first")
    assert (second.jrt0171, second.path, second.first_seen, second.last_seen) == ("C2", "/l/app.log.1", 1.0, 2.0)
    worse = fold(
        second, [finding(severity=Severity.CRITICAL, masked="worse")], WATCHED, place, 3.0, subjects=1, backlog=False
    )
    assert (worse.severity, worse.sample, worse.id) == (Severity.CRITICAL, "worse", first.id)


def test_backlog_ends_with_the_first_current_finding_and_does_not_return():
    """Old lines of a place that leaks now do not make it old."""
    place = locate(finding())
    old = fold(None, [finding()], WATCHED, place, 1.0, subjects=1, backlog=True)
    assert old.backlog
    assert fold(old, [finding()], WATCHED, place, 2.0, subjects=0, backlog=True).backlog
    current = fold(old, [finding()], WATCHED, place, 3.0, subjects=0, backlog=False)
    assert not current.backlog
    assert not fold(current, [finding()], WATCHED, place, 4.0, subjects=0, backlog=True).backlog


def test_lines_of_an_export_are_one_place_a_field_whatever_their_shape():
    """A dump has as many kinds of lines as it has tables; its file leaks once for each field."""
    line = LinePlace(3, 1, 12)
    places = [locate(finding(place=line, path="/e/dump.sql", template=2 * digit * 8), "export") for digit in "ab"]
    assert len({key_of(WATCHED, place) for place in places}) == 1
    other = locate(finding(place=line, path="/e/dump.sql", key="phone"), "export")
    assert key_of(WATCHED, other) != key_of(WATCHED, places[0])
    assert places[0].place == "/e/dump.sql"
