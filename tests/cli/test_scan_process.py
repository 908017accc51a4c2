"""``leakwatch scan`` as a process: standard input, signals, pipes, progress, workers and start-up cost."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.scan_cli import FILLER, LEAK, MOBILE, leak, records, start_scan, wait_readable

from leakwatch.cli import scan_runner
from leakwatch.core.errors import Exit


def test_standard_input_is_scanned_under_its_name(workdir):
    """--stdin-name is reported and selects the reader; a redirected file works like a pipe."""
    table = f"手机号,x\n{MOBILE},1\n".encode()
    piped = subprocess.run(
        [sys.executable, "-m", "leakwatch", "scan", "-", "-f", "jsonl", "--stdin-name", "u.csv", "--no-state"],
        input=table, capture_output=True, cwd=workdir, check=False,
    )  # fmt: skip
    assert piped.returncode == 1
    first = records(piped.stdout.decode())[0]
    assert (first["path"], first["place"]["kind"]) == ("u.csv", "cell")
    path = workdir / "in/u.csv"
    path.write_bytes(table)
    with path.open("rb") as file:
        process = start_scan(workdir, "-", "-f", "jsonl", stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, _ = process.communicate(timeout=60)
    assert records(out.decode())[0]["path"] == "-"


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_valid_partial_report(workdir, number, expected):
    """Interrupted while waiting for input, a scan finishes its reports and marks them as incomplete."""
    process = start_scan(
        workdir, "-", "-f", "jsonl", "-o", "r.json",
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
    assert json.loads((workdir / "r.json").read_text())["summary"]["complete"] is False


def test_a_closed_pipe_ends_the_scan_quietly(workdir):
    """With ``| head``, nothing is printed and no temporary file is left."""
    leak(workdir, text=LEAK * 20_000)
    process = start_scan(workdir, "in", "-f", "jsonl", "-o", "r.json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == Exit.PIPE_CLOSED
    assert "Traceback" not in err
    assert not [path for path in workdir.iterdir() if "r.json" in path.name]


def test_a_full_disk_under_standard_output_exits_4(workdir):
    """The system's reason is printed."""
    leak(workdir)
    with Path("/dev/full").open("w") as full:
        process = start_scan(workdir, "in", "-f", "json", stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERNAL
    assert b"No space left" in err


def test_findings_are_written_while_scanning(workdir):
    """The first finding of a pipe arrives while the pipe is open."""
    process = start_scan(
        workdir, "-", "-f", "jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write((LEAK + FILLER).encode())
    process.stdin.flush()
    wait_readable(process.stdout)
    assert json.loads(process.stdout.readline())["entity"] == "CN_MOBILE"
    assert process.poll() is None
    process.communicate(timeout=60)


def test_progress_is_drawn_on_a_terminal_only(workdir):
    """The bar is removed at the end; --no-progress disables it."""
    leak(workdir, text=LEAK + FILLER * 2)
    output = {}
    for options in ((), ("--no-progress",)):
        parent_end, child_end = pty.openpty()
        process = start_scan(
            workdir, "in", "-f", "jsonl", *options,
            stdout=subprocess.DEVNULL, stderr=child_end, env={"TERM": "xterm"},
        )  # fmt: skip
        os.close(child_end)
        output[options] = b""
        while True:
            try:
                part = os.read(parent_end, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            output[options] += part
        os.close(parent_end)
        assert process.wait(60) == 1
    assert "━".encode() in output[()]
    assert b"\r\x1b[K" in output[()]
    assert "━".encode() not in output[("--no-progress",)]


def test_help_lists_the_formats_without_heavy_imports(scan, workdir):
    """``scan --help`` needs neither Presidio nor numpy."""
    code = "import sys; from leakwatch.cli import main; main(['scan', '--help'], {}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "sarif   SARIF 2.1.0" in done.stdout
    loaded = done.stdout.splitlines()[-1].split()
    assert not {"presidio_analyzer", "numpy", "requests", "pydantic", "rich.table"} & set(loaded)


PROBE = """
import os, sys
from leakwatch.cli import main
code = main(["scan", "--no-state", *sys.argv[1:]], dict(os.environ))
heavy = {"presidio_analyzer", "spacy", "structlog", "requests", "rich.console", "apscheduler", "pyarrow", "openpyxl"}
heavy |= {"pydantic", "yaml"}
print(code, sorted(heavy & set(sys.modules)))
"""


def test_a_clean_scan_imports_nothing_heavy(workdir):
    """Neither Presidio nor logging, configuration or terminal libraries."""
    (workdir / "in" / "clean.log").write_text("2026-03-01 10:00:00 INFO order 1745678901234567890 done\n" * 1000)
    command = [sys.executable, "-c", PROBE, str(workdir / "in")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_several_processes_report_the_same_as_one(workdir, scan, monkeypatch):
    """In the same order and with the same summary; large inputs start the workers at once."""
    monkeypatch.setattr(scan_runner, "INLINE_BYTES", 2_000_000)
    started = []
    monkeypatch.setattr(
        scan_runner.Pool, "start", lambda pool, real=scan_runner.Pool.start: (started.append(1), real(pool))
    )
    lines = [f"2026-03-01 10:00:00 INFO sms - mobile=1390000{number:04}\n" for number in range(300)]
    (workdir / "in" / "a.log").write_text(FILLER.join(lines[:2]) + "".join(lines))
    (workdir / "in" / "b.log").write_text("".join(lines) + FILLER)
    reports = []
    for jobs in ("1", "2"):
        code, out, _ = scan("-f", "jsonl", "in", "-j", jobs)
        assert code == 1
        reports.append(records(out))
        del reports[-1][-1]["seconds"]
    assert started == [1]
    assert reports[0] == reports[1]
    assert reports[0][-1]["findings"] == 602
