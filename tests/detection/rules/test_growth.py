"""Patterns that hostile text can slow down are refused before they run on any."""

import pytest

from leakwatch.detection.rules.rule_files import refusal


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:[a-z]+)*y",
        r"(?:(?:a|b+)c?)+",
        r"(?:[0-9]+[ ]?){2,}x",
    ],
)
def test_endless_repetition_within_endless_repetition_is_refused_unseen(pattern):
    """Such a pattern is not even tried."""
    assert "both unbounded" in refusal(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"[0-9]+x",
        r"(?:a|a)*b",
        r"[0-9]*[0-9]*[0-9]*x",
        r"(?:a{1,30}){1,30}b",
        r"x[^y]*z",
    ],
)
def test_what_grows_faster_than_the_text_is_refused_by_measuring(pattern):
    """Quadratic and exponential patterns are found out on texts made of themselves."""
    assert "takes much longer" in refusal(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"EMP-?[0-9]{8}",
        r"(?:[A-Z]{1,10}-){1,4}[0-9]{2,6}",
        r"[A-Za-z0-9._-]{1,40}@corp\.example",
        r"(?>[0-9]+)",
        r"\p{Han}{2,4}公司",
        r"(?:(?=a)[ab]+)",
        r"(?i)(?:kh|dk)[0-9]{10,12}",
    ],
)
def test_ordinary_patterns_are_accepted(pattern):
    """Bounded patterns, and endless ones that cannot overlap, pass."""
    assert refusal(pattern) == ""


@pytest.mark.parametrize(("pattern", "said"), [("a*", "empty text"), ("(?<=a+)b", ""), (r"(?:", "not closed")])
def test_what_cannot_be_a_value_is_refused(pattern, said):
    """A pattern of nothing, or none at all."""
    assert said in refusal(pattern)
