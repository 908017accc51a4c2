"""Keys in all their spellings, and similar keys that name something else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.evidence.key_names import key_names, literals, words_of

PHONE = key_names(("mobile phone", "mobile", "手机", "tel"))
CARD = key_names(("id card no", "card no"))


@pytest.mark.parametrize(
    "key",
    [
        *("userMobilePhone", "user_mobile_phone", "User Mobile Phone", "MOBILE_PHONE", "mobilephone", "user.mobile"),
        *(
            "custmobile",
            "mobileNo",
            "mobile_no",
            "mobile1",
            "phone.mobile2",
            "mobiles",
            "mobileList",
            "oldMobile",
            "contactmobilephone",
        ),
        *(
            "手机",
            "手机号",
            "手机号码",
            "联系手机号",
            "手机号（必填）",
            "手机号码(11位)*",
            "手机2",
            "用户tel号",
            "x-tel",
        ),
    ],
)
def test_spellings_of_a_key_are_recognised(key):
    """Camel case, snake case, plurals, numbers, owners and affixes do not hide a key."""
    assert PHONE.match(key)


@pytest.mark.parametrize(
    "key", ["mobileType", "automobile", "mobile_time", "hotel", "手机型号", "手机品牌", "status", "", "号", "（必填）"]
)
def test_similar_keys_are_different_keys(key):
    """A name inside a longer word, or not at the end of the key, does not count."""
    assert not PHONE.match(key)


def test_the_longest_name_wins():
    """``idCardNo`` names an identity card, not a card."""
    assert CARD.match("P8_idCardNo") > CARD.match("bankCardNo") > 0


def test_a_long_name_needs_no_word_boundary():
    """``softlayerapikey`` ends with a two-word name; short names need a boundary (``automobile``)."""
    names = key_names(("api key", "password", "mobile"))
    assert names.match("softlayerapikey")
    assert names.match("dbpassword")
    assert not names.match("automobile")


def test_words_of_a_key():
    """Camel case, capitals, digits and characters split a key; Han characters stay together."""
    assert words_of("P8_idCardNo") == ("p", "8", "id", "card", "no")
    assert words_of("IDCard") == ("idcard",) or words_of("IDCard") == ("id", "card")
    assert words_of("用户ID号") == ("用户", "id", "号")


KEYS = sorted({key for detector in detectors() for key in detector.keys})


@given(st.sampled_from(KEYS), st.sampled_from(["", "_", "-", ".", " "]), st.booleans(), st.booleans())
def test_literals_are_in_every_spelling_that_matches(key, border, camel, upper):
    """A prefilter on the literals never loses a key, in any spelling."""
    words = key.split(" ")
    spelling = border.join([words[0], *(word.title() if camel else word for word in words[1:])])
    spelling = spelling.upper() if upper else spelling
    if key_names((key,)).match(spelling):
        assert any(one in spelling.lower() for one in literals((key,)))


def test_common_spellings_match():
    """The property above is not vacuous: snake, kebab, dotted, spaced and camel spellings match."""
    for key in KEYS:
        words = key.split(" ")
        camel = words[0] + "".join(word.title() for word in words[1:])
        for spelling in (camel, *(border.join(words) for border in ("_", "-", ".", " ", ""))):
            assert key_names((key,)).match(spelling), spelling


def test_no_literal_contains_another():
    """A literal that contains another one would be redundant."""
    found = literals(("mobile", "mobile phone", "card no", "手机", "手机号"))
    assert not any(one != other and one in other for one in found for other in found)
    assert all(re.fullmatch(r"[a-z_. \-]+|手机", one) for one in found)
