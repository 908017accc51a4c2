"""Conformance of every report format, and of the machine-readable ones with their schemas."""

import io
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from support.sample_findings import PLACES, finding

from leakwatch import reports
from leakwatch.core.errors import UsageError
from leakwatch.core.model import Origin, Severity, Skipped, SkipReason
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, RecordPlace
from leakwatch.privacy.redaction import KeyOrigin
from leakwatch.reports import REPORT_FORMATS, format_for_path, sarif_report, table_report
from leakwatch.reports.jsonl_report import FindingEncoder, encode_record
from leakwatch.reports.leak_sites import LeakSite, short_place
from leakwatch.reports.render_options import RenderOptions, printable
from leakwatch.reports.spool import IN_MEMORY_BYTES, Spool
from leakwatch.telemetry.scan_stats import ScanStats
from leakwatch_detectors.catalog import by_id, detectors

SCHEMA = json.loads((files("leakwatch.reports.schemas") / "records.schema.json").read_text("utf-8"))
DOCUMENT = {"$ref": "#/$defs/document", "$defs": SCHEMA["$defs"]}
# The schema as OASIS publishes it (2.1.0-rtm.5), unchanged
SARIF = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))

FINDINGS = [
    finding(place=place, inside=inside, template=f"{number:016x}")
    for number, place in enumerate(PLACES)
    for inside in ((), ("a.zip", "数据.csv"))
]
SKIPPED = [
    Skipped(Origin("a dir/a:b.rar"), SkipReason.UNSUPPORTED_FORMAT, 10240),
    Skipped(Origin("x.zip", ("m",)), SkipReason.ENCRYPTED),
    *(Skipped(Origin("more"), reason) for reason in SkipReason),
]


def summary(**changes):
    return ScanStats().summary(complete=True, seconds=0.81, key="user") | changes


def rendered(name, findings=(), skipped=(), options=None, **changes):
    stream = io.StringIO()
    report = REPORT_FORMATS[name].open(stream, options or RenderOptions())
    for item in findings:
        report.finding(item)
    for item in skipped:
        report.skipped(item)
    report.close(summary(**changes))
    return stream.getvalue()


def test_every_record_matches_the_schema_for_every_kind_of_place():
    """Each line of JSON Lines is a record of the shipped schema; the summary comes last."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    records = [json.loads(line) for line in rendered("jsonl", FINDINGS, SKIPPED).splitlines()]
    assert len(records) == len(FINDINGS) + len(SKIPPED) + 1
    for record in records:
        jsonschema.validate(record, SCHEMA)
        assert record["schema"] == "leakwatch/1"
    assert [record["record"] for record in records].index("summary") == len(records) - 1


def test_the_schema_is_closed():
    """An unknown key, a place of two kinds, a short fingerprint and a missing key are rejected."""
    good = finding().record()
    for bad in (
        good | {"value": "x"},
        good | {"place": good["place"] | {"row": 1}},
        good | {"fingerprint": "ab"},
        {key: value for key, value in good.items() if key != "masked"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, SCHEMA)


def test_enums_of_the_schema_are_those_of_the_code():
    """Skip reasons, severities and key origins in the schema equal the enums."""
    assert SCHEMA["$defs"]["reason"]["enum"] == [reason.value for reason in SkipReason]
    assert SCHEMA["$defs"]["finding"]["properties"]["severity"]["enum"] == [severity.label for severity in Severity]
    assert SCHEMA["$defs"]["summary"]["properties"]["key"]["enum"] == [origin.value for origin in KeyOrigin]


@pytest.mark.parametrize(("findings", "skipped"), [((), ()), (FINDINGS, SKIPPED)])
def test_json_holds_the_records_of_json_lines(findings, skipped):
    """One document with the same findings, skipped inputs and summary."""
    document = json.loads(rendered("json", findings, skipped))
    jsonschema.validate(document, DOCUMENT)
    lines = [json.loads(line) for line in rendered("jsonl", findings, skipped).splitlines()]
    assert document["findings"] == [line for line in lines if line["record"] == "finding"]
    assert document["skipped"] == [line for line in lines if line["record"] == "skipped"]
    assert document["summary"] == lines[-1]


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_every_format_escapes_undecodable_names(name, tmp_path):
    """A name with invalid UTF-8 and control characters can be written to a UTF-8 file."""
    path = "logs/\udcff\x1b[2J.log"
    text = rendered(name, [finding(path=path)], [Skipped(Origin(path), SkipReason.DECODE)])
    (tmp_path / "report").write_text(text, encoding="utf-8")
    assert "\x1b" not in text


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_a_streaming_format_writes_findings_before_the_end(name):
    """A format that is declared to stream writes while findings arrive; the others wait for the end."""
    stream = io.StringIO()
    report = REPORT_FORMATS[name].open(stream, RenderOptions())
    report.finding(finding(path="first.log"))
    before = stream.tell()
    report.finding(finding(path="second.log"))
    written_early = stream.tell() > before
    report.close(summary())
    assert written_early is REPORT_FORMATS[name].streams


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_every_format_shows_the_masked_value_of_each_finding(name):
    """Findings of different files are all there, masked."""
    text = rendered(name, [finding(path=f"{number}.log", masked=f"139****000{number}") for number in range(3)])
    assert all(f"139****000{number}" in text for number in range(3))


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_every_format_is_deterministic(name):
    """The same scan gives the same bytes."""
    assert rendered(name, FINDINGS, SKIPPED) == rendered(name, FINDINGS, SKIPPED)


def sarif_run(*args, **changes):
    document = json.loads(rendered("sarif", *args, **changes))
    jsonschema.Draft4Validator(SARIF).validate(document)
    assert len(document["runs"]) == 1
    return document["runs"][0]


def test_sarif_matches_the_official_schema():
    """Empty, full and incomplete documents are valid SARIF 2.1.0."""
    assert sarif_run()["results"] == []
    assert len(sarif_run(FINDINGS, SKIPPED)["results"]) == len(FINDINGS)
    assert sarif_run(complete=False)["invocations"][0]["executionSuccessful"] is False


def test_sarif_rules_are_the_catalogue():
    """Each detector is a rule with help, and results refer to their own rule."""
    run = sarif_run([finding(entity=detector.entity) for detector in detectors()])
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [f"leakwatch/{detector.id}" for detector in detectors()]
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_has_one_result_per_leak_site():
    """A line that is logged repeatedly is one result with a count; fingerprints do not depend on line numbers."""
    many = [finding(place=PLACES[0].__class__(line, 5, 16)) for line in range(1, 251)]
    run = sarif_run(many)
    (result,) = run["results"]
    assert result["occurrenceCount"] == 250
    assert len(result["locations"]) == sarif_report.MAX_LOCATIONS
    (moved,) = sarif_run([finding(place=PLACES[0].__class__(999, 1, 12))])["results"]
    assert moved["partialFingerprints"] == result["partialFingerprints"]
    assert set(result["partialFingerprints"]) == {"leakwatch/place/v1", "leakwatch/template/v1"}


def test_sarif_places():
    """Lines are regions in code points; members and cells are logical locations of their file."""
    run = sarif_run([finding(), finding(inside=("in.log",)), finding(place=PLACES[1], path="/数据/a*.xlsx")])
    assert run["columnKind"] == "unicodeCodePoints"
    line, member, cell = (result["locations"][0] for result in run["results"])
    assert line["physicalLocation"]["region"] == {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 16}
    assert "region" not in member["physicalLocation"]
    assert member["logicalLocations"][0]["fullyQualifiedName"] == "in.log!12:5"
    assert cell["physicalLocation"]["artifactLocation"]["uri"] == "file:///%E6%95%B0%E6%8D%AE/a*.xlsx"
    assert cell["logicalLocations"][0]["fullyQualifiedName"] == "订单!B3"


def test_sarif_notifies_of_skipped_inputs_and_gaps():
    """One notification per skipped input, with its location, and one for the gaps."""
    run = sarif_run((), SKIPPED, gaps=2)
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [note["descriptor"]["id"] for note in notes[:2]] == ["skipped/unsupported-format", "skipped/encrypted"]
    assert notes[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20dir/a%3Ab.rar"
    assert notes[-1]["descriptor"]["id"] == "gap/analysis"
    assert len(notes) == len(SKIPPED) + 1


def test_sarif_counts_what_exceeds_its_limits(monkeypatch):
    """Results beyond the limit are counted in a notification; each listed result keeps a location."""
    monkeypatch.setattr(sarif_report, "MAX_RESULTS", 2)
    monkeypatch.setattr(sarif_report, "MAX_ALL_LOCATIONS", 1)
    run = sarif_run([finding(template=f"{number:016x}") for number in range(5)])
    assert [len(result["locations"]) for result in run["results"]] == [1, 1]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("3 more findings are not listed")


def test_the_table_groups_by_file_and_leak_site():
    """A heading per file and a line per site, most severe first; nothing is truncated without a terminal."""
    text = rendered(
        "table",
        [
            finding(),
            finding(place=PLACES[0].__class__(13, 5, 16)),
            finding(entity="CN_RESIDENT_ID", severity=Severity.HIGH, masked="440301********0125", key="idNo"),
            finding(path="b.zip", inside=("u.csv",), place=PLACES[1]),
        ],
    )
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["logs/app.log"]
    assert lines[1][:2] == ["‼", "high"]
    assert lines[2][:2] == ["!", "medium"]
    assert "2×" in lines[2]
    assert "12:5" in lines[2]
    assert lines[4] == ["b.zip", "›", "u.csv"]
    assert "订单!B3" in lines[5]
    assert "…" not in text.replace("12:5 …", "")


def test_the_table_is_aligned_with_wide_characters():
    """Columns start at the same terminal cell although Han characters take two."""
    text = rendered(
        "table", [finding(key="手机号码"), finding(key="mobile", template="0" * 16)], options=RenderOptions(lang="zh")
    )
    _, first, second = (line for line in text.splitlines() if line)
    assert cell_len(first[: first.index("139*")]) == cell_len(second[: second.index("139*")])
    assert by_id("cn-mobile").title.zh in first


def test_the_table_fits_the_terminal():
    """No line is wider than the terminal; colour is used only on request."""
    plain = rendered("table", [finding(key="k" * 200)], SKIPPED, options=RenderOptions(width=60))
    assert max(len(line) for line in plain.splitlines()) <= 60
    assert "\x1b[" in rendered("table", [finding()], options=RenderOptions(color=True, width=60))


def test_the_table_is_bounded(monkeypatch):
    """Sites and skipped inputs beyond the limits are counted, not listed."""
    monkeypatch.setattr("leakwatch.reports.table_report.ROWS_PER_FILE", 6)
    text = rendered(
        "table",
        [
            finding(template=f"{number:016x}", entity=entity)
            for entity in ("CN_MOBILE", "EMAIL_ADDRESS")
            for number in range(10)
        ],
        [Skipped(Origin(f"{number}.rar"), SkipReason.UNSUPPORTED_FORMAT) for number in range(30)],
    )
    assert text.count("cn-mobile") == table_report.ROWS_PER_ENTITY
    assert text.count("email-address") == 1
    assert "and 14 more findings" in text
    assert "and 10 more" in text


def test_the_table_of_a_clean_scan():
    """A complete scan reports "no findings"; an incomplete one does not claim that."""
    assert rendered("table") == "No findings.\n"
    assert rendered("table", complete=False) == ""


def test_a_suffix_chooses_the_format():
    """The longest suffix wins, in any case; an unknown one is a usage error that lists the known ones."""
    assert format_for_path("a/REPORT.JSON").name == "json"
    assert format_for_path("r.sarif.json").name == "sarif"
    for path in ("report.nosuch", "report"):
        with pytest.raises(UsageError, match=r"\.json, \.jsonl, \.sarif"):
            format_for_path(path)


def test_every_report_module_is_in_the_table():
    """A module ``<name>_report.py`` without a table line would be dead code."""
    modules = Path(reports.__file__).parent.glob("*_report.py")
    assert {path.stem.removesuffix("_report") for path in modules} == set(REPORT_FORMATS)


def test_every_suffix_belongs_to_one_format():
    """No suffix is used twice."""
    suffixes = [suffix for format_ in REPORT_FORMATS.values() for suffix in format_.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_a_spool_keeps_more_lines_than_fit_in_memory():
    """Lines come back in order, once."""
    spool = Spool()
    lines = [f"{number} " + "x" * 1000 for number in range(IN_MEMORY_BYTES // 500)]
    for line in lines:
        spool.append(line)
    assert spool.count == len(lines)
    assert list(spool) == lines


@pytest.mark.parametrize(
    ("place", "text"), list(zip(PLACES, ["12:5", "订单!B3", "AB3", "#7 $.users[3].phone", "p. 2"], strict=True))
)
def test_short_form_of_each_place(place, text):
    """Each kind of place has its short form."""
    assert short_place(place) == text


def test_elements_of_one_array_are_one_site():
    """An array index does not make another leak site; a different member does."""
    place = PLACES[3]
    other = place.__class__(8, "$.users[4].phone", 1, 2)
    third = place.__class__(8, "$.users[4].mail", 1, 2)
    assert LeakSite.of(finding(place=place)) == LeakSite.of(finding(place=other))
    assert LeakSite.of(finding(place=place)) != LeakSite.of(finding(place=third))


def test_printable_escapes_control_characters():
    """Control characters and surrogates become escapes."""
    assert printable("a\x1b[2J\r\n文\udcff") == "a\\x1b[2J\\r\\n文\\udcff"


@settings(deadline=None)
@given(data=st.data())
def test_an_encoded_finding_is_its_record(data):
    """The cached encoding equals the plain one, whatever consecutive findings share."""
    encoder = FindingEncoder()
    names = st.sampled_from(["a", None, '"\\', "\0hole", "\u2028张", "\udcff"])
    numbers = st.integers(1, 3)
    for _ in range(6):
        place = data.draw(
            st.one_of(
                st.builds(LinePlace, numbers, numbers, numbers),
                st.builds(CellPlace, names, numbers, numbers, names, numbers, numbers),
                st.builds(RecordPlace, numbers, names, numbers, numbers),
                st.builds(PagePlace, numbers, numbers, numbers),
            )
        )
        example = finding(
            place=place,
            path=data.draw(names) or "",
            key=data.draw(names),
            masked=data.draw(names) or "",
            severity=data.draw(st.sampled_from(list(Severity))),
            grade={"jrt0171": data.draw(st.sampled_from(["C1", "C2"]))},
        )
        assert encoder.encode(example) == encode_record(example.record())
