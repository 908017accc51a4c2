"""Let the daemon follow a busy, rotating log for hours, and measure what must not grow.

``python -m soak.run --seconds 3600 --rate 5000`` prints memory, descriptors and the write-ahead log every minute, and at
the end their trend. It fails if anything was lost or grew beyond its limit.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from crash.run import CONFIG, Receiver, caught_up, daemon, report, wait_for_delivery
from crash.writer import NUMBERS

WARM_SECONDS = 120
"""Earlier samples are ignored: caches and buffers are still filling."""
SLOPE_MIB_PER_HOUR = 1.0
FLAT_DESCRIPTORS = 10
"""How many may come and go with connections and with rotated logs not closed yet."""
TREND_SECONDS = 1800
"""The shortest time over which a trend is more than noise."""
WAL_MIB = 64


@dataclass(frozen=True)
class Sample:
    """Resource use of the process at a moment (seconds since its start)."""

    at: float
    rss_mib: float
    descriptors: int
    wal_mib: float


def sample(pid: int, state: Path, began: float) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text()
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    wal = state / "leakwatch.db-wal"
    return Sample(
        time.monotonic() - began,
        rss / 1024,
        len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208
        wal.stat().st_size / (1 << 20) if wal.exists() else 0.0,
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--rotate", choices=["rename", "copytruncate"], default="rename")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between samples")
    options = parser.parse_args()
    options.kills, options.seed = 0, int(time.time())
    receiver = Receiver(options.seed)
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="leakwatch-soak-") as directory:
        home = Path(directory)
        (home / "logs").mkdir()
        (home / "leakwatch.yaml").write_text(CONFIG.format(home=home, port=receiver.port))
        running = daemon(home)
        assert caught_up(home, time.monotonic() + 60), (home / "daemon.log").read_text()
        with (home / "planted").open("wb") as planted_file:
            writer = subprocess.Popen(
                [
                    *(sys.executable, str(Path(__file__).parents[1] / "crash" / "writer.py")),
                    *(str(home / "logs" / "app.log"), "--rate", str(options.rate), "--rotate", options.rotate),
                    *("--seed", str(options.seed), "--rotate-seconds", "30"),
                    *("--every", str(max(50, options.rate * options.seconds // NUMBERS + 1))),
                ],
                stdout=planted_file,
            )
        began = time.monotonic()
        while (left := options.seconds - (time.monotonic() - began)) > 0 and running.poll() is None:
            time.sleep(min(options.every, left))
            samples.append(sample(running.pid, home / "state", began))
            one = samples[-1]
            print(
                f"{one.at:7.0f} s  RSS {one.rss_mib:6.1f} MiB  fds {one.descriptors:4}  WAL {one.wal_mib:5.1f} MiB",
                flush=True,
            )
        writer.kill()
        writer.wait()
        done = caught_up(home, time.monotonic() + 120)
        wait_for_delivery(home, time.monotonic() + 120)
        running.send_signal(signal.SIGTERM)
        code = running.wait(15)
        planted = (home / "planted").read_text().split()
        failed = report(options, home, planted, receiver, options.seconds, done=done, code=code)
    return failed or trend(samples)


def trend(samples: list[Sample]) -> int:
    """Print the trends; returns 1 if one exceeds its limit."""
    warm = [one for one in samples if one.at >= WARM_SECONDS]
    wal = max(one.wal_mib for one in samples)
    bad = wal > WAL_MIB
    if len(warm) > 1:
        slope = statistics.linear_regression([one.at / 3600 for one in warm], [one.rss_mib for one in warm]).slope
        fds = [one.descriptors for one in warm]
        print(f"RSS {slope:+.2f} MiB/h, fds {min(fds)} to {max(fds)}, WAL at most {wal:.1f} MiB")
        bad |= max(fds) - min(fds) > FLAT_DESCRIPTORS
        if warm[-1].at - warm[0].at >= TREND_SECONDS:
            bad |= slope >= SLOPE_MIB_PER_HOUR
    else:
        print(f"too short for a trend; WAL at most {wal:.1f} MiB")
    return int(bad)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main())
