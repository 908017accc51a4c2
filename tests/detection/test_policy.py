"""What becomes of a hit."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.core.errors import ConfigError
from leakwatch.detection.policy import STRONG, Candidate, Decision, decide, select
from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.evidence.context import Evidence


def candidate(detector_id, text, value, score=0.9, evidence=Evidence.NONE, start=None):
    start = text.index(value) if start is None else start
    return Candidate(by_id(detector_id), start, start + len(value), value, score, evidence)


def decisions(text, *candidates, min_score=0.5):
    return {
        (one.candidate.detector.id, one.candidate.value): (one.decision.value, one.by)
        for one in decide(text, candidates, min_score)
    }


@pytest.mark.parametrize(
    ("text", "detector_id", "value", "decision"),
    [
        ("手机 13900001234", "cn-mobile", "13900001234", "reported"),
        ("手机 13800138000", "cn-mobile", "13800138000", "placeholder"),
        ("手机 +86 138 0013 8000", "cn-mobile", "+86 138 0013 8000", "placeholder"),
        ("id 11010519491231002x", "cn-resident-id", "11010519491231002x", "placeholder"),
        ("card 4111 1111 1111 1111", "bank-card", "4111 1111 1111 1111", "placeholder"),
        ("手机 11111111111", "cn-mobile", "11111111111", "placeholder"),
        ("id A123456789", "tw-national-id", "A123456789", "placeholder"),
        ("code 111", "bank-card", "111", "reported"),
        ("**13900001234", "cn-mobile", "13900001234", "masked"),
        ("*13900001234*", "cn-mobile", "13900001234", "reported"),
        ("#13900001234", "cn-mobile", "13900001234", "reported"),
        ("13900001234****", "cn-mobile", "13900001234", "masked"),
        ("●●13900001234", "cn-mobile", "13900001234", "masked"),
        ("6200xxxxxxxx0005", "bank-card", "6200xxxxxxxx0005", "masked"),
        ("11010519000101001X", "cn-resident-id", "11010519000101001X", "reported"),
        ("姓名 张三*", "person-name", "张三", "masked"),
        ("姓名 张三", "person-name", "张三", "reported"),
        ("password=ab*cd!x", "secret-password", "ab*cd!x", "reported"),
        ("password=abc***xyz", "secret-password", "abc***xyz", "masked"),
        ("password=xxxxxx", "secret-password", "xxxxxx", "masked"),
        ("password=111111", "secret-password", "111111", "reported"),
    ],
)
def test_masked_values_and_placeholders(text, detector_id, value, decision):
    """What is masked already, or is everybody's example, is not reported; one star or # beside a value masks nothing."""
    assert decisions(text, candidate(detector_id, text, value))[detector_id, value][0] == decision


def test_a_weak_hit_is_not_reported_and_hides_nothing():
    """The threshold comes first: what is below it cannot swallow what is above."""
    text = "no 13900001234"
    found = decisions(
        text, candidate("bank-account", text, "no 13900001234", 0.4), candidate("cn-mobile", text, "13900001234", 0.6)
    )
    assert found["bank-account", "no 13900001234"] == ("low-score", None)
    assert found["cn-mobile", "13900001234"] == ("reported", None)


def test_the_longest_wins_then_the_strongest():
    """Of two overlapping strong hits the longer is reported; of two equally long ones the stronger."""
    text = "0571-80000000-8001"
    longer = decisions(
        text, candidate("cn-landline", text, text, 0.85), candidate("cn-landline", text, "0571-80000000", 0.95)
    )
    assert longer["cn-landline", text] == ("reported", None)
    assert longer["cn-landline", "0571-80000000"] == ("overlapped", "CN_LANDLINE")
    same = decisions(text, candidate("bank-account", text, text, 0.85), candidate("cn-landline", text, text, 0.9))
    assert same["cn-landline", text] == ("reported", None)
    assert same["bank-account", text] == ("overlapped", "CN_LANDLINE")


def test_a_weak_long_hit_never_swallows_a_strong_one():
    """An address-shaped stretch of low confidence does not hide the identity number in it."""
    text = "某某路11010519000101001X号"
    found = decisions(
        text, candidate("cn-address", text, text, 0.6), candidate("cn-resident-id", text, "11010519000101001X", 0.85)
    )
    assert found["cn-resident-id", "11010519000101001X"] == ("reported", None)
    assert found["cn-address", text] == ("overlapped", "CN_RESIDENT_ID")


def test_mail_and_the_mobile_in_its_local_part_are_both_reported():
    """13900001234@example.com leaks an address and a phone number; a number in the domain is part of the address."""
    text = "13900001234@13900005678.example.com"
    found = decisions(
        text,
        candidate("email-address", text, text),
        candidate("cn-mobile", text, "13900001234", 0.6),
        candidate("cn-mobile", text, "13900005678", 0.6),
    )
    assert found["email-address", text] == ("reported", None)
    assert found["cn-mobile", "13900001234"] == ("reported", None)
    assert found["cn-mobile", "13900005678"] == ("overlapped", "EMAIL_ADDRESS")


def test_hotlines_keep_others_quiet():
    """A number of an organisation is not personal, unless its key says that it is no phone number."""
    text = "4008000000"
    hotline = candidate("cn-service-number", text, text, 0.6)
    phone = candidate("cn-landline", text, text, 0.9, Evidence.KEY)
    account = candidate("bank-account", text, text, 0.9, Evidence.KEY)
    assert decisions(text, hotline, phone)["cn-landline", text] == ("named-otherwise", "CN_SERVICE_NUMBER")
    assert decisions(text, hotline, account)["bank-account", text] == ("reported", None)
    weak = replace(hotline, score=0.1)
    assert decisions(text, weak, phone) == {("cn-landline", text): ("reported", None)}


SOME = [one for one in detectors() if one.id in {"cn-mobile", "bank-card", "cn-address", "person-name", "bank-account"}]
HITS = st.builds(
    lambda detector, start, length, score: Candidate(
        detector, start, start + length, "1" + "2" * (length - 1), score, Evidence.NONE
    ),
    st.sampled_from(SOME),
    st.integers(0, 12),
    st.integers(2, 9),
    st.sampled_from([0.3, 0.5, 0.6, 0.8, 0.95]),
)


@given(st.lists(HITS, max_size=8))
def test_what_is_reported_never_overlaps_and_nothing_is_lost(candidates):
    """Every hit is decided once; reported hits do not overlap; each hidden one overlaps a reported one as good as it."""
    verdicts = decide(" " * 40, candidates, 0.5)
    assert len(verdicts) == len(candidates)
    reported = [one.candidate for one in verdicts if one.decision is Decision.REPORTED]
    for one in reported:
        assert all(one is other or one.end <= other.start or other.end <= one.start for other in reported)
    for verdict in verdicts:
        if verdict.decision is Decision.OVERLAPPED:
            above = [one for one in reported if one.start < verdict.candidate.end and verdict.candidate.start < one.end]
            assert any(one.score >= STRONG or verdict.candidate.score < STRONG for one in above)


def test_select_takes_regions_and_leaves_out_the_disabled():
    """Region packs and ids choose; what is off by default stays off; choosing none is an error of the configuration."""
    everything = {one.id for one in select(detectors(), {"cn", "hk", "mo", "tw"}, ())}
    mainland = {one.id for one in select(detectors(), {"cn"}, {"cn-mobile"})}
    assert {"cn-mobile", "hk-id", "bank-card"} <= everything
    assert "bank-card" in mainland
    assert not mainland & {"hk-id", "cn-mobile"}
    assert not everything & {one.id for one in detectors() if not one.default}
    with pytest.raises(ConfigError, match="no detector is active"):
        select(detectors(), {"cn"}, {one.id for one in detectors()})


def test_a_hit_does_not_show_its_value():
    """Hits stay inside analysis; even so their repr holds no plaintext."""
    assert "13900001234" not in repr(candidate("cn-mobile", "13900001234", "13900001234"))
