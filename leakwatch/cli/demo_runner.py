"""The play that ``leakwatch demo`` shows: a log that grows, an export that is dropped, a chat that hears of both.

All people in it are made up: numbers are from ranges that are not in use.
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
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from leakwatch.cli.cli_context import CliContext
from leakwatch.core.errors import Exit

READY_SECONDS = 60.0
ALERT_SECONDS = 15.0
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

_WORDS = {
    "zh": {
        "start": "启动守护进程（临时目录，退出时删除）…",
        "ready": "守护进程就绪，用时 {seconds:.1f} 秒",
        "log": "应用向 loan-api.log 写入一行日志（姓名、身份证、手机号均为虚构）",
        "export": "有人把导出文件 customers.csv 放进导出目录（两位虚构客户）",
        "alert": "群机器人收到告警，距写入 {seconds:.2f} 秒：",
        "missing": "没有等到告警",
        "end": "完成：{count} 条告警均已送达。原始值从未离开本机：告警中只有掩码样例。",
    },
    "en": {
        "start": "starting the daemon (temporary directory, removed at the end) …",
        "ready": "the daemon is ready after {seconds:.1f} s",
        "log": "the application writes one line to loan-api.log (name, ID and mobile number are made up)",
        "export": "somebody drops the export customers.csv (two made-up customers)",
        "alert": "the chat robot received an alert, {seconds:.2f} s after that:",
        "missing": "no alert came",
        "end": "done: {count} alerts arrived. No value left the machine: alerts carry masked samples only.",
    },
}


@dataclass(slots=True)
class Robot:
    """A receiver with the rules of a WeCom group robot: JSON, its key, markdown of at most 4096 bytes."""

    messages: list[tuple[float, str]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                code, reason = robot.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                body = json.dumps({"errcode": code, "errmsg": reason}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name http.server wants
                """The play is all that is shown."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str, body: bytes) -> tuple[int, str]:
        """Accept or refuse a post, as the service would."""
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
            self.messages.append((time.time(), content))
            self.arrived.notify_all()
        return 0, "ok"

    def wait(self, count: int, seconds: float) -> bool:
        """Wait until that many messages were accepted."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.messages) >= count, seconds)


def play(session: CliContext) -> Exit:
    """Show the play; ``Exit.FOUND`` when an alert did not come."""
    words = _WORDS[session.lang]
    out = session.out()
    robot = Robot()

    def say(name: str, **facts: object) -> None:
        out.print(f"▸ {words[name].format(**facts)}", style="bold", soft_wrap=True)

    with tempfile.TemporaryDirectory(prefix="leakwatch-demo-") as home:
        say("start")
        began = time.monotonic()
        with _daemon(Path(home), robot, session) as daemon:
            if not _ready(daemon, Path(home)):
                out.print(f"  {words['missing']}", style="red")
                return Exit.FOUND
            say("ready", seconds=time.monotonic() - began)
            acts: list[tuple[str, Callable[[], None]]] = [
                ("log", lambda: _append(Path(home, "logs", "loan-api.log"), LOG_LINE)),
                ("export", lambda: _append(Path(home, "exports", "customers.csv"), EXPORT)),
            ]
            for number, (name, act) in enumerate(acts, start=1):
                known = len(robot.messages)
                say(name)
                acted = time.time()
                act()
                if not robot.wait(known + 1, ALERT_SECONDS):
                    out.print(f"  {words['missing']} ({number}/{len(acts)})", style="red")
                    return Exit.FOUND
                arrived, content = robot.messages[known]
                say("alert", seconds=arrived - acted)
                for line in _plain(content):
                    out.print(f"    {line}", soft_wrap=True)
            say("end", count=len(acts))
    robot.server.shutdown()
    robot.server.server_close()
    return Exit.OK


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def _daemon(home: Path, robot: Robot, session: CliContext) -> _Ending:
    for name in ("logs", "exports"):
        (home / name).mkdir()
    port = robot.server.server_address[1]
    config = home / "leakwatch.yaml"
    config.write_text(_CONFIG.format(home=home, port=port, key=KEY, lang=session.lang), encoding="utf-8")
    command = [sys.executable, "-m", "leakwatch", "--config", str(config), "run"]
    log = None if session.verbosity else subprocess.DEVNULL
    env = {name: value for name, value in os.environ.items() if name not in {"NOTIFY_SOCKET", "RUNTIME_DIRECTORY"}}
    return _Ending(subprocess.Popen(command, stderr=log, env=env))  # noqa: S603  # our own program


class _Ending:
    """The daemon's process, stopped with the block."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _ready(daemon: subprocess.Popen[bytes], home: Path) -> bool:
    from leakwatch.daemon.control import SOCKET, ask  # noqa: PLC0415  # so that `--help` stays quick

    deadline = time.monotonic() + READY_SECONDS
    while daemon.poll() is None and time.monotonic() < deadline:
        status = ask(home / "state" / SOCKET, "status")
        if status and status["ready"]:
            return True
        time.sleep(0.05)
    return False


def _plain(content: str) -> list[str]:
    """The robot's markdown as a person reads it in the chat."""
    text = re.sub(r"</?font[^>]*>|\*\*", "", content)
    return [line.removeprefix("> ") for line in text.splitlines()]
