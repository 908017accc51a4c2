"""``leakwatch scan``: streams, exit codes, files and signals."""

import io
import json
import os
import pty
import select
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from support.clean_environment import INHERITED
from support.sample_findings import finding

from leakwatch.cli import main, scan_runner
from leakwatch.cli.interrupt import Interrupt
from leakwatch.cli.progress_bar import ProgressBar
from leakwatch.cli.scan_summary import ScanVerdict, summary_lines
from leakwatch.core.errors import Exit
from leakwatch.core.model import Severity, SkipReason
from leakwatch.core.scan_settings import DetectSettings, ScanSettings
from leakwatch.privacy.redaction import KeyOrigin
from leakwatch.reports import REPORT_FORMATS
from leakwatch.telemetry.scan_stats import ScanStats

MOBILE = "13900000001"
LEAK = f"2026-03-01 10:00:00 INFO sms - mobile={MOBILE}\n"


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

FILLER = "2026-03-01 10:00:00 INFO nothing to see\n" * 100_000
"""More than is read at once, and few findings: nobody reads along while it is written."""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with a directory to scan and no configuration."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield tmp_path
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def scan(place, capfd):
    """Run ``leakwatch scan`` in this process; return exit code, standard output and standard error."""

    def run(*args, **env):
        capfd.readouterr()
        code = main(["scan", *map(str, args)], {"HOME": str(place / "home"), **env})
        out, err = capfd.readouterr()
        assert MOBILE not in out + err
        return code, out, err

    return run


def leak(place, name="in/app.log", text=LEAK):
    path = place / name
    path.write_text(text)
    return path


def records(out):
    return [json.loads(line) for line in out.splitlines()]


# ------------------------------------------------------------------------------------------ exit codes


def test_a_clean_scan_exits_0(scan, place):
    """A complete scan without findings exits with 0 and reports none."""
    leak(place, text="all is well\n")
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
def test_findings_at_or_above_the_threshold_exit_1(scan, place, options, expected):
    """A medium finding fails the scan up to ``--fail-on medium``, unless it is not reported."""
    leak(place)
    assert scan("in", *options)[0] == expected


@pytest.mark.parametrize("format_", REPORT_FORMATS)
def test_exit_codes_are_the_same_in_every_format(scan, place, format_):
    """The format does not change the exit code."""
    leak(place)
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
def test_usage_and_configuration_errors_exit_2(scan, place, args):
    """The error goes to standard error; standard output stays empty and no file is created."""
    leak(place)
    before = sorted(path.name for path in place.iterdir())
    code, out, err = scan(*args)
    assert (code, out) == (Exit.USAGE, "")
    assert err
    assert sorted(path.name for path in place.iterdir()) == before


def test_no_path_prints_help(scan):
    """Without a path, help is printed; the working directory is not scanned."""
    _, _, err = scan()
    assert "Examples:" in err
    assert "Exit codes:" in err


def test_an_unknown_format_lists_the_known_ones(scan, place):
    """Both an unknown name and an unknown suffix."""
    assert ", ".join(map(repr, REPORT_FORMATS)) in scan("in", "-f", "nosuch")[2]
    assert ".json, .jsonl, .sarif" in scan("in", "-o", "r.nosuch")[2]


def test_a_missing_path_exits_3(scan, place):
    """The path is named, the others are scanned, and the summary is incomplete."""
    leak(place, text="fine\n")
    code, out, err = scan("in", "nowhere", "-f", "jsonl")
    assert code == Exit.INCOMPLETE
    assert "leakwatch: nowhere: no such file" in err
    assert [record["record"] for record in records(out)] == ["skipped", "summary"]
    assert records(out)[-1]["complete"] is False


def test_findings_take_precedence_over_incomplete(scan, place):
    """The exit code is 1 although a named path is missing."""
    leak(place)
    code, out, _ = scan("in", "nowhere", "-f", "jsonl")
    assert code == Exit.FOUND
    assert records(out)[-1]["complete"] is False


def test_no_files_exit_3(scan, place):
    """A directory without files is not a clean one."""
    code, out, err = scan("in")
    assert (code, out) == (Exit.INCOMPLETE, "")
    assert "no files to scan" in err


def test_a_skipped_input_exits_3_only_if_strict_or_named(scan, place):
    """An unsupported file in a directory is only counted."""
    leak(place, text="fine\n")
    (place / "in/x.rar").write_bytes(b"Rar!\x1a\x07\x00" + bytes(100))
    assert scan("in")[0] == Exit.OK
    assert scan("in", "--strict")[0] == Exit.INCOMPLETE
    assert scan("in/x.rar")[0] == Exit.INCOMPLETE


def test_a_failing_detector_is_incomplete_not_clean(scan, place, monkeypatch):
    """A detector that raises is a gap and exits with 3; the text is not printed."""
    leak(place)

    def broken(self, segments):
        raise ValueError(MOBILE)

    monkeypatch.setattr("leakwatch.detection.analyze.detection_engine.DetectionEngine.find", broken)
    code, out, err = scan("in", "-f", "jsonl", "-v")
    assert code == Exit.INCOMPLETE
    assert records(out)[-1]["gaps"] == 1
    assert "ValueError" in err


def test_a_crash_exits_4(scan, place, monkeypatch):
    """An internal error leaves no partial report."""
    leak(place)
    monkeypatch.setattr("leakwatch.reports.jsonl_report.JsonLinesReport.finding", lambda *_: 1 / 0)
    code, _, err = scan("in", "-o", "r.jsonl")
    assert code == Exit.INTERNAL
    assert "internal error: ZeroDivisionError" in err
    assert sorted(path.name for path in place.iterdir()) == [".git", "home", "in"]


# ------------------------------------------------------------------------------------------ streams and files


def test_results_go_to_stdout_and_the_summary_to_stderr(scan, place):
    """Standard output is valid JSON Lines; -q leaves standard error empty."""
    leak(place)
    _, out, err = scan("in", "-f", "jsonl", "-q")
    assert [record["record"] for record in records(out)] == ["finding", "summary"]
    assert err == ""


def test_reports_are_written_by_suffix_and_stdout_stays_empty(scan, place):
    """Several reports in one run, with mode 0600 and no other files."""
    leak(place)
    code, out, _ = scan("in", "-o", "r.json", "-o", "r.jsonl", "-o", "r.sarif")
    assert (code, out) == (1, "")
    assert sorted(path.name for path in place.glob("r.*")) == ["r.json", "r.jsonl", "r.sarif"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in place.glob("r.*"))
    assert json.loads((place / "r.json").read_text())["summary"]["findings"] == 1
    assert len(records((place / "r.jsonl").read_text())) == 2
    assert json.loads((place / "r.sarif").read_text())["version"] == "2.1.0"


def test_a_format_and_a_file_give_both(scan, place):
    """``-f`` sets standard output, ``-o`` writes a file."""
    leak(place)
    _, out, _ = scan("in", "-f", "table", "-o", "r.json")
    assert "139****0001" in out
    assert (place / "r.json").exists()


def test_a_device_is_written_to_and_not_replaced(scan, place):
    """A device is written to; a symbolic link stays and its target is replaced."""
    leak(place)
    (place / "null.json").symlink_to("/dev/null")
    (place / "old.json").write_text("old")
    (place / "link.json").symlink_to("old.json")
    assert scan("in", "-o", "null.json", "-o", "link.json")[0] == 1
    assert (place / "null.json").is_char_device()
    assert (place / "link.json").is_symlink()
    assert json.loads((place / "old.json").read_text())["schema"] == "leakwatch/1"


def test_the_report_itself_is_not_scanned(scan, place):
    """A report in the scanned directory, new or from an earlier run, is not an input."""
    leak(place)
    for _ in range(2):
        _, out, _ = scan("in", "-f", "jsonl", "-o", "in/r.jsonl")
        assert records(out)[-1]["files"] == 1


def test_a_full_disk_under_a_report_exits_4(scan, place):
    """The system's reason is printed."""
    leak(place)
    (place / "full.json").symlink_to("/dev/full")
    code, _, err = scan("in", "-o", "full.json")
    assert code == Exit.INTERNAL
    assert "No space left" in err


# ------------------------------------------------------------------------------------------ configuration and key


def test_configuration_is_searched_upwards_and_never_in_the_scanned_tree(scan, place, monkeypatch):
    """The file of the working directory applies; one inside the scanned directory is data."""
    leak(place)
    rule = "detect:\n  disable: [cn-mobile]\n"
    (place / "in/leakwatch.yaml").write_text(rule)
    assert scan("in")[0] == Exit.FOUND
    (place / "leakwatch.yaml").write_text(rule)
    assert scan("in")[0] == Exit.OK
    (place / "leakwatch.yaml").write_text("detect:\n  disable: [cn-mobil]\n")
    code, _, err = scan("in")
    assert code == Exit.USAGE
    assert "did you mean cn-mobile?" in err


def test_suppressed_findings_are_counted(scan, place):
    """The record and the summary count a suppression and name its rule."""
    leak(place)
    (place / "leakwatch.yaml").write_text(
        "suppress:\n  - {id: ours, match: {entity: CN_MOBILE}, reason: our own number, owner: sec}\n"
    )
    code, out, err = scan("in", "-f", "jsonl")
    assert code == Exit.OK
    assert records(out)[-1]["suppressed"] == 1
    assert records(out)[-1]["suppressed_by"] == {"ours": 1}
    assert "suppressed by ours ×1" in err
    assert "1 suppressed" in err


def test_placeholders_are_counted_in_the_summary(scan, place):
    """A well-known test number is not a finding, but it is counted."""
    leak(place, text="mobile=13800138000\n")
    code, _, err = scan("in")
    assert code == Exit.OK
    assert "1 placeholder ignored" in err


def test_the_user_key_is_kept(scan, place):
    """Two scans of a user have comparable fingerprints; --no-state has not, and stores nothing."""
    leak(place)
    _, ephemeral, _ = scan("in", "-f", "jsonl", "--no-state")
    assert not (place / "home").exists()
    first, second = (records(scan("in", "-f", "jsonl")[1]) for _ in range(2))
    assert first[0]["fingerprint"] == second[0]["fingerprint"] != records(ephemeral)[0]["fingerprint"]
    assert [found[-1]["key"] for found in (first, records(ephemeral))] == ["user", "ephemeral"]
    key = place / "home/.local/state/leakwatch/fingerprint.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o400


def test_the_daemon_key_is_used_if_readable(scan, place):
    """With a key in the state directory, fingerprints match the daemon's."""
    leak(place)
    state = place / "state"
    state.mkdir()
    (state / "fingerprint.key").write_text("ab" * 32)
    (state / "fingerprint.key").chmod(0o400)
    (place / "leakwatch.yaml").write_text(f"state_dir: {state}\n")
    assert records(scan("in", "-f", "jsonl")[1])[-1]["key"] == "state"


def test_a_custom_rule_is_reported_in_every_format(scan, place):
    """Its findings have a title, a severity and a SARIF rule."""
    (place / "rules.yaml").write_text(RULE)
    (place / "leakwatch.yaml").write_text(f"detect:\n  rules: ['{place}/rules.yaml']\n")
    leak(place, text="2026-03-01 10:00:00 INFO hr - EMP00000017已离职\n")
    assert records(scan("in", "-f", "jsonl")[1])[-1]["by_entity"] == {"STAFF_NO": 1}
    run = json.loads(scan("in", "-f", "sarif")[1])["runs"][0]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "leakwatch/staff-no"
    assert "Staff number" in scan("in")[1]


def test_an_invalid_default_rule_is_rejected(scan, place, monkeypatch):
    """The rules of the host apply without a configuration file and are checked before anything is written."""
    (place / "rules.yaml").write_text(RULE.replace("severity: medium", "severity: dire"))
    monkeypatch.setattr(
        "leakwatch.core.scan_settings.ScanSettings", lambda: ScanSettings(DetectSettings(rules=(f"{place}/*.yaml",)))
    )
    code, _, err = scan("in", "-o", "report.jsonl")
    assert code == Exit.USAGE
    assert "rules.yaml:7" in err
    assert not (place / "report.jsonl").exists()


def test_an_unwritable_state_suggests_no_state(scan, place):
    """The error names --no-state."""
    leak(place)
    (place / "file").write_text("")
    code, _, err = scan("in", XDG_STATE_HOME=str(place / "file"))
    assert code == Exit.USAGE
    assert "--no-state" in err


def test_encoding_and_size_limit_apply(scan, place):
    """A GBK file is decoded as requested; a file over the limit is skipped as too large."""
    (place / "in/gbk.csv").write_bytes(f"姓名,手机号\n张三,{MOBILE}\n".encode("gbk"))
    _, out, _ = scan("in", "-f", "jsonl", "--encoding", "GB18030")
    assert records(out)[-1]["by_entity"]["CN_MOBILE"] == 1
    _, out, _ = scan("in", "-f", "jsonl", "--max-file-size", "10B")
    assert records(out)[-1]["skipped"] == {"too-large": 1}


# ------------------------------------------------------------------------------------------ other processes


def start(place, *args, **options):
    env = INHERITED | {"PATH": os.environ["PATH"], "HOME": str(place / "home")} | options.pop("env", {})
    return subprocess.Popen([sys.executable, "-m", "leakwatch", "scan", *args], cwd=place, env=env, **options)


def wait_readable(stream, seconds=60):
    assert select.select([stream], [], [], seconds)[0], "nothing arrived in time"


def test_standard_input_is_scanned_under_its_name(place):
    """--stdin-name is reported and selects the reader; a redirected file works like a pipe."""
    table = f"手机号,x\n{MOBILE},1\n".encode()
    piped = subprocess.run(
        [sys.executable, "-m", "leakwatch", "scan", "-", "-f", "jsonl", "--stdin-name", "u.csv", "--no-state"],
        input=table, capture_output=True, cwd=place, check=False,
    )  # fmt: skip
    assert piped.returncode == 1
    first = records(piped.stdout.decode())[0]
    assert (first["path"], first["place"]["kind"]) == ("u.csv", "cell")
    path = place / "in/u.csv"
    path.write_bytes(table)
    with path.open("rb") as file:
        process = start(place, "-", "-f", "jsonl", stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, _ = process.communicate(timeout=60)
    assert records(out.decode())[0]["path"] == "-"


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_valid_partial_report(place, number, expected):
    """Interrupted while waiting for input, a scan finishes its reports and marks them as incomplete."""
    process = start(
        place, "-", "-f", "jsonl", "-o", "r.json",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdin.write((LEAK + FILLER).encode())
    process.stdin.flush()
    wait_readable(process.stdout)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == expected
    assert "interrupted: the report is partial" in err.decode()
    *found, last = records(out.decode())
    assert (last["complete"], last["findings"]) == (False, len(found))
    assert json.loads((place / "r.json").read_text())["summary"]["complete"] is False


def test_a_closed_pipe_ends_the_scan_quietly(place):
    """With ``| head``, nothing is printed and no temporary file is left."""
    leak(place, text=LEAK * 20_000)
    process = start(place, "in", "-f", "jsonl", "-o", "r.json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == Exit.PIPE_CLOSED
    assert "Traceback" not in err
    assert not [path for path in place.iterdir() if "r.json" in path.name]


def test_a_full_disk_under_standard_output_exits_4(place):
    """The system's reason is printed."""
    leak(place)
    with Path("/dev/full").open("w") as full:
        process = start(place, "in", "-f", "json", stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERNAL
    assert b"No space left" in err


def test_findings_are_written_while_scanning(place):
    """The first finding of a pipe arrives while the pipe is open."""
    process = start(place, "-", "-f", "jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write((LEAK + FILLER).encode())
    process.stdin.flush()
    wait_readable(process.stdout)
    assert json.loads(process.stdout.readline())["entity"] == "CN_MOBILE"
    assert process.poll() is None
    process.communicate(timeout=60)


def test_progress_is_drawn_on_a_terminal_only(place):
    """The bar is removed at the end; --no-progress disables it."""
    leak(place, text=LEAK + FILLER * 2)
    seen = {}
    for options in ((), ("--no-progress",)):
        main_end, its_end = pty.openpty()
        process = start(
            place, "in", "-f", "jsonl", *options,
            stdout=subprocess.DEVNULL, stderr=its_end, env={"TERM": "xterm"},
        )  # fmt: skip
        os.close(its_end)
        seen[options] = b""
        while True:
            try:
                part = os.read(main_end, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            seen[options] += part
        os.close(main_end)
        assert process.wait(60) == 1
    assert "━".encode() in seen[()]
    assert b"\r\x1b[K" in seen[()]
    assert "━".encode() not in seen[("--no-progress",)]


# ------------------------------------------------------------------------------------------ the parts


def test_the_second_signal_reaches_the_previous_handler():
    """The first requests a stop."""
    candidates = []
    before = signal.signal(signal.SIGTERM, lambda *_: candidates.append(1))
    try:
        with Interrupt() as interrupt:
            assert not interrupt()
            os.kill(os.getpid(), signal.SIGTERM)
            assert interrupt()
            assert interrupt.code is Exit.TERMINATED
            assert select.select([interrupt.fileno()], [], [], 0)[0]
            os.kill(os.getpid(), signal.SIGTERM)
            assert candidates == [1]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_progress_fits_the_terminal():
    """Share, speed and remaining time are redrawn at most ten times a second and can be cleared."""
    now = [0.0]
    stream = io.StringIO()
    progress = ProgressBar(stream, 1000, 70, "en", clock=lambda: now[0])
    progress.advance(10)
    assert stream.getvalue() == ""
    now[0] = 1.0
    progress.finding("logs/" + "很" * 60 + ".log")
    progress.advance(490)
    drawn = stream.getvalue()
    assert "50%" in drawn
    assert "1 found" in drawn
    assert "1 s left" in drawn
    progress.advance(1)
    assert stream.getvalue() == drawn
    progress.clear()
    progress.clear()
    assert stream.getvalue() == drawn + "\r\x1b[K"


def test_progress_without_a_total():
    """A pipe has no share, only the bytes read."""
    now = [0.0]
    stream = io.StringIO()
    progress = ProgressBar(stream, 0, 80, "en", clock=lambda: now[0])
    now[0] = 2.0
    progress.finding("-")
    progress.advance(2_000_000)
    assert "2.0 MB, 1.0 MB/s, 1 found -" in stream.getvalue()


def stats(**changes):
    given = ScanStats(files=1)
    for name, value in changes.items():
        setattr(given, name, value)
    return given


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_summary_has_every_count(lang):
    """In both languages; the summary of a clean scan is short."""
    full = stats(members=2, bytes_read=10**7, hidden=1, suppressed=11, masked_seen=12, placeholders=13, gaps=14)
    full.skipped["encrypted"] = 15
    full.count(finding())
    text = "\n".join(summary_lines(ScanVerdict(full, Severity.LOW), seconds=2.0, key="user", lang=lang))
    for word in ("11", "12", "13", "15", "10.0 MB", "5.0 MB/s", "leakwatch detectors show cn-mobile"):
        assert word in text
    clean = list(summary_lines(ScanVerdict(stats(), Severity.LOW), seconds=0.0, key="ephemeral", lang=lang))
    assert clean[0].startswith("✓")
    assert len(clean) == 3


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "verdict",
    [
        ScanVerdict(stats(), None, interrupted=Exit.INTERRUPTED),
        ScanVerdict(stats(gaps=1), None),
        ScanVerdict(stats(named_unread=1), None),
        ScanVerdict(stats(files=0), None),
        ScanVerdict(stats(skipped=Counter({"loop": 1})), None, strict=True),
    ],
)
def test_the_summary_gives_the_cause_of_an_incomplete_scan(verdict, lang):
    """Each cause has its text, in both languages."""
    lines = list(summary_lines(verdict, seconds=1.0, key="config", lang=lang))
    assert lines[0].startswith("!")
    assert verdict.complete is False
    assert lines[-1].strip().startswith(("incomplete", "interrupted", "不完整", "已中断"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_skip_reason_and_key_origin_has_a_text(lang):
    """The summary can name every reason and every origin of the key."""
    skipped = Counter(reason.value for reason in SkipReason)
    for key in KeyOrigin:
        assert list(summary_lines(ScanVerdict(stats(skipped=skipped), None), seconds=1.0, key=key.value, lang=lang))


def test_help_lists_the_formats_without_heavy_imports(scan, place):
    """``scan --help`` needs neither Presidio nor numpy."""
    began = time.monotonic()
    code = "import sys; from leakwatch.cli import main; main(['scan', '--help'], {}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "sarif   SARIF 2.1.0" in done.stdout
    loaded = done.stdout.splitlines()[-1].split()
    assert not {"presidio_analyzer", "numpy", "requests", "pydantic", "rich.table"} & set(loaded)
    assert time.monotonic() - began < 30


PROBE = """
import os, sys
from leakwatch.cli import main
code = main(["scan", "--no-state", *sys.argv[1:]], dict(os.environ))
heavy = {"presidio_analyzer", "spacy", "structlog", "requests", "rich.console", "apscheduler", "pyarrow", "openpyxl"}
heavy |= {"pydantic", "yaml"}
print(code, sorted(heavy & set(sys.modules)))
"""


def test_a_clean_scan_imports_nothing_heavy(place):
    """Neither Presidio nor logging, configuration or terminal libraries."""
    (place / "in" / "clean.log").write_text("2026-03-01 10:00:00 INFO order 1745678901234567890 done\n" * 1000)
    command = [sys.executable, "-c", PROBE, str(place / "in")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_several_processes_report_the_same_as_one(place, scan, monkeypatch):
    """In the same order and with the same summary; large inputs start the workers at once."""
    monkeypatch.setattr(scan_runner, "INLINE_BYTES", 2_000_000)
    begun = []
    monkeypatch.setattr(
        scan_runner.Pool, "start", lambda pool, real=scan_runner.Pool.start: (begun.append(1), real(pool))
    )
    lines = [f"2026-03-01 10:00:00 INFO sms - mobile=1390000{number:04}\n" for number in range(300)]
    (place / "in" / "a.log").write_text(FILLER.join(lines[:2]) + "".join(lines))
    (place / "in" / "b.log").write_text("".join(lines) + FILLER)
    records = []
    for jobs in ("1", "2"):
        code, out, _ = scan("-f", "jsonl", "in", "-j", jobs)
        assert code == 1
        records.append([json.loads(line) for line in out.splitlines()])
        del records[-1][-1]["seconds"]
    assert begun == [1]
    assert records[0] == records[1]
    assert records[0][-1]["findings"] == 602
