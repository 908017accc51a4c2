"""One new file is all that an addition needs: it is found, tested and measured, and nothing else is edited."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path) -> Path:
    """A copy of the sources and tests, to which a test adds its one file."""
    for folder in ("leakwatch", "detectors", "tests", "benchmarks", "config", "systemd"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("*.*"):
        if file.is_file():
            shutil.copy2(file, tmp_path)
    return tmp_path


def run_pytest(tree: Path, *args: str) -> None:
    """Run tests of the copy against the sources of the copy; fail with their output."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tree, tree / "detectors")))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *args]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


DETECTOR = '''
"""Staff badges of a made-up company: two capitals, a dash and seven digits."""

from __future__ import annotations

from leakwatch_detectors.contract import Prefilter, Detector, Example, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = Detector(
    entity="STAFF_BADGE",
    region=Region.ANY,
    title=Title("员工胸卡号", "Staff badge number"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(identity=True),
    pattern=LEFT + r"QX-[0-9]{7}" + RIGHT,
    prefilter=Prefilter(digits=7),
    scores=Scores(bare=0.6, key=0.9, context=0.8),
    keys=("staff badge", "badge no", "胸卡", "胸卡号"),
    words=("胸卡",),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("员工胸卡⟦QX-0000001⟧已登记", "Han characters touch both sides"),
        Example('{"staffBadge":"⟦QX-0000002⟧"}', "key in JSON"),
        Example("QX-000001 entered", "six digits"),
        Example("XQX-0000001 entered", "part of a longer token"),
    ),
)
'''.lstrip()


def test_a_detector_is_one_file(tree):
    """A detector dropped into ``entities`` passes every conformance suite, and the benchmark has values of it."""
    (tree / "detectors/leakwatch_detectors/entities/person/staff_badge.py").write_text(DETECTOR, "utf-8")
    run_pytest(tree, "tests/detectors/test_conformance.py", "-k", "staff-badge or catalogue")
    run_pytest(tree, "tests/benchmarks", "tests/detection/test_profiles.py", "tests/detectors/test_key_names.py")


REPORT = '''
"""Paths of the findings, one per line."""

from __future__ import annotations

from leakwatch.reports.render_options import printable


class PathsReport:
    def __init__(self, stream, _options):
        self._stream = stream

    def finding(self, finding):
        self._stream.write(printable(f"{finding.path} {finding.masked}") + "\\n")

    def skipped(self, skipped):
        self._stream.write(f"skipped {printable(skipped.origin.path)}\\n")

    def close(self, summary):
        self._stream.flush()
'''.lstrip()


def test_a_report_is_one_file_and_one_table_line(tree):
    """A report format passes the conformance suite, and ``scan`` offers it and writes it."""
    (tree / "leakwatch/reports/paths_report.py").write_text(REPORT, "utf-8")
    table = tree / "leakwatch/reports/__init__.py"
    before = "_ALL = (\n"
    line = '    ReportFormat("paths", "PathsReport", (".paths",), "paths only", streams=True),\n'
    text = table.read_text("utf-8")
    assert before in text
    table.write_text(text.replace(before, before + line), "utf-8")
    run_pytest(tree, "tests/reports")
    run_pytest(tree, "tests/cli/test_canary_scan.py", "tests/cli/test_scan.py", "-k", "format or suffix")


FORMAT = '''
"""Account files: one account a line, fields separated by colons."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.core.model import Origin
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.tables.row_table import RowTable
from leakwatch.readers.text.plain_text import DecodedStream

MAGIC = b"#accounts\\n"


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The accounts as rows."""
    decoded = DecodedStream(stream, context.encoding)
    lines = b"".join(decoded.blocks()).decode("utf-8", "replace").split("\\n")
    table = RowTable(origin, None)
    table.name_columns(("login", "mobile"))
    for number, line in enumerate(lines, 1):
        yield from table.add(number, line.split(":"))
    yield from table.end()
    decoded.close()
'''.lstrip()


def test_a_format_is_one_file_and_one_table_line(tree):
    """A reader dropped into its family and named in the table is conformant; scans and reports use it as it is."""
    (tree / "leakwatch/readers/text/accounts.py").write_text(FORMAT, "utf-8")
    formats = tree / "leakwatch/readers/formats.py"
    source = formats.read_text("utf-8")
    source = source.replace("readers.text import ", "readers.text import accounts, ", 1)
    line = '    Format("accounts", accounts.read, magic=(accounts.MAGIC,), suffixes=(".accounts",)),\n'
    formats.write_text(source.replace("FORMATS = (\n", "FORMATS = (\n" + line, 1), "utf-8")
    run_pytest(tree, "tests/readers/test_format_conformance.py", "-k", "accounts or unique")
    (tree / "input.accounts").write_text("#accounts\nzhang:13900001234\n", "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tree, tree / "detectors")))}
    command = [sys.executable, "-m", "leakwatch", "scan", "-f", "jsonl", "--no-state", "input.accounts"]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert '"kind":"cell"' in done.stdout, done.stdout + done.stderr
    assert '"row":2,"column":2' in done.stdout


SINK = '''
"""A chat of a made-up company: JSON with one text, and ``{"ok": true}`` when it is accepted."""

from __future__ import annotations

from typing import Any, ClassVar

from leakwatch.core.alert import Message
from leakwatch.core.model import Severity
from leakwatch.notify.message_text import NAMES, ROOMS, compose, fitting
from leakwatch.notify.rate_limit import MINUTE, Limit
from leakwatch.notify.receiver_answers import AnswerClass, Code, check_status, json_object, raise_for
from leakwatch.notify.sink import JSON_HEADERS, SinkSettings, SinkTraits, encode


class Pigeon:
    traits: ClassVar[SinkTraits] = SinkTraits(
        names=NAMES, accepted=b\'{"ok":0}\', limits=(Limit(30, MINUTE),), body_bytes=8_000, mentions=True
    )

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        def body(room: Any) -> bytes:
            card = compose(message, room, self._settings.keyword, self._settings.zone)
            people = self._settings.mention if card.severity >= Severity.CRITICAL else ()
            return encode({"text": "\\n".join(card.lines()), "mention": list(people)})

        return body(ROOMS[-1]) if brief else fitting(body, lambda built: len(built) <= 8_000)

    def cost(self, body: bytes) -> int:
        return 1

    def send(self, body: bytes, message_id: str) -> None:
        reply = self._settings.client.post(self._settings.url, body, JSON_HEADERS)
        check_status(reply)
        answer = json_object(reply).get("ok")
        raise_for(answer if isinstance(answer, int) and not isinstance(answer, bool) else None, {}, reply.after)
'''.lstrip()


def test_a_sink_is_one_file_and_one_table_line(tree):
    """A chat passes the conformance suite, can be configured, and the daemon's canaries search what it is sent."""
    (tree / "leakwatch/notify/pigeon.py").write_text(SINK, "utf-8")
    table = tree / "leakwatch/config/channel_types.py"
    text = table.read_text("utf-8")
    assert "_ALL = (\n" in text
    line = '    ChannelType("pigeon", "leakwatch.notify.pigeon", "Pigeon"),\n'
    table.write_text(text.replace("_ALL = (\n", "_ALL = (\n" + line), "utf-8")
    run_pytest(tree, "tests/notify/test_sinks.py", "tests/notify/test_rate_limit.py", "-k", "pigeon or table")
    run_pytest(tree, "tests/config", "-k", "schema or load or wrong_word")
    run_pytest(tree, "tests/daemon/test_canary_daemon.py", "-k", "no_value_leaves")
