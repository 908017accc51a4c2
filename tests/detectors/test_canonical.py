"""All spellings of a value have one canonical form, and so one fingerprint."""

import pytest
import regex

from leakwatch_detectors.catalog import by_id, detectors

SPELLINGS = [
    ("cn-mobile", ["13900001234", "+86 139 0000 1234", "0086-13900001234", "(86)139-0000-1234", "139.0000.1234"]),
    ("cn-resident-id", ["11010519491231002X", "110105 19491231 002x", "1101 0519 4912 3100 2X", "11010519491231002×"]),
    ("cn-residence-permit", ["82000019000101001X", "820000-19000101-001x"]),
    ("cn-landline", ["010-60000000", "+86 10 60000000", "(010)60000000", "01060000000"]),
    ("bank-card", ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"]),
    ("email-address", ["Zhang@Example.com", "zhang@example.com"]),
    ("hk-id", ["A123456(3)", "A1234563", "A123456（3）", "a123456 (3)"]),
    ("cn-license-plate", ["京A00000", "京A·00000", "京A-00000"]),
    ("hk-phone", ["+852 5100 0000", "51000000", "0085251000000"]),
    ("mo-phone", ["+853 6200 0000", "62000000"]),
    ("mo-bir", ["5000000(1)", "5/000000/1", "50000001"]),
    ("tw-mobile", ["0900-000-001", "+886 900 000 001", "0900000001"]),
    ("tw-landline", ["02-2000-0000", "(02)20000000", "+886 2 2000 0000", "02-2000-0000#12"]),
    ("tw-national-id", ["F100000006", "f100000006"]),
    ("tw-resident-cert", ["AC00000012", "ac00000012"]),
    ("person-name", ["张三", "张　三"]),
    ("cn-passport", ["e00000000", "E00000000"]),
    ("date-of-birth", ["1990-03-07", "1990年3月7日", "19900307", "民國79年3月7日"]),
    ("bank-account", ["0000 1111 2222", "0000-1111-2222"]),
    ("mac-address", ["A4-5E-60-00-00-01", "a4:5e:60:00:00:01", "a45e.6000.0001"]),
    ("cn-org-code", ["D2143569-X", "D2143569X"]),
]


@pytest.mark.parametrize(("detector_id", "spellings"), SPELLINGS)
def test_spellings_of_a_value_share_a_canonical_form(detector_id, spellings):
    """Separators, prefixes, case and script do not change the value."""
    detector = by_id(detector_id)
    assert detector.canonical is not None
    assert len({detector.canonical(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize("detector", [one for one in detectors() if one.canonical], ids=lambda one: one.id)
def test_canonicalising_twice_changes_nothing(detector):
    """The canonical form of every example is not empty and is its own canonical form."""
    for example in detector.examples:
        for value in regex.findall("⟦(.*?)⟧", example.line):
            form = detector.canonical(value)
            assert form
            assert detector.canonical(form) == form
