"""Suppressed findings."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.cli import main
from leakwatch.config.config_discovery import ConfigSource
from leakwatch.config.config_model import Config
from leakwatch.config.load import expired, load
from leakwatch.core.errors import ConfigError
from leakwatch.core.model import Field, Origin, RecordChunk, TextChunk
from leakwatch.core.places import RecordPlace
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.suppressions import Suppression, SuppressionInput, by_value, glob, suppressions_of
from leakwatch.pipeline import engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import by_id, detectors

KEPT = Fingerprinter(b"k" * 32, "state")
VALUE = SuppressionInput(
    "CN_MOBILE", "f" * 32, "13900001234", "/var/log/ivr/a/b.log", "ivr", "userMobile", "0123456789abcdef"
)


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (Suppression("r"), True),
        (Suppression("r", entity="CN_MOBILE"), True),
        (Suppression("r", entity="BANK_CARD"), False),
        (Suppression("r", path="/var/log/ivr/**"), True),
        (Suppression("r", path="/var/log/ivrx/**"), False),
        (Suppression("r", service="ivr"), True),
        (Suppression("r", service="loan"), False),
        (Suppression("r", key="user_mobile"), True),
        (Suppression("r", key="User Mobile"), True),
        (Suppression("r", key="mobile"), False),
        (Suppression("r", template="0123456789abcdef"), True),
        (Suppression("r", template="0123456789abcdee"), False),
        (Suppression("r", fingerprints=frozenset({"f" * 32})), True),
        (Suppression("r", fingerprints=frozenset({"e" * 32})), False),
        (Suppression("r", fingerprints=frozenset()), False),
        (Suppression("r", fingerprints=frozenset({"e" * 32}), inverse=True), True),
        (Suppression("r", fingerprints=frozenset({"f" * 32}), inverse=True), False),
        (Suppression("r", pattern="1390000[0-9]{4}"), True),
        (Suppression("r", pattern="1390000"), False),
        (Suppression("r", pattern="1390000[0-9]{4}", inverse=True), False),
        (Suppression("r", pattern="138.*", inverse=True), True),
        (Suppression("r", entity="BANK_CARD", pattern="138.*", inverse=True), False),
        (Suppression("r", entity="CN_MOBILE", service="ivr", key="user mobile", path="/var/**"), True),
        (Suppression("r", entity="CN_MOBILE", service="ivr", key="user mobile", path="/opt/**"), False),
    ],
)
def test_every_condition_must_hold(rule, matches):
    """Where and what kind as given; inverse turns around only what is said of the value."""
    assert rule.matches(VALUE) is matches


def test_a_value_without_a_key_has_no_key():
    """A rule that asks for a key never holds for a value that has none."""
    assert not Suppression("r", key="mobile").matches(replace(VALUE, key=None))


@pytest.mark.parametrize("inverse", [False, True])
def test_an_expression_that_does_not_finish_keeps_nothing_quiet(inverse):
    """What cannot be matched in time is reported."""
    rule = Suppression("r", pattern="(a|a)*b", inverse=inverse)
    assert not rule.matches(replace(VALUE, value="a" * 60 + "b!"))


@pytest.mark.parametrize(
    ("day", "matches"), [(date(2026, 12, 31), True), (date(2027, 1, 1), False), (date(2027, 1, 2), False), (None, True)]
)
def test_it_ends_on_its_day(day, matches):
    """From the day on which it expires a rule keeps nothing quiet."""
    assert Suppression("r", expires=date(2027, 1, 1)).matches(VALUE, day) is matches


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/var/log/*.log", "/var/log/a.log", True),
        ("/var/log/*.log", "/var/log/a/b.log", False),
        ("/var/**/b.log", "/var/b.log", True),
        ("/var/**/b.log", "/var/x/y/b.log", True),
        ("**/b.log", "x/b.log", True),
        ("/a?c", "/abc", True),
        ("/a?c", "/a/c", False),
        ("/a[0-9].log", "/a7.log", True),
        ("/a[!0-9].log", "/a7.log", False),
        ("/a[!0-9].log", "/ax.log", True),
        ("/a[", "/a[", True),
        ("/a(1).log", "/a(1).log", True),
        ("/a.log", "/axlog", False),
    ],
)
def test_globs(pattern, path, matches):
    """Stars stay within a name, double stars do not; everything that is no wildcard is itself."""
    assert bool(glob(pattern).fullmatch(path)) is matches


def configured(**match):
    rule = {"id": "ours", "match": match, "reason": "our own", "owner": "sec"}
    return Config.model_validate({"suppress": [rule], "detect": {"rules": []}})


def quiet(config, *lines, service=""):
    analyzer = engine(config, KEPT).serving(service)
    result = analyzer.analyze(TextChunk(Origin("/var/log/a.log"), "\n".join(lines).encode()))
    assert result.suppressed == sum(result.by_rule.values())
    return len(result.findings), dict(result.by_rule)


@pytest.mark.parametrize(
    ("match", "left"),
    [
        ({"value": "139 0000 1234"}, 2),
        ({"value": "139 0000 1234", "entity": "CN_MOBILE"}, 2),
        ({"value": "139 0000 1234", "entity": "BANK_CARD"}, 3),
        ({"fingerprint": KEPT.value("CN_MOBILE", "13900001234")}, 2),
        ({"regex": "1390000[0-9]{4}"}, 1),
        ({"entity": "CN_MOBILE", "regex": "1390000[0-9]{4}", "inverse": True}, 2),
        ({"key": "contact-phone"}, 2),
        ({"service": "ivr"}, 0),
        ({"service": "loan"}, 3),
    ],
)
def test_the_configuration_reaches_the_analysis(match, left):
    """Each kind of condition, from the configuration to the count by the rule's id."""
    lines = ("contactPhone=13900001234", "mobile=13900005678", "mobile=16200001234")
    expected = {"ours": 3 - left} if left < 3 else {}
    assert quiet(configured(**match), *lines, service="ivr") == (left, expected)


def test_a_statement_can_be_named_by_its_template():
    """The template that a finding shows is the one to write into a rule."""
    log = "10:00:0{} INFO c.e.Sms - sent to mobile={}"
    lines = [log.format(1, "13900001234"), log.format(2, "13900005678"), "callback mobile=13900001234"]
    plain = engine(Config.model_validate({"detect": {"rules": []}}), KEPT)
    (first, *_) = plain.analyze(TextChunk(Origin("a"), "\n".join(lines).encode())).findings
    assert quiet(configured(template=first.template), *lines) == (1, {"ours": 2})


def test_a_cell_is_named_by_its_column():
    """A column name is the key of the cells under it."""
    record = (Field("13900001234", RecordPlace(1, "$.x"), "备用电话"),)
    analyzer = engine(configured(key="备用电话"), KEPT)
    assert analyzer.analyze(RecordChunk(Origin("a.csv"), (record,))).by_rule == {"ours": 1}


def test_by_value_needs_a_key_that_is_kept():
    """With a key that dies with the run a rule by value is refused, and says what to do."""
    ephemeral = Fingerprinter(b"k" * 32)
    for match in ({"value": "13900001234"}, {"fingerprint": "f" * 32}):
        with pytest.raises(ConfigError, match="scan without --no-state"):
            suppressions_of(configured(**match), ephemeral, detectors())
        assert by_value(configured(**match))
    assert not by_value(configured(entity="CN_MOBILE"))
    assert len(suppressions_of(configured(entity="CN_MOBILE"), ephemeral, detectors())) == 1


def test_the_value_is_shown_nowhere(tmp_path, capsys):
    """Neither the configuration nor the rule made of it shows the value, nor does what `config show` prints."""
    config = configured(value="13900001234", regex="1390000.*")
    rules = suppressions_of(config, KEPT, detectors())
    assert "13900001234" not in repr(config) + repr(rules) + str(config.model_dump(mode="json"))
    path = tmp_path / "leakwatch.yaml"
    path.write_text("suppress: [{id: a, match: {value: '13900001234'}, reason: r, owner: o}]\n")
    assert main(["-c", str(path), "config", "show", "--origin"], {}) == 0
    out, err = capsys.readouterr()
    assert "<secret>" in out
    assert "13900001234" not in out + err


def test_ended_suppressions_are_reported(tmp_path: Path, capsys):
    """A warning names the file, the rule and its owner; the finding is reported."""
    path = tmp_path / "leakwatch.yaml"
    path.write_text(
        "detect: {rules: []}\nsuppress:\n"
        "  - {id: old, match: {entity: CN_MOBILE}, reason: r, owner: sec, expires: 2020-01-01}\n"
        "  - {id: new, match: {entity: BANK_CARD}, reason: r, owner: sec, expires: 2999-01-01}\n"
    )
    loaded = load(ConfigSource((path,), "test"), {})
    (warning,) = expired(loaded, date(2026, 1, 1))
    assert warning.startswith(f"{path}:3:")
    assert "old expired on 2020-01-01" in warning
    assert "sec" in warning
    assert list(expired(loaded, date(2019, 12, 31))) == []
    (tmp_path / "a.log").write_text("mobile=13900001234\n")
    assert main(["-c", str(path), "scan", "--no-state", str(tmp_path / "a.log")], {}) == 1
    assert "old expired on" in capsys.readouterr().err


@given(st.text(max_size=20))
def test_any_text_can_be_named_as_a_value(value):
    """Whatever an operator writes as a value is no crash, whichever detectors there are."""
    (rule,) = suppressions_of(configured(value=value), KEPT, detectors())
    assert rule.fingerprints is not None


def test_an_analyzer_for_another_service_shares_all_but_the_name():
    """Serving costs nothing, and changes the original in no way."""
    rules = [Suppression("r", service="ivr")]
    analyzer = Analyzer([by_id("cn-mobile")], KEPT, suppressions=rules)
    chunk = TextChunk(Origin("a"), b"mobile=13900001234")
    assert analyzer.serving("ivr").analyze(chunk).suppressed == 1
    assert analyzer.analyze(chunk).suppressed == 0
