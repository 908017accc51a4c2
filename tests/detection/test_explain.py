"""Why a line is, or is not, reported."""

import pytest

from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Origin, TextChunk
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.detection.suppressions import Suppression
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors

PRINTS = Fingerprinter(bytes(range(32)))
ACTIVE = select(detectors(), {"cn", "hk", "mo", "tw"}, ())
ANALYZER = Analyzer(ACTIVE, PRINTS)


def explained(text, analyzer=ANALYZER):
    return {one.entity: one for one in analyzer.explain(text).candidates}


def test_a_reported_value():
    """A reported value is shown masked, with its place, the key that names it and its score over the threshold."""
    found = explained("x\nmobile=%2213900001234")["CN_MOBILE"]
    assert (found.line, found.start_column, found.end_column) == (2, 11, 22)
    assert (found.masked, found.key, found.evidence) == ("139****1234", "mobile", "key")
    assert found.decision == "reported"
    assert found.score > found.threshold


@pytest.mark.parametrize(
    ("text", "entity", "decision", "by"),
    [
        ("身份证11010519000231002X", "CN_RESIDENT_ID", "refused-by-validator", None),
        ("手机13800138000", "CN_MOBILE", "placeholder", None),
        ("手机13900001234****", "CN_MOBILE", "masked", None),
        ("orderNo=13900001234", "CN_MOBILE", "low-score", None),
        ("passport ------------------------------------- E00000000", "CN_PASSPORT", "low-score", None),
        ("有效期 12/30", "CARD_EXPIRY", "alone", None),
        ("cardNo=6200000000000005 有效期 12/30", "CARD_EXPIRY", "reported", None),
        ("mail=a13900001234@example.com", "EMAIL_ADDRESS", "reported", None),
    ],
)
def test_each_reason(text, entity, decision, by):
    """Every reason for silence has its own word."""
    found = explained(text)[entity]
    assert (found.decision, found.by) == (decision, by)


def test_a_suppressed_value_names_its_rule():
    """A value that a rule keeps quiet says which rule."""
    analyzer = Analyzer(ACTIVE, PRINTS, suppressions=[Suppression("hotline", entity="CN_MOBILE")])
    found = explained("手机13900001234", analyzer)["CN_MOBILE"]
    assert (found.decision, found.by) == ("suppressed", "hotline")


def test_it_reports_what_a_scan_does():
    """For every example of every detector the explanation and the analysis report the same values at the same places."""
    lines = [one.line.replace("⟦", "").replace("⟧", "") for detector in ACTIVE for one in detector.examples]
    text = "\n".join(lines)
    reported = {
        (one.entity, one.line, one.start_column, one.end_column, round(one.score, 6))
        for one in ANALYZER.explain(text).candidates
        if one.decision == "reported"
    }
    found = {
        (one.entity, one.place.line, one.place.start_column, one.place.end_column, round(one.score, 6))
        for one in ANALYZER.analyze(TextChunk(Origin("a"), text.encode())).findings
    }
    assert reported == found


def test_nothing_to_say_of_nothing():
    """Text without candidates has no explanation, whatever characters it is made of."""
    assert ANALYZER.explain("").candidates == ()
    assert ANALYZER.explain("nothing\udcff here\0").candidates == ()


def test_no_value_in_the_explanation():
    """Values, also those that are refused or stand in a key, are masked."""
    shown = repr(ANALYZER.explain("13900001234=13900005678 身份证11010519000101002X 密码：Abc123!xyz"))
    assert not any(value in shown for value in ("13900001234", "13900005678", "19000101", "Abc123"))


def test_a_failure_reports_no_text(monkeypatch):
    """An error while explaining names no text either."""
    monkeypatch.setattr("leakwatch.detection.analyze.explain.score_span", lambda *_: 1 / 0)
    with pytest.raises(AnalysisError, match=r"failed on the given text: ZeroDivisionError"):
        ANALYZER.explain("手机13900001234")
