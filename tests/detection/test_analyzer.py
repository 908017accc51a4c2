"""From chunks to findings, end to end with the real detectors and the real Presidio."""

import random
import subprocess
import sys
import traceback
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import made_up

from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Field, Origin, RecordChunk, Severity, TextChunk
from leakwatch.core.places import CellPlace, LinePlace, RecordPlace
from leakwatch.detection.analyze import Analysis, Analyzer, regex_engine
from leakwatch.detection.policy import PLACEHOLDERS, select
from leakwatch.detection.prefilter.line_windows import LONG_LINE, STEP
from leakwatch.detection.suppressions import Suppression
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.contract import Prefilter, Role
from leakwatch_detectors.evidence.context import judge

PRINTS = Fingerprinter(bytes(range(32)), "state")
ACTIVE = select(detectors(), {"cn", "hk", "mo", "tw"}, ())
ANALYZER = Analyzer(ACTIVE, PRINTS)


def text(content, path="/var/log/app.log", first_line=1, first_column=1, inside=()):
    data = content if isinstance(content, bytes) else content.encode()
    return TextChunk(Origin(path, inside), data, first_line, first_column)


def lines_of(content, analyzer=ANALYZER):
    return [
        (one.entity, one.place.line, one.place.start_column, one.place.end_column)
        for one in analyzer.analyze(text(content)).findings
    ]


def test_a_finding_of_a_log_line():
    """A finding says what, where, how sure and how bad, and holds a mask and a fingerprint for the value."""
    line = "2026-03-01 10:15:32.123 INFO [main] c.e.loan.Sms - 发送成功, mobile=13900001234 cost=3ms"
    (found,) = ANALYZER.analyze(text(f"first\n{line}\n", first_line=7)).findings
    assert found.entity == "CN_MOBILE"
    assert found.place == LinePlace(8, line.index("139") + 1, line.index("139") + 12)
    assert (found.key, found.logger, found.masked) == ("mobile", "c.e.loan.Sms", "139****1234")
    assert (found.severity, found.grade["jrt0171"]) == (Severity.MEDIUM, "C2")
    assert found.score == by_id("cn-mobile").scores.key
    assert found.fingerprint == PRINTS.value("CN_MOBILE", "13900001234")
    assert len(found.template) == 16


def test_one_statement_has_one_template_and_one_value_one_fingerprint():
    """Lines of one log statement share a template; spellings of one value share a fingerprint."""
    log = "10:15:0{0} INFO [t-{0}] c.e.Sms - 客户姓名：{1}，手机{2}\n"
    people = [("张三", "13900001234"), ("李四", "139 0000 1234"), ("王小五", "+86 13900005678")]
    findings = ANALYZER.analyze(text("".join(log.format(at, *one) for at, one in enumerate(people)))).findings
    phones = [one for one in findings if one.entity == "CN_MOBILE"]
    assert len({one.template for one in findings if one.entity == "CN_MOBILE"}) == 1
    assert [phones[0].fingerprint == one.fingerprint for one in phones] == [True, True, False]


@pytest.mark.parametrize(
    ("line", "column", "end"),
    [
        ("mobile=%2213900001234%22", 11, 22),
        ('{"mobile":"\\u0031\\u0033900001234"}', 12, 33),
        ("手机：１３９００００１２３４。", 4, 15),
        ("mobile=139\u200b00001234", 8, 20),
        ("\x1b[32m13900001234\x1b[0m", 6, 17),
        ("𠮷𠮷13900001234", 3, 14),
    ],
)
def test_columns_are_those_of_the_original_text(line, column, end):
    """An escaped value is placed on its original characters, counted in code points."""
    assert lines_of(f"x\n{line}\n") == [("CN_MOBILE", 2, column, end)]


def test_bytes_that_are_no_utf8_do_no_harm():
    """An undecodable byte counts as one character, and the value beside it is found."""
    assert lines_of(b"\xff\xfe mobile=13900001234\n\xff 13900005678") == [
        ("CN_MOBILE", 1, 11, 22),
        ("CN_MOBILE", 2, 3, 14),
    ]


def test_carriage_returns_and_nul_stay_outside():
    """Windows line ends and NUL bytes shift no column and join no values."""
    assert lines_of("手机13900001234\r\n\x0013900005678\x00\r\n") == [("CN_MOBILE", 1, 3, 14), ("CN_MOBILE", 2, 2, 13)]


def test_a_cut_line_keeps_its_columns():
    """A chunk that begins inside of a long line counts on from there, on that line only."""
    chunk = text("手机13900001234\n手机13900005678\n", first_line=3, first_column=1001)
    assert [one.place for one in ANALYZER.analyze(chunk).findings] == [LinePlace(3, 1003, 1014), LinePlace(4, 3, 14)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 4 * STEP), min_size=1, max_size=4, unique=True), st.sampled_from(["x", "手"]))
def test_a_line_of_many_kilobytes_is_wholly_read_once(offsets, filler):
    """Wherever values stand in a long line, each is found once, at its column."""
    parts, expected, at = [], [], 0
    for number, offset in enumerate(sorted(offsets)):
        lead = filler * max(offset - at, 1) + " 手机"
        parts += [lead, f"1390000{number:04d} "]
        expected.append(at + len(lead) + 1)
        at += len(lead) + 12
    line = "".join(parts) + " " + filler * (LONG_LINE + 10)
    found = [one for one in lines_of(f"a\n{line}\nb\n") if one[0] == "CN_MOBILE"]
    assert found == [("CN_MOBILE", 2, column, column + 11) for column in expected]


def test_fields_of_a_table():
    """A column name names the values under it, as a key would; places count within the cell."""
    record = (
        Field("张三", CellPlace("客户", 2, 1, "姓名"), "姓名"),
        Field("见备注\n13900001234", CellPlace("客户", 2, 2, "备注"), "备注"),
        Field("", CellPlace("客户", 2, 3, "手机"), "手机"),
    )
    name, phone = ANALYZER.analyze(RecordChunk(Origin("/data/客户.csv"), (record,))).findings
    assert (name.entity, name.place, name.key) == ("PERSON_NAME", CellPlace("客户", 2, 1, "姓名", 1, 3), "姓名")
    assert name.severity is Severity.MEDIUM
    assert (phone.entity, phone.place) == ("CN_MOBILE", CellPlace("客户", 2, 2, "备注", 5, 16))
    assert phone.key == "备注"
    assert name.template != phone.template
    assert name.logger is None


def test_records_do_not_see_each_other():
    """A name is raised by a number in its own record only."""
    row = lambda number, *values: tuple(  # noqa: E731
        Field(value, RecordPlace(number, f"$.{key}"), key) for key, value in values
    )
    chunk = RecordChunk(
        Origin("/data/a.json"), (row(1, ("姓名", "张三")), row(2, ("姓名", "李四"), ("手机", "13900001234")))
    )
    names = [one for one in ANALYZER.analyze(chunk).findings if one.entity == "PERSON_NAME"]
    assert [one.severity for one in names] == [Severity.LOW, Severity.MEDIUM]


def test_a_value_in_a_column_name_is_masked_and_is_no_finding():
    """What stands in the key of a field is not reported as its value, and is masked wherever the key is shown."""
    place = CellPlace("13900005678", 2, 1, "13900001234")
    chunk = RecordChunk(
        Origin("/data/13900009999.csv", ("李四13900008888.txt",)),
        ((Field("mobile=13900001111", place, "13900001234"),),),
    )
    (found,) = ANALYZER.analyze(chunk).findings
    assert found.masked == "139****1111"
    assert found.place == CellPlace("139****5678", 2, 1, "139****1234", 8, 19)
    assert found.path == "/data/139****9999.csv"
    assert found.inside == ("李四139****8888.txt",)
    assert found.key == "mobile"
    (bare,) = ANALYZER.analyze(RecordChunk(Origin("a"), ((Field("13900001111", place, "13900001234"),),))).findings
    assert bare.key == "139****1234"


def test_a_field_without_a_name():
    """A value needs no key when its shape says enough."""
    (found,) = ANALYZER.analyze(RecordChunk(Origin("a"), ((Field("13900001111", RecordPlace(1, "$[0]")),),))).findings
    assert (found.key, found.place) == (None, RecordPlace(1, "$[0]", 1, 12))


def test_counts_of_what_is_not_reported():
    """Suppressed, masked and placeholder values are counted."""
    rules = [
        Suppression(
            "ours",
            entity="CN_MOBILE",
            path="/var/log/ivr/**",
            fingerprints=frozenset({PRINTS.value("CN_MOBILE", "13900001234")}),
        )
    ]
    analyzer = Analyzer(ACTIVE, PRINTS, suppressions=rules)
    log = "手机13900001234\n手机13900005678\n手机13800138000\n手机13900009999****\n"
    result = analyzer.analyze(text(log, path="/var/log/ivr/a.log"))
    assert (len(result.findings), result.suppressed, result.placeholders, result.masked_seen) == (1, 1, 1, 1)
    assert analyzer.analyze(text(log, path="/var/log/b.log")).suppressed == 0


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ("手机:139****1234 身份证 110105********001X\n", 2),
        ("6222 **** **** 0005, zh***@example.com、138＊＊＊＊1234", 3),
        ("A123***789 ●●● 139●●●●1234", 2),
        ("** bold ** /***** comment ****/ password=******", 0),
        ("手机13900001234", 0),
    ],
)
def test_masked_values_are_counted_by_their_form(content, count):
    """Masked numbers and addresses are seen and counted, in lines and in fields, whether or not anything else is found."""
    record = (Field(content, RecordPlace(1, "$"), None),)
    assert ANALYZER.analyze(text(content)).masked_seen == count
    assert ANALYZER.analyze(RecordChunk(Origin("a"), (record,))).masked_seen == count


def test_a_suppression_ends_on_its_day():
    """From the day on which it expires a rule keeps nothing quiet."""
    rules = [Suppression("ours", entity="CN_MOBILE", expires=date(2027, 1, 1))]
    for day, count in ((date(2026, 12, 31), 0), (date(2027, 1, 1), 1)):
        analyzer = Analyzer(ACTIVE, PRINTS, suppressions=rules, today=lambda day=day: day)
        assert len(analyzer.analyze(text("手机13900001234")).findings) == count


def test_the_threshold_is_a_choice():
    """A bare number is reported at the default threshold and not at a higher one."""
    line = "x 13900001234 y"
    assert len(ANALYZER.analyze(text(line)).findings) == 1
    assert Analyzer(ACTIVE, PRINTS, min_score=0.7).analyze(text(line)).findings == ()


def test_every_example_of_every_detector():
    """Through gate, view, Presidio and policy each detector finds in its own examples what they mark, and nothing else."""
    for detector in (one for one in ACTIVE if one.role is Role.REPORT):
        alone = Analyzer([detector], PRINTS)
        for example in detector.examples:
            line = example.line.replace("⟦", "").replace("⟧", "")
            expected, at = [], 0
            for part in example.line.split("⟦")[1:]:
                value = part.split("⟧")[0]
                at = line.index(value, at)
                if detector.mask == "secret" or "".join(filter(str.isalnum, value)).upper() not in PLACEHOLDERS:
                    expected.append((at + 1, at + 1 + len(value)))
                at += len(value)
            found = alone.analyze(text(line))
            spans = [(one.place.start_column, one.place.end_column) for one in found.findings]
            if detector.id != "card-expiry" and not found.placeholders:
                assert spans == expected, (detector.id, example.line)


def test_batches_change_nothing():
    """Many lines in one call give what each line gives alone."""
    some = [one.line.replace("⟦", "").replace("⟧", "") for detector in ACTIVE for one in detector.examples][::5] * 3
    together = ANALYZER.analyze(text("\n".join(some))).findings
    alone = [
        replace(one, place=replace(one.place, line=number))
        for number, line in enumerate(some, 1)
        for one in ANALYZER.analyze(text(line)).findings
    ]
    assert list(together) == alone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/data/app.log", "/data/app.log"),
        ("/data/张三_13900001234.csv", "/data/张三_139****1234.csv"),
        ("13900001234@example.com", "1***@example.com"),
        ("/data/11010519000101001X/a.log", None),
        ("a\nb\udcff13900001234", "a\vb\ufffd139****1234"),
        ("x" * LONG_LINE + " 13900001234", "x" * LONG_LINE + " 139****1234"),
    ],
)
def test_names_are_masked(name, shown):
    """A name that holds a value is shown with the value masked; any other is itself; the answer is remembered."""
    redacted = ANALYZER.redact(name)
    assert redacted == (shown if shown is not None else redacted)
    assert "0101001" not in redacted
    assert ANALYZER.redact(name) is redacted


def test_remembered_names_are_bounded(monkeypatch):
    """A stream of ever new names does not fill the memory."""
    monkeypatch.setattr("leakwatch.detection.analyze.analyzer._NAMES_KEPT", 3)
    analyzer = Analyzer(ACTIVE, PRINTS)
    for number in range(10):
        analyzer.redact(f"name-{number}")
    assert len(analyzer._names) <= 3


SLOW = replace(
    by_id("cn-mobile"),
    entity="X_SLOW",
    pattern=r"(?:1|11)+x",
    prefilter=Prefilter(literals=("1111",)),
    validator=None,
    canonical=None,
)


def test_a_slow_pattern_is_reported_and_hides_nothing_else(monkeypatch):
    """A detector that does not finish is named, also after its batch was halved; the others still find their values."""
    monkeypatch.setattr(regex_engine, "PATTERN_SECONDS", 0.02)
    analyzer = Analyzer([SLOW, by_id("cn-mobile")], PRINTS)
    evil = "1" * 60 + " 12345678901"
    result = analyzer.analyze(text(f"手机13900001234\n{evil}\n手机13900005678\n"))
    assert result.timed_out == ("x-slow",)
    assert [one.place.line for one in result.findings] == [1, 3]
    many = analyzer.analyze(text("\n".join([evil] * 40)))
    assert many.timed_out == ("x-slow",)
    assert analyzer.redact(evil) == "***"


class Broken:
    def __init__(self, error):
        self.error = error

    def __call__(self, value):
        raise self.error(f"cannot read {value}")


def test_no_plaintext_in_an_error():
    """A failing detector is named, with the place; neither message, chain, frames nor locals hold the text."""
    planted = "13900007777"
    broken = replace(by_id("cn-mobile"), validator=Broken(ValueError))
    analyzer = Analyzer([broken], PRINTS)
    for call in (
        lambda: analyzer.analyze(text(f"a\n手机{planted}\n", first_line=5)),
        lambda: analyzer.analyze(RecordChunk(Origin("a"), ((Field(planted, RecordPlace(1, "$")),),))),
        lambda: analyzer.redact(f"手机{planted}"),
    ):
        with pytest.raises(AnalysisError, match=r"detector cn-mobile failed on .*: ValueError") as caught:
            call()
        error = caught.value
        assert error.__context__ is None
        assert error.__cause__ is None
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        ours = [frame for frame in frames if "leakwatch/detection/analyze" in frame.f_code.co_filename]
        assert ours
        shown = repr([{name: value for name, value in frame.f_locals.items() if name != "text"} for frame in ours])
        assert planted not in shown
        assert planted not in "".join(traceback.format_exception(error))


def test_a_failure_after_detection_blames_no_detector():
    """A failure while a finding is built is reported as such, without the text."""
    analyzer = Analyzer([replace(by_id("cn-mobile"), canonical=Broken(KeyError))], PRINTS)
    with pytest.raises(AnalysisError, match=r"^analysis failed on lines 1 to 1: KeyError$"):
        analyzer.analyze(text("手机13900001234"))


def test_an_analysis_shows_no_value():
    """Whatever an analysis is made of, its repr holds no plaintext."""
    result = ANALYZER.analyze(text("手机13900001234 身份证11010519000101001X 密码：Abc123!xyz"))
    assert isinstance(result, Analysis)
    assert result.findings
    shown = repr(result)
    assert not any(value in shown for value in ("13900001234", "19000101", "Abc123"))
    assert {one.name for one in fields(result)} >= {
        "findings",
        "suppressed",
        "masked_seen",
        "placeholders",
        "timed_out",
    }


PROBE = """
import sys
from leakwatch.detection.analyze import Analyzer
from leakwatch.core.model import Origin, TextChunk
from leakwatch.detection.policy import select
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors
analyzer = Analyzer(select(detectors(), {"cn", "hk", "mo", "tw"}, ()), Fingerprinter(bytes(32)))
result = analyzer.analyze(TextChunk(Origin("/var/log/app.log"), sys.stdin.buffer.read()))
print(len(result.findings), "presidio_analyzer" in sys.modules, "spacy" in sys.modules)
"""


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (
            "2026-03-01 10:15:32 INFO c.e.Order - order 1745678901234567890 done\npassword reset requested\n",
            "0 False False",
        ),
        ("手机13900001234\n", "1 True True"),
    ],
)
def test_presidio_is_imported_only_where_there_is_something_to_judge(content, answer):
    """Clean text, also such that passes the gate, never pays for importing Presidio."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], input=content.encode(), capture_output=True, check=True, timeout=60
    )
    assert done.stdout.decode().strip() == answer


def test_warm_imports_ahead():
    """A warmed analyzer has its engine before the first candidate; warming twice is harmless."""
    analyzer = Analyzer([by_id("cn-mobile")], PRINTS)
    analyzer.warm()
    engine = analyzer._detection._engine
    analyzer.warm()
    assert analyzer._detection._engine is engine is not None


@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_what_is_known_of_a_place_is_true_of_others_that_differ_in_digits(seed):
    """Evidence and key of a value are those that stand around it, whatever was seen before it."""
    chance = random.Random(seed)
    line = chance.choice([*made_up.LINES, 'GET /a HTTP/1.1" 200 {}', "sha256: {}", "sha1={}", "track2 data={}"])
    if "{}" in line:
        line = line.format(chance.choice(made_up.VALUES))
    else:
        line = f"{chance.choice(made_up.NEIGHBOURS)}{chance.choice(made_up.KEYS)}={line}{chance.choice(made_up.NEIGHBOURS)}"
    texts = [line, *("".join(chance.choice("0123456789") if one.isdigit() else one for one in line) for _ in range(3))]
    texts = [one.replace("\0", " ") for one in texts]
    warm = regex_engine.RegexEngine()
    for detector in detectors():
        for number, candidate in warm.find(detector, texts):
            seen = judge(detector, texts[number], candidate.start, candidate.end)
            assert (candidate.evidence, candidate.key) == (seen.evidence, seen.key), detector.id
