"""Values planted in every part of an input never appear in the output, errors or files of a scan."""

import json
import os
import signal
import subprocess
import sys
import zipfile

import openpyxl
import pytest
from support.clean_environment import INHERITED

from leakwatch.core.model import Field, Origin, RecordChunk, TextChunk
from leakwatch.core.places import LinePlace
from leakwatch.reports import REPORT_FORMATS

CANARIES = ("13900000417", "440301190808080125", "mail.canary@example.com")
FORMS = [form for value in CANARIES for form in (value, value[:3] + " " + value[3:])]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Canaries in the names of directories, files, members, sheets and columns, in keys, and in content of several formats."""
    root = tmp_path_factory.mktemp("canary")
    (root / ".git").mkdir()
    mobile, identity, mail = CANARIES
    inside = root / "in" / f"user-{mobile}"
    inside.mkdir(parents=True)
    (inside / f"{identity}.log").write_text(f"mobile={mobile} idNo={identity} mail={mail}\n{mobile}={identity}\n")
    (inside / mail).write_text(f"mail={mail}\n")
    (inside / "t.csv").write_text(f"{mobile},手机号,{mail}\n{identity},{mobile},{mail}\n{identity},{mobile},{mail}\n")
    (inside / "r.jsonl").write_text(json.dumps({mobile: {identity: mail}, "phone": mobile}) + "\n")
    (inside / "d.json").write_text(json.dumps([{mail: mobile, "list": [{"idNo": identity}]}]))
    (inside / "broken.json").write_text('{"phone": "' + mobile)
    book = openpyxl.Workbook()
    book.active.title = f"s {mobile}"
    book.active.append([identity, "电话"])
    book.active.append([mail, mobile])
    book.save(inside / f"b-{mobile}.xlsx")
    with zipfile.ZipFile(inside / f"a_{identity}.zip", "w") as archive:
        archive.writestr(f"{mobile}/{identity}.csv", f"手机号\n{mobile}\n")
        archive.writestr(f"{mobile}.rar", b"Rar!\x1a\x07\x00" + bytes(50))
    (inside / f"{mobile}.rar").write_bytes(b"Rar!\x1a\x07\x00" + bytes(50))
    (root / "in" / f"{mobile}.gz").write_bytes(b"\x1f\x8b\x08" + bytes(20))
    return root


def scan(root, *args, code=None):
    """Run a scan in a child process; return its output together with the files it left behind, and the exit code."""
    program = [sys.executable, "-c", code] if code else [sys.executable, "-m", "leakwatch"]
    before = set(root.rglob("*"))
    done = subprocess.run(
        [*program, "scan", f"in/user-{CANARIES[0]}", f"in/{CANARIES[0]}.gz", f"missing-{CANARIES[0]}", *args],
        capture_output=True, cwd=root, check=False,
        env=INHERITED | {"PATH": os.environ["PATH"], "HOME": str(root / "home")},
    )  # fmt: skip
    left = b"".join(path.read_bytes() for path in root.rglob("*") if path not in before and path.is_file())
    return (done.stdout + done.stderr + left).decode("utf-8", "replace"), done.returncode


def canaries_in(output):
    return [form for form in FORMS if form in output]


@pytest.mark.parametrize("format_", REPORT_FORMATS)
def test_no_format_prints_a_canary(tree, format_):
    """Every canary is found and reported, at the highest verbosity, masked."""
    output, code = scan(tree, "-f", format_, "-v")
    assert code == 1
    assert canaries_in(output) == []
    assert "139****0417" in output


def test_no_report_file_holds_a_canary(tree):
    """Report files and the key file hold no canary."""
    output, code = scan(tree, "-o", "all.json", "-o", "all.jsonl", "-o", "all.sarif", "-v")
    assert code == 1
    assert canaries_in(output) == []
    records = [json.loads(line) for line in (tree / "all.jsonl").read_text().splitlines()]
    entities = {record["entity"] for record in records if record["record"] == "finding"}
    assert {"CN_MOBILE", "CN_RESIDENT_ID", "EMAIL_ADDRESS"} <= entities
    kinds = {record["place"]["kind"] for record in records if record["record"] == "finding"}
    assert {"line", "cell", "record"} <= kinds


FAILING = """
import sys
import leakwatch.{module} as module
from leakwatch.cli import entry

def broken(*given, **named):
    value = {value!r}
    raise {error}(value + repr(given) + repr(named))

module.{name} = broken
entry()
"""


@pytest.mark.parametrize("error", ["ValueError", "MemoryError", "OSError"])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("detection.analyze.detection_engine", "DetectionEngine.find"),
        ("pipeline.task", "open_input"),
        ("detection.analyze.analyzer", "decide"),
        ("reports.jsonl_report", "JsonLinesReport.finding"),
        ("cli.report_outputs", "ReportOutputs.close"),
    ],
)
def test_no_failure_prints_a_canary(tree, module, name, error):
    """An exception whose text is the value is reported by type and place only, wherever it is raised."""
    code = FAILING.format(module=module, name=name, error=error, value=CANARIES[0])
    # after two seconds others would be called in, and nothing is broken in them
    output, exit_code = scan(tree, "-f", "jsonl", "-v", "-j", "1", code=code)
    assert exit_code in {3, 4}, output
    assert canaries_in(output) == []
    assert error in output or "damaged" in output  # a read error of the system has its reason in the record


def test_no_interrupted_scan_prints_a_canary(tree):
    """Ctrl-C during analysis prints no traceback."""
    code = FAILING.format(module="pipeline.task", name="open_input", error="KeyboardInterrupt", value=CANARIES[0])
    output, exit_code = scan(tree, "-f", "jsonl", "-v", code=code)
    assert exit_code == 130
    assert canaries_in(output) == []
    assert "Traceback" not in output


def test_an_aborted_scan_leaves_no_core_file(tree):
    """A core file would hold the values, even where the resource limit allows one."""
    code = (
        "import os, resource, leakwatch.detection.analyze.analyzer as module; from leakwatch.cli import entry;"
        "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2);"
        "module.decide = lambda *_: os.abort(); entry()"
    )
    output, exit_code = scan(tree, "-f", "jsonl", "-j", "1", code=code)
    assert exit_code == -signal.SIGABRT
    assert not list(tree.glob("core*"))
    assert canaries_in(output) == []


def test_representations_of_inputs_hold_no_content():
    """``repr`` of a chunk, as a debugger or log prints it, is free of values."""
    for chunk in (
        TextChunk(Origin("a"), CANARIES[0].encode()),
        RecordChunk(Origin("a"), ((Field(CANARIES[0], LinePlace(1), CANARIES[0]),),)),
    ):
        assert canaries_in(repr(chunk)) == []
