"""Rule files become detectors, or are refused with file, line and advice."""

from pathlib import Path

import pytest

from leakwatch.cli import main
from leakwatch.config.config_discovery import ConfigSource
from leakwatch.config.config_model import Config
from leakwatch.config.load import load
from leakwatch.config.problems import InvalidConfigError
from leakwatch.core.model import Origin, Severity, TextChunk
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.detection.rules import catalogue, detector_of, ids
from leakwatch.detection.rules.rule_files import VALIDATORS, load_rules
from leakwatch.pipeline import engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.contract import Prefilter

SHIPPED = Path(__file__).parents[3] / "config/rules.d/example.yaml"
KEY = Fingerprinter(b"k" * 32)
RULE = """\
rules:
  - id: staff-no
    title: {zh: 工号, en: Staff number}
    pattern: 'EMP[0-9]{8}'
    keys: [staff no]
    words: [离职]
    not_keys: [template no]
    not_words: [示例]
    severity: high
    jrt0171: C1
    mask: id
    examples: {match: ["x ⟦EMP00000017⟧"], no_match: ["EMP1"]}
"""


def rules(tmp_path: Path, text: str = RULE, name: str = "a.yaml"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return load_rules([str(tmp_path / name)], {"cn-mobile"})


def said(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InvalidConfigError) as caught:
        rules(tmp_path, text)
    return str(caught.value).replace(str(tmp_path) + "/", "").splitlines()


def shipped_example() -> str:
    """The example as a person would have it who took the comments away."""
    lines = SHIPPED.read_text("utf-8").replace("rules: []", "rules:").splitlines()
    start = lines.index("rules:")
    return "\n".join(lines[: start + 1] + [line[1:] for line in lines[start + 1 :]])


def test_a_rule_is_a_detector_like_any_other(tmp_path):
    """Everything a rule says is in its detector; what it does not say has a default."""
    (made,) = rules(tmp_path)
    assert (made.id, made.entity, made.severity, made.mask) == ("staff-no", "STAFF_NO", "high", "id")
    assert made.grades == {"jrt0171": "C1"}
    assert made.prefilter == Prefilter(8, ("EMP",))
    assert (made.title.zh, made.title.en) == ("工号", "Staff number")
    assert [example.why for example in made.examples] == ["match, " + at(tmp_path, 12), "no_match, " + at(tmp_path, 12)]
    assert made.advice.en


def at(tmp_path: Path, line: int) -> str:
    return f"{tmp_path}/a.yaml:{line}"


@pytest.mark.parametrize(
    ("line", "score"),
    [
        ("EMP00000017", 0.6),
        ("员工离职 EMP00000017", 0.8),
        ("staffNo=EMP00000017", 0.9),
        ("templateNo=EMP00000017", 0.1),
        ("示例 EMP00000017", 0.1),
        ("staffNo=EMP00000017 示例", 0.9),
        ("离职示例 EMP00000017", 0.1),
        ("XEMP00000017", None),
        ("EMP000000171", None),
    ],
)
def test_evidence_for_and_against(tmp_path, line, score):
    """Keys and words speak for a value, or against it; a key that names it has the last word; borders hold."""
    analyzer = Analyzer(rules(tmp_path), KEY, min_score=0.0)
    found = analyzer.analyze(TextChunk(Origin("a.log"), line.encode())).findings
    assert [one.score for one in found] == ([] if score is None else [score])


def test_without_borders_a_value_may_be_part_of_a_word(tmp_path):
    """Borders can be switched off."""
    (made,) = rules(tmp_path, RULE.replace("    keys:", "    borders: false\n    keys:"))
    found = Analyzer([made], KEY).analyze(TextChunk(Origin("a"), b"XEMP000000171")).findings
    assert [one.severity for one in found] == [Severity.HIGH]


def test_a_check_digit_refuses_and_separators_do_not_matter(tmp_path):
    """A validator by name gets the value without separators, in capitals."""
    text = (
        RULE.replace("'EMP[0-9]{8}'", r"'[0-9]{4}[ -]?[0-9]{4}'")
        .replace("EMP00000017", "7992 7396")
        .replace("    keys:", "    validator: luhn\n    keys:")
    )
    (made,) = rules(tmp_path, text)
    assert made.validator is not None
    assert [made.validator(value) for value in ("7992-7390", "7992 7391", "79927390")].count(True) != 1
    assert made.validator("7992-7390") == VALIDATORS["luhn"]("79927390")


def test_a_rule_that_must_be_named_never_reports_alone(tmp_path):
    """With bare: 0 a value counts only beside one of its keys or words, and those lead the gate."""
    text = RULE.replace("'EMP[0-9]{8}'", "'[A-Z]{3}[0-9]{8}'").replace(
        "    severity:", "    score: {bare: 0, negative: 0}\n    severity:"
    )
    (made,) = rules(tmp_path, text)
    assert "staffno" in made.prefilter.literals
    lines = b"EMP00000017\nstaffNo: EMP00000018\n"
    found = Analyzer([made], KEY).analyze(TextChunk(Origin("a"), lines)).findings
    assert [one.place.line for one in found] == [2]


def test_everything_that_is_wrong_is_reported_at_once(tmp_path):
    """Each mistake with its file, line, key and what to do."""
    text = """\
rules:
  - id: cn-mobile
    title: {zh: 甲}
    pattern: 'EMP[0-9]{8}'
    validator: lun
    examples: {match: ["EMP00000017"], no_match: ["⟦x⟧"]}
  - id: b
    title: {zh: 甲}
    pattern: '\\bEMP'
    examples: {match: ["⟦EMP⟧"], no_match: ["x"]}
  - id: c
    title: {zh: 甲}
    pattern: 'EMP[0-9]{8}'
    examples: {match: ["⟦EMQ⟧"], no_match: ["x"]}
  - id: d
    title: {zh: 甲}
    pattern: 'EMP'
    validator: zzz
    examples: {match: ["⟦EMP⟧"], no_match: ["x"]}
"""
    lines = said(tmp_path, text)
    assert lines[0] == "a.yaml:5:5: rules[0].validator: there is no such check; did you mean luhn?"
    assert lines[1] == "a.yaml:6:5: rules[0].examples: a line under match has no value in ⟦marks⟧"
    assert lines[2].startswith("a.yaml:6:5: rules[0].examples: a line under no_match has ⟦marks⟧")
    assert lines[3].startswith("a.yaml:9:5: rules[1].pattern: has \\b")
    assert lines[4] == "a.yaml:14:5: rules[2].examples: the pattern does not match a value in ⟦marks⟧"
    assert lines[5].startswith("a.yaml:18:5: rules[3].validator: there is no such check; known: luhn, ")
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("pattern:", "patern:", "did you mean pattern?"),
        ("id: staff-no", "id: Staff_No", "is not an id"),
        ("{zh: 工号, en: Staff number}", "{}", "needs zh or en"),
        ("severity: high", "severity: urgent", "is not a severity"),
        ('match: ["x ⟦EMP00000017⟧"], ', "", "is missing"),
        (', no_match: ["EMP1"]', "", "is missing"),
        ('["EMP1"]', "[]", "must not be empty"),
        ("severity: high", "score: {bare: 0.9, key: 0.5}", "must rise"),
        ("severity: high", "score: {negative: 0.9}", "must rise"),
        ("severity: high", "score: {bare: 2}", "must be at most 1"),
        ("keys: [staff no]\n    words: [离职]", "score: {bare: 0}", "can never be reported"),
        ("keys: [staff no]", "keys: ['']", "must not be empty"),
        ("mask: id", "mask: idd", "did you mean id?"),
        ("rules:", "rule:", "did you mean rules?"),
        ("  - id", "\t- id", "is not YAML"),
    ],
)
def test_every_key_is_checked(tmp_path, old, new, expected):
    """A wrong key or value is named with its line; nothing of the file runs."""
    assert old in RULE
    lines = said(tmp_path, RULE.replace(old, new, 1))
    assert any(expected in line for line in lines), lines
    assert all(line.startswith("a.yaml:") for line in lines)


def test_rules_only_add(tmp_path):
    """An id of a built-in detector, or of another rule, is refused."""
    assert "rules only add" in said(tmp_path, RULE.replace("staff-no", "cn-mobile"))[0]
    (tmp_path / "b.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "a.yaml").write_text(RULE, encoding="utf-8")
    with pytest.raises(InvalidConfigError, match=r"b\.yaml:2:5: id: the same id is used at .*a\.yaml:2:5"):
        load_rules([str(tmp_path / "*.yaml")], set())


def test_files_that_cannot_be_read(tmp_path):
    """A glob may find nothing; a file that is named must be there, readable, and UTF-8."""
    assert load_rules([str(tmp_path / "*.yaml")], set()) == ()
    with pytest.raises(InvalidConfigError, match="does not exist"):
        load_rules([str(tmp_path / "none.yaml")], set())
    (tmp_path / "latin.yaml").write_bytes(b"rules: [] # \xe9")
    with pytest.raises(InvalidConfigError, match="is not UTF-8"):
        load_rules([str(tmp_path / "latin.yaml")], set())
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(InvalidConfigError, match="cannot be read"):
        load_rules([str(tmp_path / "folder.yaml")], set())


def test_a_changed_file_is_read_again(tmp_path):
    """Measuring is done once for each state of a file; a change is seen."""
    (first,) = rules(tmp_path)
    assert load_rules([str(tmp_path / "a.yaml")], ()) == (first,)
    assert load_rules([str(tmp_path / "a.yaml")], ())[0] is first
    (second,) = rules(tmp_path, RULE.replace("high", "medium"))
    assert second.severity == "medium"


def configured(tmp_path: Path, text: str = RULE) -> Path:
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules/a.yaml").write_text(text, encoding="utf-8")
    path = tmp_path / "leakwatch.yaml"
    path.write_text("detect: {rules: ['rules/*.yaml'], disable: []}\nsuppress: []\n")
    return path


def test_scans_and_the_service_use_the_rules(tmp_path):
    """Relative rule files stand beside the configuration; names of rules are known to the rest of it."""
    path = configured(tmp_path)
    path.write_text(
        "detect: {rules: ['rules/*.yaml'], disable: [cn-mobile]}\n"
        "suppress: [{id: a, match: {entity: STAFF_NO, path: '/x'}, reason: r, owner: o}]\n"
    )
    config = load(ConfigSource((path,), "test"), {}, ids).config
    chunk = TextChunk(Origin("a.log"), b"staffNo=EMP00000017 mobile=13900001234\n")
    assert [one.entity for one in engine(config, KEY).analyze(chunk).findings] == ["STAFF_NO"]
    known = detector_of("STAFF_NO")
    assert known is not None
    assert known.title.en == "Staff number"
    assert detector_of("NOBODY") is None


def test_rules_can_be_disabled_like_built_in_detectors(tmp_path):
    """Their ids work in detect.disable."""
    path = configured(tmp_path)
    path.write_text("detect: {rules: ['rules/*.yaml'], disable: [staff-no]}\n")
    config = load(ConfigSource((path,), "test"), {}, ids).config
    known = catalogue(config)
    assert "staff-no" in {one.id for one in known}
    assert "staff-no" not in {one.id for one in select(known, config.detect.regions, config.detect.disable)}


def test_the_shipped_example_holds_once_its_comments_are_taken_away(tmp_path):
    """What the example file shows can be used as it is."""
    assert load_rules([str(SHIPPED)], ids(Config())) == ()
    (made,) = rules(tmp_path, shipped_example())
    assert made.id == "staff-no"
    assert made.advice.en == "Log an internal id instead."


def test_the_examples_of_rules_are_run_by_detectors_test(tmp_path, capsys):
    """`detectors test` proves rules with the rest, and says which line of the file does not hold."""
    path = configured(tmp_path, shipped_example())
    command = ["-c", str(path), "--lang", "en", "detectors", "test", "staff-no"]
    assert main(command, {}) == 0
    broken = shipped_example().replace("'templateNo=", "'staffNo=")
    configured(tmp_path, broken)
    assert main(command, {}) == 1
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "'staffNo=" in text)
    assert f"no_match, {tmp_path}/rules/a.yaml:{line}" in capsys.readouterr().out


def test_a_rule_reports_how_its_lines_are_chosen(tmp_path, capsys):
    """`detectors list` shows the gate of a rule, or that it looks at every line."""
    path = configured(tmp_path)
    for pattern, said_of_it in (("EMP[0-9]{8}", "8+ digits and EMP"), ("[A-Z]{3}[0-9]*", "every line")):
        configured(tmp_path, RULE.replace("EMP[0-9]{8}", pattern))
        assert main(["--lang", "en", "-c", str(path), "detectors", "list"], {}) == 0
        shown = capsys.readouterr().out.splitlines()
        assert said_of_it in next(line for line in shown if line.startswith("staff-no"))
