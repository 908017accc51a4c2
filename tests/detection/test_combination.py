"""Severities of findings that share a record."""

from datetime import date

import pytest

from leakwatch.core.model import Field, Finding, Origin, RecordChunk, Severity
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, RecordPlace
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.combination import combine, counts_beside, is_child
from leakwatch.detection.policy import select
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors

INFO, L, M, H, C = Severity


def finding(entity, place=None, **changes):
    (detector,) = (one for one in detectors() if one.entity == entity)
    severity = changes.pop("severity", Severity.of(detector.severity))
    return Finding(entity, "p", (), place or LinePlace(1), None, 0.9, severity, dict(detector.grades), "***", "f", "t")


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        (["PERSON_NAME"], [L]),
        (["PERSON_NAME", "PERSON_NAME"], [L, L]),
        (["CN_MOBILE", "CN_MOBILE"], [M, M]),
        (["PERSON_NAME", "CN_MOBILE"], [M, H]),
        (["CN_RESIDENT_ID", "BANK_CARD"], [H, H]),
        (["PERSON_NAME", "CN_RESIDENT_ID", "CN_MOBILE"], [M, H, H]),
        (["DATE_OF_BIRTH", "PERSON_NAME"], [M, M]),
        (["CN_MOBILE", "DEVICE_ID"], [M, L]),
        (["DATE_OF_BIRTH", "IP_ADDRESS"], [L, L]),
        (["IMEI", "IMSI"], [L, L]),
        (["PERSON_NAME", "SECRET_TOKEN"], [L, C]),
        (["CN_MOBILE", "SECRET_OTP"], [M, H]),
        (["PERSON_NAME", "CN_USCC"], [L, INFO]),
        (["LOAN_CONTRACT_NO"], [M]),
        (["LOAN_CONTRACT_NO", "DEVICE_ID"], [M, L]),
        (["LOAN_CONTRACT_NO", "CN_RESIDENT_ID"], [H, H]),
        (["LOAN_CONTRACT_NO", "PERSON_NAME"], [H, M]),
        (["CARD_EXPIRY"], []),
        (["CARD_EXPIRY", "PERSON_NAME"], [L]),
        (["CARD_EXPIRY", "BANK_CARD"], [C, H]),
        (["CARD_EXPIRY", "CARD_CVV"], [C, C]),
    ],
)
def test_values_of_one_record_raise_each_other(entities, expected):
    """Two linkable values rise one step, up to high; devices and secrets neither raise nor are raised."""
    assert [one.severity for one in combine([finding(entity) for entity in entities])] == expected


@pytest.mark.parametrize(
    "places",
    [
        (LinePlace(1, 1, 24), LinePlace(1, 1, 12)),
        (CellPlace(None, 2, 1, None, 1, 24), CellPlace(None, 2, 1, None, 1, 12)),
        (RecordPlace(1, "$.a", 1, 24), RecordPlace(1, "$.a", 1, 12)),
        (PagePlace(1, 1, 24), PagePlace(1, 1, 12)),
    ],
)
def test_a_number_inside_an_email_address_is_no_second_value(places):
    """13900001234@example.com alone is no combination; a number beside it is one."""
    mail, inside = finding("EMAIL_ADDRESS", places[0]), finding("CN_MOBILE", places[1])
    assert [one.severity for one in combine([mail, inside])] == [M, H]
    beside = finding("CN_MOBILE", places[0].span(40, 51))
    assert [one.severity for one in combine([mail, beside])] == [H, H]


def test_an_expiry_date_counts_beside_a_card():
    """An expiry date counts only beside card data; every other entity counts alone."""
    assert not counts_beside("CARD_EXPIRY", {"CARD_EXPIRY"})
    assert counts_beside("CARD_EXPIRY", {"BANK_CARD"})
    assert counts_beside("CN_MOBILE", {"CN_MOBILE"})


def test_personal_data_of_a_child_rises_one_step():
    """Personal data becomes sensitive; machine credentials are not personal."""
    name, secret, house = combine([finding("PERSON_NAME"), finding("SECRET_TOKEN"), finding("CN_ADDRESS")], child=True)
    assert (name.severity, name.grade["gbt35273"]) == (H, "sensitive")
    assert (secret.severity, dict(secret.grade)) == (C, dict(finding("SECRET_TOKEN").grade))
    assert house.severity is C
    assert [one.severity for one in combine([finding("CN_RESIDENT_ID")], child=True)] == [C]


@pytest.mark.parametrize(
    ("entity", "value", "child"),
    [
        ("DATE_OF_BIRTH", "20121126", True),
        ("DATE_OF_BIRTH", "20121125", False),
        ("DATE_OF_BIRTH", "19900307", False),
        ("DATE_OF_BIRTH", "", False),
        ("CN_RESIDENT_ID", "11010520200101001X", True),
        ("CN_RESIDENT_ID", "11010519000101001X", False),
        ("CN_FOREIGN_PERMANENT_RESIDENT_ID", "ABC123456789012", False),
        ("CN_MOBILE", "20200101", False),
    ],
)
def test_childhood_ends_on_the_fourteenth_birthday(entity, value, child):
    """A person is a child until the day before; values without a date are never of a child."""
    assert is_child(entity, value, date(2026, 11, 25)) is child


def test_a_birth_date_marks_the_record_of_a_child():
    """End to end: the record of a child is more severe than the same record of an adult."""
    active = select(detectors(), {"cn"}, ())
    analyzer = Analyzer(active, Fingerprinter(bytes(32)), today=lambda: date(2026, 11, 25))
    seen = []
    for born in ("2015-03-07", "1985-03-07"):
        fields = (("张三", "姓名"), (born, "出生日期"))
        record = tuple(Field(text, RecordPlace(1, f"$.{key}"), key) for text, key in fields)
        found = analyzer.analyze(RecordChunk(Origin("a.json"), (record,))).findings
        seen.append({one.entity: one.severity for one in found})
    assert seen == [{"PERSON_NAME": H, "DATE_OF_BIRTH": H}, {"PERSON_NAME": M, "DATE_OF_BIRTH": M}]
    timeless = Analyzer(active, Fingerprinter(bytes(32)))
    child = (Field("2015-03-07", RecordPlace(1, "$.x"), "出生日期"),)
    assert [one.severity for one in timeless.analyze(RecordChunk(Origin("a"), (child,))).findings] == [L]
