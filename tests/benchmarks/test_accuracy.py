"""The accuracy benchmark itself: its texts, scores and adapters, but not its results."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Role

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from accuracy.agreement import NOT_EXPLAINED, compare, markdown  # noqa: E402  # the benchmarks are not installed
from accuracy.corpora import Corpora  # noqa: E402
from accuracy.generate import generated  # noqa: E402
from accuracy.leakwatch_tool import LeakwatchTool  # noqa: E402
from accuracy.peers import NotInstalledError, Peer  # noqa: E402
from accuracy.sample import Line, Sample, Span  # noqa: E402
from accuracy.scoring import OTHER, SECRET, Prediction, Score, score, total  # noqa: E402
from accuracy.traps import TRAPS  # noqa: E402
from accuracy.values import GENERATORS  # noqa: E402

MOBILE = frozenset({"CN_MOBILE"})
TEXT = "call 13900001234 now"
SAMPLE = Sample("x", "y", TEXT, (Span(5, 16, "CN_MOBILE"),))


def scored(sample, *predictions, claims=MOBILE):
    """The sum of the scores of one sample."""
    return total(score([sample], [list(predictions)], claims)[0].values())


def test_every_default_entity_has_generated_values():
    """Every entity that is reported by default occurs in the texts."""
    assert {one.entity for one in detectors() if one.default and one.role is Role.REPORT} == set(GENERATORS)


def test_a_seed_determines_the_texts():
    """Two runs with one seed measure the same texts; another seed gives others."""
    assert generated(7, 1) == generated(7, 1)
    assert generated(7, 1) != generated(8, 1)


def test_the_full_run_has_more_than_five_thousand_lines_of_every_kind():
    """At the default scale each entity and each trap occurs."""
    samples = generated(1, 4)
    assert sum(sample.text.count("\n") + 1 for sample in samples) > 5000
    assert {span.entity for sample in samples for span in sample.spans} == set(GENERATORS)
    assert {sample.kind for sample in samples if sample.corpus == "traps"} == set(TRAPS)


def test_spans_follow_their_values_through_escapes():
    """The span of an escaped value covers its escaped text."""
    line = (
        Line()
        .append('a"')
        .append_value('1"2', "CN_MOBILE")
        .append("b")
        .escaped(lambda char: {'"': '\\"'}.get(char, char))
    )
    assert [line.text[one.start : one.end] for one in line.spans] == ['1\\"2']


def test_a_prediction_counts_from_four_fifths_on():
    """Less than 80 % of a value is a miss and a false alarm; exact bounds are counted separately."""
    assert scored(SAMPLE, Prediction(5, 16, ("CN_MOBILE",))) == Score(hits=1, exact=1)
    assert scored(SAMPLE, Prediction(5, 14, ("CN_MOBILE",))) == Score(hits=1)
    assert scored(SAMPLE, Prediction(5, 13, ("CN_MOBILE",))) == Score(misses=1, false_alarms=1)
    assert scored(SAMPLE) == Score(misses=1)


def test_an_entity_that_is_not_claimed_is_not_scored():
    """An ambiguous label is right when one of its entities is there; a false alarm is charged to a claimed one."""
    unclaimed = Sample("x", "y", TEXT, (Span(5, 16, "HK_PHONE"),))
    assert scored(unclaimed, Prediction(5, 16, ("CN_MOBILE", "HK_PHONE"))) == Score()
    assert scored(unclaimed) == Score()
    assert scored(Sample("x", "y", TEXT), Prediction(5, 16, ("HK_PHONE", "CN_MOBILE"))) == Score(false_alarms=1)
    assert scored(Sample("x", "y", TEXT), Prediction(5, 16, ("HK_PHONE",))) == Score()


def test_a_value_inside_another_value_is_no_false_alarm():
    """A mobile number inside an e-mail address, or anything under a foreign label, is not scored."""
    mail = Sample("x", "y", TEXT, (Span(5, 16, "EMAIL_ADDRESS"),))
    other = Sample("x", "y", TEXT, (Span(5, 16, OTHER),))
    prediction = Prediction(5, 16, ("CN_MOBILE",))
    assert scored(mail, prediction) == scored(other, prediction) == Score()


def test_without_positions_the_number_of_values_is_compared():
    """Positions do not matter then, and secrets of any kind count once."""
    two = Sample("x", "y", TEXT, target="CN_MOBILE", count=2)
    assert scored(two, Prediction(5, 16, ("CN_MOBILE",))) == Score(hits=1, misses=1, exact=1)
    flagged = Sample("x", "y", TEXT, target=SECRET, count=0)
    found = (Prediction(0, 4, ("SECRET_TOKEN",)), Prediction(5, 16, ("SECRET_PASSWORD",)))
    assert scored(flagged, *found, claims=frozenset({SECRET})) == Score(false_alarms=1)
    assert scored(flagged, *found) == Score()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("app.log", "first\n手机号：13900001234，完", "13900001234"),
        ("export.csv", "姓名,手机号\n王试,13900001234\n李样,13900001235", "13900001235"),
        ("a.jsonl", '{"mobile":"13900001234"}', "13900001234"),
    ],
)
def test_findings_are_where_the_values_are(name, text, value):
    """A place in a line, a cell or a record maps to the same place in the text."""
    predictions = LeakwatchTool().predictions([Sample("x", "y", text, name=name)])[0]
    assert value in {text[one.start : one.end] for one in predictions if one.entities == ("CN_MOBILE",)}


def test_a_peer_answers_through_its_adapter(tmp_path):
    """Labels of an adapter map to entities; unknown labels are ignored."""
    peer = Peer("echo", ("none",), str(tmp_path / "with_echo.py"), MOBILE, {"tel": ("CN_MOBILE",)})
    answer = "serve(lambda text: [(0, len(text), 'tel'), (0, 1, 'unknown')])"
    (tmp_path / "with_echo.py").write_text(
        f"import sys\nsys.path.insert(0, {str(BENCHMARKS / 'accuracy' / 'adapters')!r})\n"
        f"from protocol import serve\nprint('chatter')\n{answer}\n"
    )
    home = tmp_path / "echo" / "bin"
    home.mkdir(parents=True)
    (home / "python").symlink_to(sys.executable)
    (tmp_path / "echo" / ".ready").write_text("none")
    assert peer.predictions([Sample("x", "y", "a\nb")], tmp_path) == [[Prediction(0, 3, ("CN_MOBILE",))]]


def test_a_peer_that_cannot_be_installed_is_reported_with_the_reason(tmp_path):
    """The reason is one line of the output of pip."""
    peer = Peer("nobody", (str(tmp_path / "no-such-package"),), "with_echo.py", MOBILE, {})
    with pytest.raises(NotInstalledError, match="no-such-package") as caught:
        peer.predictions([SAMPLE], tmp_path)
    assert "\n" not in str(caught.value)


def test_missing_corpora_are_reported(tmp_path):
    """A computed check digit overrules the label of a corpus; placeholders are not scored."""
    vectors = [
        {"entity": "CN_MOBILE", "value": "13900001234", "valid": True},
        {"entity": "CN_ID_CARD", "value": "110101190001010082", "valid": True, "checksum_ok": False, "date_ok": True},
        {"entity": "CN_MOBILE", "value": "13800138000", "valid": True},
        {"entity": "NOT_PII_MD5", "value": "0" * 32, "valid": False},
    ]
    (tmp_path / "validator_vectors.jsonl").write_text("\n".join(map(json.dumps, vectors)))
    corpora = Corpora(tmp_path)
    samples = list(corpora.samples())
    assert [[sample.text[one.start : one.end] for one in sample.spans] for sample in samples] == [
        ["13900001234"],
        [],
        [],
    ]
    assert list(corpora.logs()) == []
    assert "credential_cases.jsonl" in corpora.missing
    assert "logs/" in corpora.missing


def test_unspecific_labels_map_to_the_exact_entity(tmp_path):
    """A peer's label for identity cards or passports maps to the exact entity; validity does not change."""
    vectors = [
        {"entity": "CN_ID_CARD", "value": "810000190303030014", "valid": True, "checksum_ok": True, "date_ok": True},
        {"entity": "CN_PASSPORT", "value": "KJ0000001", "valid": True},
        {"entity": "CN_PASSPORT", "value": "E00000001", "valid": True},
        {"entity": "TW_UBN", "value": "04595253", "valid": False},
    ]
    (tmp_path / "validator_vectors.jsonl").write_text("\n".join(map(json.dumps, vectors)))
    corpora = Corpora(tmp_path)
    named = [(vector.entity, vector.valid) for vector in corpora.vectors()]
    assert named == [
        ("CN_RESIDENCE_PERMIT", True),
        ("HK_PASSPORT", True),
        ("CN_PASSPORT", True),
        ("TW_UBN", False),
    ]
    assert [sample.target for sample in corpora.samples()] == [name for name, _ in named[:-1]]  # the last is off


def test_each_disagreement_is_reported_masked_with_a_reason(tmp_path):
    """Disagreements are counted, explained where the reason is known, and never shown in clear."""
    vectors = [
        {"entity": "CN_LANDLINE", "value": "20000001", "valid": True},
        {"entity": "CN_LANDLINE", "value": "010-20000001", "valid": True},
        {"entity": "CN_ID_CARD", "value": "110101190001010081", "valid": True, "checksum_ok": True, "date_ok": True},
        {"entity": "NOT_PII_MD5", "value": "0123456789abcdef", "valid": False},
    ]
    (tmp_path / "validator_vectors.jsonl").write_text("\n".join(map(json.dumps, vectors)))
    found = [
        [],
        [Prediction(5, 17, ("CN_LANDLINE",))],
        [Prediction(5, 10, ("CN_RESIDENT_ID",))],
        [Prediction(6, 20, ("VIN",))],
    ]
    by_entity, disagreements = compare(list(Corpora(tmp_path).vectors()), found)
    assert {name: (one.vectors, one.agreed) for name, one in by_entity.items()} == {
        "CN_LANDLINE": (2, 1),
        "CN_RESIDENT_ID": (1, 0),  # a part of a value is not the value
        "no data": (1, 0),
    }
    assert [one.reason == NOT_EXPLAINED for one in disagreements] == [False, True, True]
    report = markdown(by_entity, disagreements)
    assert "| all with a check digit | check digit | 1 | 0 | 0.00 |" in report
    assert not any(vector["value"] in report for vector in vectors)


def test_a_quick_run_writes_the_report(tmp_path):
    """The command prints Markdown and writes the same to its file."""
    output = tmp_path / "accuracy.md"
    command = [sys.executable, "-m", "accuracy", "--quick", "--faults", "--output", str(output)]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == output.read_text(encoding="utf-8")
    assert "| generated records and traps | leakwatch |" in done.stdout
    assert "| CN_RESIDENT_ID |" in done.stdout
    assert output.with_suffix(".faults.txt").exists()
