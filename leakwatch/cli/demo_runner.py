"""Runs ``leakwatch demo``: a growing log, a dropped export, and a chat bot that receives the alerts.

All people are made up: their numbers are from unassigned ranges.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from leakwatch.cli.cli_context import CliContext
from leakwatch.core.errors import Exit

READY_SECONDS = 60.0
ALERT_SECONDS = 15.0
STOP_SECONDS = 10.0
MARKDOWN_BYTES = 4096
KEY = "demo"

LOG_LINE = (
    "2026-01-05 09:30:12.345 INFO  [http-nio-8080-exec-3] com.example.loan.ApplyController - "
    "apply accepted, realName=王小明, idCardNo=440301190808080125, mobile=13900001234\n"
)
EXPORT = (
    "姓名,身份证号,手机号,银行卡号,备注\n"
    "李小红,440301190808080125,13900001234,6217000000000000004,首期\n"
    "陈大文,810000190303030014,16200001234,6205500000000000004,已还清\n"
)

_CONFIG = """\
schema_version: 1
env: demo
state_dir: {home}/state
watch:
  - {{name: loan-api, kind: log, paths: ["{home}/logs/*.log"], service: loan-api, owner: loan-team}}
  - {{name: exports, kind: export, paths: ["{home}/exports"], service: exports, owner: data-team, settle: 500ms}}
alerts:
  lang: {lang}
  allow_hosts: ["127.0.0.1"]
  channels:
    - {{name: demo, type: wecom, url: "http://127.0.0.1:{port}/cgi-bin/webhook/send?key={key}"}}
metrics: {{listen: off}}
"""


class _Step(NamedTuple):
    """A file to write, and the key of the text that announces it."""

    message_key: str
    file: str
    text: str


_STEPS = (
    _Step("demo.log_written", "logs/loan-api.log", LOG_LINE),
    _Step("demo.export_dropped", "exports/customers.csv", EXPORT),
)


class ReceivedMessage(NamedTuple):
    """A message and when it arrived, in epoch seconds."""

    received_at: float
    content: str


@dataclass(slots=True)
class WeComReceiver:
    """A receiver with the rules of a WeCom group bot: JSON, its key, markdown of at most 4096 bytes."""

    messages: list[ReceivedMessage] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                code, reason = receiver.accept(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                body = json.dumps({"errcode": code, "errmsg": reason}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name http.server wants
                """Log nothing: the demo prints the messages itself."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def accept(self, path: str, body: bytes) -> tuple[int, str]:
        """The service's error code and text for a post; 0 if the message is accepted."""
        url = urlsplit(path)
        if url.path != "/cgi-bin/webhook/send" or parse_qs(url.query).get("key") != [KEY]:
            return 93000, "invalid webhook url"
        try:
            content = json.loads(body)["markdown"]["content"]
        except (ValueError, KeyError, TypeError):
            return 40008, "invalid message type"
        if len(content.encode()) > MARKDOWN_BYTES:
            return 40058, "markdown.content exceed max length 4096"
        with self.arrived:
            self.messages.append(ReceivedMessage(time.time(), content))
            self.arrived.notify_all()
        return 0, "ok"

    def wait(self, count: int, seconds: float) -> bool:
        """Wait until ``count`` messages were accepted; False on timeout."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.messages) >= count, seconds)

    def close(self) -> None:
        """Stop the server."""
        self.server.shutdown()
        self.server.server_close()


def run_demo(context: CliContext) -> Exit:
    """Run the demo; ``Exit.FOUND`` if the daemon does not start or an alert does not arrive."""
    receiver = WeComReceiver()
    try:
        with tempfile.TemporaryDirectory(prefix="leakwatch-demo-") as home:
            return _run_steps(context, Path(home), receiver)
    finally:
        receiver.close()


def _run_steps(context: CliContext, home: Path, receiver: WeComReceiver) -> Exit:
    console = context.console()

    def announce(key: str, **values: object) -> None:
        console.print(f"▸ {context.message(key, **values)}", style="bold", soft_wrap=True)

    def fail(key: str, suffix: str = "") -> Exit:
        console.print(f"  {context.message(key)}{suffix}", style="red", soft_wrap=True)
        return Exit.FOUND

    announce("demo.starting")
    started = time.monotonic()
    with _running_daemon(home, receiver, context) as daemon:
        if not _wait_until_ready(daemon, home):
            return fail("demo.not_ready")
        announce("demo.ready", seconds=time.monotonic() - started)
        for number, step in enumerate(_STEPS):
            announce(step.message_key)
            written_at = time.time()
            _append(home / step.file, step.text)
            if not receiver.wait(number + 1, ALERT_SECONDS):
                return fail("demo.no_alert", f" ({number + 1}/{len(_STEPS)})")
            received_at, content = receiver.messages[number]
            announce("demo.alert_received", seconds=received_at - written_at)
            for line in _plain_text(content):
                console.print(f"    {line}", soft_wrap=True)
        announce("demo.done", count=len(_STEPS))
    return Exit.OK


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def _running_daemon(home: Path, receiver: WeComReceiver, context: CliContext) -> Iterator[subprocess.Popen[bytes]]:
    for name in ("logs", "exports"):
        (home / name).mkdir()
    port = receiver.server.server_address[1]
    config = home / "leakwatch.yaml"
    config.write_text(_CONFIG.format(home=home, port=port, key=KEY, lang=context.lang), encoding="utf-8")
    command = [sys.executable, "-m", "leakwatch", "--config", str(config), "run"]
    log = None if context.verbosity else subprocess.DEVNULL
    env = {name: value for name, value in os.environ.items() if name not in {"NOTIFY_SOCKET", "RUNTIME_DIRECTORY"}}
    process = subprocess.Popen(command, stderr=log, env=env)  # noqa: S603  # our own program
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(daemon: subprocess.Popen[bytes], home: Path) -> bool:
    from leakwatch.daemon.control import SOCKET, ask  # noqa: PLC0415  keeps `--help` fast

    deadline = time.monotonic() + READY_SECONDS
    while daemon.poll() is None and time.monotonic() < deadline:
        status = ask(home / "state" / SOCKET, "status")
        if status and status["ready"]:
            return True
        time.sleep(0.05)
    return False


def _plain_text(markdown: str) -> list[str]:
    """The bot's markdown as the chat shows it."""
    text = re.sub(r"</?font[^>]*>|\*\*", "", markdown)
    return [line.removeprefix("> ") for line in text.splitlines()]
