"""Measure how the daemon reads a large backlog while other logs are written: lag, memory and speed.

``python benchmarks/backlog.py --bytes 20000000000`` is the full run; the default is a tenth. ``--files 100000`` spreads
the backlog over as many logs, a thousand per directory. A small log is written meanwhile, with a leak every half
second. The output is the lag of these leaks (written to alert accepted), the peak memory of all processes of the
daemon, and the speed beside that of ``leakwatch scan`` on the same logs.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from latency import CONFIG

from leakwatch.daemon.control import SOCKET, ask
from leakwatch.daemon.cpu_limit import used_by

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support import made_up  # noqa: E402

MB = 1_000_000
LINE = "2026-01-05 10:00:00.000 INFO [main] c.e.live.Job - request {number} served in 12 ms\n"
LEAK = "2026-01-05 10:00:00.000 INFO [main] c.e.live.Job{number} - sent to mobile=1390000{number:04}\n"
SCANNED_BYTES = 1000 * MB
SCANNED_FILES = 5000
FOLDER_FILES = 1000
PATIENCE_SECONDS = 30.0
PERIOD_SECONDS = 0.5
"""Seconds between two leaks."""


def resident(pid: int) -> float:
    """Memory in MB of a process and its descendants; shared pages count once (PSS)."""
    total, waiting = 0.0, [pid]
    while waiting:
        pid = waiting.pop()
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            for thread in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1000
    return total


def make_backlog(logs: Path, size: int, files: int) -> list[Path]:
    """Write sparse logs that repeat the same lines, each from a different start."""
    log = made_up.log(random.Random(7), 20 * MB, 0.0005)
    each, paths = size // files, []
    for number in range(files):
        folder = logs / f"{number // FOLDER_FILES}" if files > FOLDER_FILES else logs
        folder.mkdir(exist_ok=True)
        paths.append(folder / f"old-{number}.log")
        start = log.index(b"\n", number * 7919 * 100 % (len(log) - 1000)) + 1
        with paths[-1].open("wb") as file:
            file.write(log[start : start + each])
            while file.tell() < each:
                file.write(log[: each - file.tell()])
    return paths


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=2000 * MB, help="bytes of backlog")
    parser.add_argument("--files", type=int, default=8, help="number of logs")
    parser.add_argument("--rate", type=int, default=200, help="lines per second written meanwhile")
    given = parser.parse_args()
    server, accepted = receiver()
    with tempfile.TemporaryDirectory(prefix="leakwatch-backlog-") as directory:
        home = Path(directory)
        (home / "logs").mkdir()
        old = make_backlog(home / "logs", given.bytes, given.files)
        scanned = old[: min(SCANNED_FILES, max(1, given.files * SCANNED_BYTES // given.bytes))]
        begun = time.monotonic()
        scan = [sys.executable, "-m", "leakwatch", "scan", "--no-state", "-q", "-f", "jsonl", "-j", "1"]
        subprocess.run([*scan, *map(str, scanned)], stdout=subprocess.DEVNULL, check=False)
        scan_speed = sum(path.stat().st_size for path in scanned) / MB / (time.monotonic() - begun)
        (home / "leakwatch.yaml").write_text(CONFIG.format(home=home, port=server.server_address[1]))
        command = [sys.executable, "-m", "leakwatch", "-c", str(home / "leakwatch.yaml"), "run"]
        began = time.monotonic()
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "NOTIFY_SOCKET": ""})
        try:
            while not (ask(home / "state" / SOCKET, "status") or {}).get("ready"):
                if daemon.poll() is not None:
                    print("the daemon did not start", file=sys.stderr)
                    return 1
                time.sleep(0.1)
            print(
                f"ready after {time.monotonic() - began:.1f} s, {used_by(daemon.pid):.1f} s of CPU",
                flush=True,
            )
            read_from, memory, written = time.monotonic(), 0.0, []
            with (home / "logs" / "live.log").open("w", buffering=1) as live:
                backlog = True
                while backlog:
                    live.write("".join(LINE.format(number=at) for at in range(int(given.rate * PERIOD_SECONDS))))
                    written.append(time.time())
                    live.write(LEAK.format(number=len(written) - 1))
                    memory = max(memory, resident(daemon.pid))
                    status = ask(home / "state" / SOCKET, "status")
                    backlog = status is None or status["watches"][0]["backlog"]
                    time.sleep(PERIOD_SECONDS)
            seconds = time.monotonic() - read_from
            cpu = used_by(daemon.pid)
            until = time.monotonic() + PATIENCE_SECONDS
            while len(accepted) < len(written) and time.monotonic() < until:
                time.sleep(0.1)
        finally:
            daemon.terminate()
            daemon.wait(60)
    speed = given.bytes / MB / seconds
    lags = sorted(accepted[number] - at for number, at in enumerate(written) if number in accepted)
    print(f"{given.bytes / MB:.0f} MB of backlog in {given.files} logs: {seconds:.0f} s, {cpu:.0f} s of CPU")
    print(f"{speed:.1f} MB/s, {speed / scan_speed:.2f} of `leakwatch scan -j 1` ({scan_speed:.1f} MB/s, with start-up)")
    if lags:
        print(f"{len(written)} leaks in a live log: p50 {statistics.median(lags):.2f} s, worst {lags[-1]:.2f} s")
    print(f"{len(written) - len(lags)} of them not alerted {PATIENCE_SECONDS:.0f} s after the end")
    print(f"peak memory of all processes: {memory:.0f} MB")
    return 0


def receiver() -> tuple[ThreadingHTTPServer, dict[int, float]]:
    """A server that accepts alerts, and the times at which each leak of the live log was first reported."""
    accepted: dict[int, float] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            for number in re.findall(rb"c\.e\.live\.Job([0-9]+)", body):
                accepted.setdefault(int(number), time.time())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, accepted


if __name__ == "__main__":
    sys.exit(main())
