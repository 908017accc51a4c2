"""Measure the time from writing a line to its alert being accepted, for 200 leaks.

``python benchmarks/latency.py`` runs the real daemon and a local receiver of the generic webhook, and prints p50, p99,
the maximum and the CPU use of the daemon. Each leak has its own file and logger and is written after the alert for the
previous one was accepted, while another log grows at a steady rate.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from leakwatch.daemon.control import SOCKET, ask
from leakwatch.daemon.cpu_limit import used_by

CONFIG = """\
schema_version: 1
state_dir: {home}/state
watch:
  - {{name: app, kind: log, paths: ["{home}/logs"], service: app}}
alerts:
  allow_hosts: ["127.0.0.1"]
  channels:
    - {{name: soc, type: webhook, url: "http://127.0.0.1:{port}/hook"}}
metrics: {{listen: off}}
"""

STEPS = 100
"""Writes per second to the busy log."""


def receiver() -> tuple[ThreadingHTTPServer, threading.Semaphore, list[float]]:
    accepted: list[float] = []
    arrived = threading.Semaphore(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            accepted.append(time.time())
            arrived.release()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, arrived, accepted


def write(path: Path, rate: int, going_on: threading.Event) -> None:
    """Append ``rate`` lines per second to a log until ``going_on`` is cleared."""
    lines = "".join(
        f"2026-01-05 10:00:00.{number % 1000:03} INFO [main] c.e.loan.Busy - order {number} took {number % 90} ms\n"
        for number in range(rate // STEPS)
    )
    due = time.monotonic()
    with path.open("w", buffering=1) as file:
        while going_on.is_set():
            file.write(lines)
            due += 1 / STEPS
            time.sleep(max(due - time.monotonic(), 0))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaks", type=int, default=200)
    parser.add_argument("--background", type=int, default=5000, help="lines per second in another log")
    options = parser.parse_args()
    server, arrived, accepted = receiver()
    with tempfile.TemporaryDirectory(prefix="leakwatch-latency-") as directory:
        home = Path(directory)
        (home / "logs").mkdir()
        (home / "leakwatch.yaml").write_text(CONFIG.format(home=home, port=server.server_address[1]))
        command = [sys.executable, "-m", "leakwatch", "-c", str(home / "leakwatch.yaml"), "run"]
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "NOTIFY_SOCKET": ""})
        while not (ask(home / "state" / SOCKET, "status") or {}).get("ready"):
            time.sleep(0.1)
        busy = threading.Event()
        busy.set()
        writer = threading.Thread(target=write, args=(home / "logs" / "busy.log", options.background, busy))
        writer.start()
        times = []
        used, since = used_by(daemon.pid), time.monotonic()
        for number in range(options.leaks):
            line = f"2026-01-05 10:00:00.000 INFO [main] c.e.loan.Job{number} - sent to mobile=1390000{number:04}\n"
            began = time.time()
            (home / "logs" / f"service-{number}.log").write_text(line)
            if not arrived.acquire(timeout=30):
                print(f"leak {number}: no alert within 30 s", file=sys.stderr)
                busy.clear()
                return 1
            times.append(accepted[-1] - began)
        share = (used_by(daemon.pid) - used) / (time.monotonic() - since)
        busy.clear()
        writer.join()
        daemon.terminate()
        daemon.wait(60)
    times.sort()
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    p50, worst = statistics.median(times), times[-1]
    figures = f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, max {worst * 1000:.0f} ms"
    print(f"{len(times)} leaks beside {options.background} lines/s: {figures}; daemon CPU {share:.1%} of a core")
    return 0


if __name__ == "__main__":
    sys.exit(main())
