"""The gate of a rule, read off its pattern."""

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakwatch.detection.prefilter import Gate
from leakwatch.detection.rules.anchors import prefilter_of
from leakwatch.detection.rules.syntax import parse
from leakwatch.detection.rules.tree import written
from leakwatch_detectors.contract import Detector, Prefilter, Region, Scores, Title

PATTERNS = [
    (r"EMP-?[0-9]{8}", Prefilter(8, ("EMP",))),
    (r"EMP-\d{4}-\d{4}", Prefilter(8, ("EMP-",))),
    (r"\d{3}[ -]?\d{4}[ -]?\d{4}", Prefilter(11)),
    (r"\d{3}[ -]{1,2}\d{4}", Prefilter(4)),
    (r"(?:[ -]?\d){9}", Prefilter(9)),
    (r"\d{6}(?:-\d{4})?", Prefilter(6)),
    (r"(?:KH|DK)\d{10}", Prefilter(10, ("DK", "KH"))),
    (r"(?:合同|契约)[A-Z]{2}\d{3}", Prefilter(0, ("合同", "契约"))),
    (r"(?i)staff\d+", Prefilter(0, ("staff",))),
    (r"a{3}b[0-9]{4,6}", Prefilter(4, ("aaab",))),
    (r"(?:ab|[0-9]{5})", Prefilter()),
    (r"(?:[0-9]{5}|[0-9]{7})x", Prefilter(5)),
    (r"[A-Z]{1,40}", Prefilter()),
    (r"(?<=vip)(?:abc){2}", Prefilter(0, ("abc",))),
    (r"(?:abc)?def?", Prefilter(0, ("de",))),
    (r"(?:x|y)[0-9]{3}[ ][0-9]{3}", Prefilter(6)),
    (r"[0-9](?:[0-9]{4}|a)[0-9]", Prefilter()),
    (r"gh[op]_\d{3}", Prefilter(0, ("gho_", "ghp_"))),
    (r"[sr]k_(?:live|test)_\d{3}", Prefilter(0, ("sk_live_", "sk_test_", "rk_live_", "rk_test_"))),
    (r"[a-d][a-d]xy", Prefilter(0, ("axy", "bxy", "cxy", "dxy"))),
    (r"(?:(?:ab|cd)x){2}y?", Prefilter(0, ("abx", "cdx"))),
    (r"(?:abc|)(?:x|yz)", Prefilter()),
    (r"(?:ab?c|d{2}e)[0-9]{4}", Prefilter(4)),
]


@pytest.mark.parametrize(("pattern", "anchors"), PATTERNS)
def test_literals_and_digits_are_what_every_match_must_hold(pattern, anchors):
    """The longest text that is needed, or one for each alternative; the digits that stand in a row."""
    assert prefilter_of(parse(pattern), (), (), only_named=False) == anchors


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PATTERNS if "(?<" not in pattern])
def test_the_gate_never_loses_a_match(pattern):
    """Whatever text the pattern matches, wherever it stands in a line, its line passes."""
    tree = parse(pattern)
    detector = Detector(
        entity="X",
        region=Region.ANY,
        title=Title("甲", "x"),
        severity="low",
        grades={},
        pattern=f"(?:{written(tree)})",
        prefilter=prefilter_of(tree, (), (), only_named=False),
        scores=Scores(0.6, 0.9, 0.8),
        advice=Title("甲", "x"),
        examples=(),
    )
    gate = Gate([detector])

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(written(tree), fullmatch=True), st.text("ab1 中:", max_size=5), st.text("ab1 中:", max_size=5))
    def check(value: str, before: str, after: str) -> None:
        block = f"first\n{before}{value}{after}\nlast\n".encode()
        assert any("x" in found.detectors for found in gate.scan(block))

    check()


def test_a_rule_that_must_be_named_is_led_by_its_names():
    """Without a text of its own, a rule that needs a key or a word looks at lines that hold one."""
    tree = parse("[A-Z]{2,8}")
    assert prefilter_of(tree, ("staff no",), ("员工",), only_named=True).literals[-1] == "员工"
    assert "staffno" in prefilter_of(tree, ("staff no",), (), only_named=True).literals
    assert prefilter_of(parse("EMP[A-Z]"), ("staff no",), (), only_named=True) == Prefilter(0, ("EMP",))


def test_too_many_literals_lead_nowhere():
    """A pattern of a hundred alternatives is led by its shape."""
    pattern = "|".join(f"k{number:03}" for number in range(100))
    assert prefilter_of(parse(pattern), (), (), only_named=False).literals == ()
    assert regex.compile(written(parse(pattern))).fullmatch("k007")
