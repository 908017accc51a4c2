"""``leakwatch scan``: exit codes, streams, files and configuration."""

import json
import stat

import pytest
from support.scan_cli import MOBILE, leak, records

from leakwatch.core.errors import Exit
from leakwatch.core.scan_settings import DetectSettings, ScanSettings
from leakwatch.reports import REPORT_FORMATS

RULE = """
rules:
  - id: staff-no
    title: {zh: 员工工号, en: Staff number}
    pattern: 'EMP-?[0-9]{8}'
    score: {bare: 0.6, context: 0.8, key: 0.9, negative: 0.1}
    severity: medium
    mask: id
    advice: {zh: 日志中用内部编号代替工号。, en: Log an internal id instead.}
    examples: {match: ['INFO hr - ⟦EMP00000017⟧已离职'], no_match: ['EMP0000001 is a digit too short']}
"""


# ------------------------------------------------------------------------------------------ exit codes


def test_a_clean_scan_exits_0(scan, workdir):
    """A complete scan without findings exits with 0 and reports none."""
    leak(workdir, text="all is well\n")
    code, out, err = scan("in")
    assert (code, out) == (Exit.OK, "No findings.\n")
    assert "✓ 0 findings" in err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], 1),
        (["--fail-on", "medium"], 1),
        (["--fail-on", "high"], 0),
        (["--fail-on", "never"], 0),
        (["--exit-zero"], 0),
        (["--min-severity", "high"], 0),
    ],
)
def test_findings_at_or_above_the_threshold_exit_1(scan, workdir, options, expected):
    """A medium finding fails the scan up to ``--fail-on medium``, unless it is not reported."""
    leak(workdir)
    assert scan("in", *options)[0] == expected


@pytest.mark.parametrize("format_", REPORT_FORMATS)
def test_exit_codes_are_the_same_in_every_format(scan, workdir, format_):
    """The format does not change the exit code."""
    leak(workdir)
    assert scan("in", "-f", format_)[0] == 1
    assert scan("nowhere", "-f", format_)[0] == 3


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["in", "-"],
        ["in", "--stdin-name", "a.csv"],
        ["in", "-f", "nosuch"],
        ["in", "-o", "report.nosuch"],
        ["in", "-o", "in"],
        ["in", "-o", "nowhere/report.json"],
        ["in", "-o", "a.json", "-o", "./a.json"],
        ["in", "--encoding", "klingon"],
        ["in", "--max-file-size", "big"],
        ["in", "--fail-on", "sometimes"],
        ["in", "-c", "missing.yaml"],
    ],
)
def test_usage_and_configuration_errors_exit_2(scan, workdir, args):
    """The error goes to standard error; standard output stays empty and no file is created."""
    leak(workdir)
    before = sorted(path.name for path in workdir.iterdir())
    code, out, err = scan(*args)
    assert (code, out) == (Exit.USAGE, "")
    assert err
    assert sorted(path.name for path in workdir.iterdir()) == before


def test_no_path_prints_help(scan):
    """Without a path, help is printed; the working directory is not scanned."""
    _, _, err = scan()
    assert "Examples:" in err
    assert "Exit codes:" in err


def test_an_unknown_format_lists_the_known_ones(scan, workdir):
    """Both an unknown name and an unknown suffix."""
    assert ", ".join(map(repr, REPORT_FORMATS)) in scan("in", "-f", "nosuch")[2]
    assert ".json, .jsonl, .sarif" in scan("in", "-o", "r.nosuch")[2]


def test_a_missing_path_exits_3(scan, workdir):
    """The path is named, the others are scanned, and the summary is incomplete."""
    leak(workdir, text="fine\n")
    code, out, err = scan("in", "nowhere", "-f", "jsonl")
    assert code == Exit.INCOMPLETE
    assert "leakwatch: nowhere: no such file" in err
    assert [record["record"] for record in records(out)] == ["skipped", "summary"]
    assert records(out)[-1]["complete"] is False


def test_findings_take_precedence_over_incomplete(scan, workdir):
    """The exit code is 1 although a named path is missing."""
    leak(workdir)
    code, out, _ = scan("in", "nowhere", "-f", "jsonl")
    assert code == Exit.FOUND
    assert records(out)[-1]["complete"] is False


def test_no_files_exit_3(scan, workdir):
    """A directory without files is not a clean one."""
    code, out, err = scan("in")
    assert (code, out) == (Exit.INCOMPLETE, "")
    assert "no files to scan" in err


def test_a_skipped_input_exits_3_only_if_strict_or_named(scan, workdir):
    """An unsupported file in a directory is only counted."""
    leak(workdir, text="fine\n")
    (workdir / "in/x.rar").write_bytes(b"Rar!\x1a\x07\x00" + bytes(100))
    assert scan("in")[0] == Exit.OK
    assert scan("in", "--strict")[0] == Exit.INCOMPLETE
    assert scan("in/x.rar")[0] == Exit.INCOMPLETE


def test_a_failing_detector_is_incomplete_not_clean(scan, workdir, monkeypatch):
    """A detector that raises is a gap and exits with 3; the text is not printed."""
    leak(workdir)

    def broken(self, segments):
        raise ValueError(MOBILE)

    monkeypatch.setattr("leakwatch.detection.analyze.detection_engine.DetectionEngine.find", broken)
    code, out, err = scan("in", "-f", "jsonl", "-v")
    assert code == Exit.INCOMPLETE
    assert records(out)[-1]["gaps"] == 1
    assert "ValueError" in err


def test_a_crash_exits_4(scan, workdir, monkeypatch):
    """An internal error leaves no partial report."""
    leak(workdir)
    monkeypatch.setattr("leakwatch.reports.jsonl_report.JsonLinesReport.finding", lambda *_: 1 / 0)
    code, _, err = scan("in", "-o", "r.jsonl")
    assert code == Exit.INTERNAL
    assert "internal error: ZeroDivisionError" in err
    assert sorted(path.name for path in workdir.iterdir()) == [".git", "home", "in"]


# ------------------------------------------------------------------------------------------ streams and files


def test_results_go_to_stdout_and_the_summary_to_stderr(scan, workdir):
    """Standard output is valid JSON Lines; -q leaves standard error empty."""
    leak(workdir)
    _, out, err = scan("in", "-f", "jsonl", "-q")
    assert [record["record"] for record in records(out)] == ["finding", "summary"]
    assert err == ""


def test_reports_are_written_by_suffix_and_stdout_stays_empty(scan, workdir):
    """Several reports in one run, with mode 0600 and no other files."""
    leak(workdir)
    code, out, _ = scan("in", "-o", "r.json", "-o", "r.jsonl", "-o", "r.sarif")
    assert (code, out) == (1, "")
    assert sorted(path.name for path in workdir.glob("r.*")) == ["r.json", "r.jsonl", "r.sarif"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in workdir.glob("r.*"))
    assert json.loads((workdir / "r.json").read_text())["summary"]["findings"] == 1
    assert len(records((workdir / "r.jsonl").read_text())) == 2
    assert json.loads((workdir / "r.sarif").read_text())["version"] == "2.1.0"


def test_a_format_and_a_file_give_both(scan, workdir):
    """``-f`` sets standard output, ``-o`` writes a file."""
    leak(workdir)
    _, out, _ = scan("in", "-f", "table", "-o", "r.json")
    assert "139****0001" in out
    assert (workdir / "r.json").exists()


def test_a_device_is_written_to_and_not_replaced(scan, workdir):
    """A device is written to; a symbolic link stays and its target is replaced."""
    leak(workdir)
    (workdir / "null.json").symlink_to("/dev/null")
    (workdir / "old.json").write_text("old")
    (workdir / "link.json").symlink_to("old.json")
    assert scan("in", "-o", "null.json", "-o", "link.json")[0] == 1
    assert (workdir / "null.json").is_char_device()
    assert (workdir / "link.json").is_symlink()
    assert json.loads((workdir / "old.json").read_text())["schema"] == "leakwatch/1"


def test_the_report_itself_is_not_scanned(scan, workdir):
    """A report in the scanned directory, new or from an earlier run, is not an input."""
    leak(workdir)
    for _ in range(2):
        _, out, _ = scan("in", "-f", "jsonl", "-o", "in/r.jsonl")
        assert records(out)[-1]["files"] == 1


def test_a_full_disk_under_a_report_exits_4(scan, workdir):
    """The system's reason is printed."""
    leak(workdir)
    (workdir / "full.json").symlink_to("/dev/full")
    code, _, err = scan("in", "-o", "full.json")
    assert code == Exit.INTERNAL
    assert "No space left" in err


# ------------------------------------------------------------------------------------------ configuration and key


def test_configuration_is_searched_upwards_and_never_in_the_scanned_tree(scan, workdir, monkeypatch):
    """The file of the working directory applies; one inside the scanned directory is data."""
    leak(workdir)
    rule = "detect:\n  disable: [cn-mobile]\n"
    (workdir / "in/leakwatch.yaml").write_text(rule)
    assert scan("in")[0] == Exit.FOUND
    (workdir / "leakwatch.yaml").write_text(rule)
    assert scan("in")[0] == Exit.OK
    (workdir / "leakwatch.yaml").write_text("detect:\n  disable: [cn-mobil]\n")
    code, _, err = scan("in")
    assert code == Exit.USAGE
    assert "did you mean cn-mobile?" in err


def test_suppressed_findings_are_counted(scan, workdir):
    """The record and the summary count a suppression and name its rule."""
    leak(workdir)
    (workdir / "leakwatch.yaml").write_text(
        "suppress:\n  - {id: ours, match: {entity: CN_MOBILE}, reason: our own number, owner: sec}\n"
    )
    code, out, err = scan("in", "-f", "jsonl")
    assert code == Exit.OK
    assert records(out)[-1]["suppressed"] == 1
    assert records(out)[-1]["suppressed_by"] == {"ours": 1}
    assert "suppressed by ours ×1" in err
    assert "1 suppressed" in err


def test_placeholders_are_counted_in_the_summary(scan, workdir):
    """A well-known test number is not a finding, but it is counted."""
    leak(workdir, text="mobile=13800138000\n")
    code, _, err = scan("in")
    assert code == Exit.OK
    assert "1 placeholder ignored" in err


def test_the_user_key_is_kept(scan, workdir):
    """Two scans of a user have comparable fingerprints; --no-state has not, and stores nothing."""
    leak(workdir)
    _, ephemeral, _ = scan("in", "-f", "jsonl", "--no-state")
    assert not (workdir / "home").exists()
    first, second = (records(scan("in", "-f", "jsonl")[1]) for _ in range(2))
    assert first[0]["fingerprint"] == second[0]["fingerprint"] != records(ephemeral)[0]["fingerprint"]
    assert [found[-1]["key"] for found in (first, records(ephemeral))] == ["user", "ephemeral"]
    key = workdir / "home/.local/state/leakwatch/fingerprint.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o400


def test_the_daemon_key_is_used_if_readable(scan, workdir):
    """With a key in the state directory, fingerprints match the daemon's."""
    leak(workdir)
    state = workdir / "state"
    state.mkdir()
    (state / "fingerprint.key").write_text("ab" * 32)
    (state / "fingerprint.key").chmod(0o400)
    (workdir / "leakwatch.yaml").write_text(f"state_dir: {state}\n")
    assert records(scan("in", "-f", "jsonl")[1])[-1]["key"] == "state"


def test_a_custom_rule_is_reported_in_every_format(scan, workdir):
    """Its findings have a title, a severity and a SARIF rule."""
    (workdir / "rules.yaml").write_text(RULE)
    (workdir / "leakwatch.yaml").write_text(f"detect:\n  rules: ['{workdir}/rules.yaml']\n")
    leak(workdir, text="2026-03-01 10:00:00 INFO hr - EMP00000017已离职\n")
    assert records(scan("in", "-f", "jsonl")[1])[-1]["by_entity"] == {"STAFF_NO": 1}
    run = json.loads(scan("in", "-f", "sarif")[1])["runs"][0]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "leakwatch/staff-no"
    assert "Staff number" in scan("in")[1]


def test_an_invalid_default_rule_is_rejected(scan, workdir, monkeypatch):
    """The rules of the host apply without a configuration file and are checked before anything is written."""
    (workdir / "rules.yaml").write_text(RULE.replace("severity: medium", "severity: dire"))
    monkeypatch.setattr(
        "leakwatch.core.scan_settings.ScanSettings", lambda: ScanSettings(DetectSettings(rules=(f"{workdir}/*.yaml",)))
    )
    code, _, err = scan("in", "-o", "report.jsonl")
    assert code == Exit.USAGE
    assert "rules.yaml:7" in err
    assert not (workdir / "report.jsonl").exists()


def test_an_unwritable_state_suggests_no_state(scan, workdir):
    """The error names --no-state."""
    leak(workdir)
    (workdir / "file").write_text("")
    code, _, err = scan("in", XDG_STATE_HOME=str(workdir / "file"))
    assert code == Exit.USAGE
    assert "--no-state" in err


def test_encoding_and_size_limit_apply(scan, workdir):
    """A GBK file is decoded as requested; a file over the limit is skipped as too large."""
    (workdir / "in/gbk.csv").write_bytes(f"姓名,手机号\n张三,{MOBILE}\n".encode("gbk"))
    _, out, _ = scan("in", "-f", "jsonl", "--encoding", "GB18030")
    assert records(out)[-1]["by_entity"]["CN_MOBILE"] == 1
    _, out, _ = scan("in", "-f", "jsonl", "--max-file-size", "10B")
    assert records(out)[-1]["skipped"] == {"too-large": 1}
