"""Send SIGKILL to the daemon repeatedly while a log grows and rotates: no finding is lost or stored twice.

``python -m crash.run --kills 20 --rate 5000`` prints what was planted, found, lost and duplicated, and fails if
anything was lost or duplicated.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crash.writer import NUMBERS, mobile
from leakwatch.daemon.control import SOCKET, ask
from leakwatch.privacy.redaction import load_key

CONFIG = """\
schema_version: 1
state_dir: {home}/state
watch:
  - {{name: app, kind: log, paths: ["{home}/logs/app.log*"], service: app}}
alerts:
  allow_hosts: ["127.0.0.1"]
  channels:
    - {{name: soc, type: webhook, url: "http://127.0.0.1:{port}/hook"}}
metrics: {{listen: off}}
"""

KILL_SECONDS = 2.5
"""Mean seconds per kill, to spread the planted values over the whole run."""


@dataclass
class Receiver:
    """Answers 503 to 10 % of the calls and 429 to 5 %, and closes the connection after accepting another 5 %."""

    seed: int
    bodies: dict[str, set[bytes]] = field(default_factory=dict)
    posts: Counter = field(default_factory=Counter)
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    receiver.calls += 1
                    dice = chance.random()
                    accept = dice >= 0.15
                    if accept:
                        identity = self.headers["webhook-id"] or json.loads(body)["id"]
                        receiver.posts[identity] += 1
                        receiver.bodies.setdefault(identity, set()).add(body)
                if 0.15 <= dice < 0.20:
                    self.connection.close()
                    return
                self.send_response(200 if accept else 503 if dice < 0.10 else 429)
                if 0.10 <= dice < 0.15:
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """No request log."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]


def daemon(home: Path) -> subprocess.Popen:
    with (home / "daemon.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "leakwatch", "-c", str(home / "leakwatch.yaml"), "run"], stderr=log
        )


def caught_up(home: Path, deadline: float) -> bool:
    while time.monotonic() < deadline:
        status = ask(home / "state" / SOCKET, "status")
        if status and status["ready"] and all(watch["lag_bytes"] == 0 for watch in status["watches"]):
            return True
        time.sleep(0.2)
    return False


def wait_for_delivery(home: Path, deadline: float) -> None:
    """Wait until no alert is pending; refused ones are retried within a minute."""
    while time.monotonic() < deadline:
        status = ask(home / "state" / SOCKET, "status")
        if status and not any(channel["pending"] for channel in status["channels"]):
            return
        time.sleep(0.5)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--rotate", choices=["rename", "copytruncate"], default="rename")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    receiver = Receiver(options.seed)
    with tempfile.TemporaryDirectory(prefix="leakwatch-crash-") as directory:
        home = Path(directory)
        (home / "logs").mkdir()
        (home / "leakwatch.yaml").write_text(CONFIG.format(home=home, port=receiver.port))
        running = daemon(home)
        assert caught_up(home, time.monotonic() + 60), (home / "daemon.log").read_text()
        with (home / "planted").open("wb") as planted_file:
            writer = subprocess.Popen(
                [
                    *(sys.executable, str(Path(__file__).with_name("writer.py")), str(home / "logs" / "app.log")),
                    *("--rate", str(options.rate), "--rotate", options.rotate, "--seed", str(options.seed)),
                    *("--keep", "1000"),  # a file deleted before it could be read would be lost
                    *("--every", str(int(max(50, options.rate * options.kills * KILL_SECONDS // NUMBERS)))),
                ],
                stdout=planted_file,
            )
        began = time.monotonic()
        for _ in range(options.kills):
            time.sleep(chance.uniform(0.5, 5.0))
            running.send_signal(signal.SIGKILL)
            running.wait()
            running = daemon(home)
        time.sleep(1)
        writer.kill()
        writer.wait()
        seconds = time.monotonic() - began
        done = caught_up(home, time.monotonic() + 120 + seconds)
        wait_for_delivery(home, time.monotonic() + 120)
        running.send_signal(signal.SIGTERM)
        code = running.wait(15)
        planted = (home / "planted").read_text().split()
        return report(options, home, planted, receiver, seconds, done=done, code=code)


def report(
    options, home: Path, planted: list[str], receiver: Receiver, seconds: float, *, done: bool, code: int
) -> int:
    fingerprinter = load_key(None, home / "state", None, ephemeral=False)
    on_disk = {
        value.decode()
        for path in (home / "logs").iterdir()
        for value in re.findall(rb" (?:mobile|idCardNo)=(\d{11}|\d{17}[\dX]) ", path.read_bytes())
    }
    # Values are written in order: all up to the last one on disk were written, even if their file was deleted.
    last = max((number for number, value in enumerate(planted) if value in on_disk), default=-1)
    written = planted[: last + 1]  # values printed but not yet written are no loss
    with sqlite3.connect(home / "state" / "leakwatch.db") as db:
        found = Counter(row[0] for row in db.execute("SELECT fingerprint FROM finding"))
        counted = db.execute("SELECT sum(count) FROM incident").fetchone()[0] or 0
        told = {row[0] for row in db.execute("SELECT subject FROM told")}
        incidents = {row[0] for row in db.execute("SELECT id FROM incident")}
        integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
    expected = {
        fingerprinter.value("CN_MOBILE" if len(value) == len(mobile(0)) else "CN_RESIDENT_ID", value)
        for value in written
    }
    lost = expected - set(found)
    twice = sum(count - 1 for count in found.values())
    changed = sum(len(bodies) > 1 for bodies in receiver.bodies.values())
    print(f"seed {options.seed}, {options.rotate}, {options.kills} kills in {seconds:.0f} s at {options.rate} lines/s")
    print(f"planted {len(written)}, found {len(found)}, lost {len(lost)}, findings stored twice {twice}")
    print(f"incident counts {counted}; database integrity {integrity}; caught up {done}; stop code {code}")
    accepted = {identity.rpartition("-")[0] for identity in receiver.posts}
    print(f"incidents {len(incidents)}, alerted {len(told)}, accepted by the receiver {len(incidents & accepted)}")
    print(
        f"receiver: {receiver.calls} calls, {len(receiver.posts)} messages, "
        f"{sum(receiver.posts.values()) - len(receiver.posts)} raw re-posts, {changed} ids with differing bytes"
    )
    bad = (
        incidents - accepted
        or lost
        or twice
        or changed
        or counted != len(found)
        or not done
        or code != 0
        or integrity != "ok"
    )
    return 1 if bad or len(written) < options.kills else 0


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main())
