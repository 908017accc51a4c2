"""Promises 28 and 29, more than can be read at once: live logs are not delayed, and memory stays flat.

Each runs in a process of its own to measure its memory, with an analyzer of a fixed speed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LONG = "LONG" in os.environ
BEHIND_SECONDS = int(os.environ.get("BEHIND_SECONDS", "60" if LONG else "8"))
"""For how long reading cannot keep up; ``BEHIND_SECONDS=3600`` is the full form (7 GB of logs)."""
FULL_FORM = BEHIND_SECONDS >= 600

COMMON = """
import json, resource, sys, threading, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from support.daemon_state import wait_until
from promises import living as module
from promises.living import LineByLine, Living
pause = [{pause}]
real = LineByLine.analyze

def slow(self, chunk):
    time.sleep(pause[0] * len(chunk.data) / (1 << 20))
    return real(self, chunk)

def rss():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / (1 << 20)

LineByLine.analyze = slow
noise = "noise " + "x" * 93 + "\\n"
"""

BACKLOG = """
living = Living(Path({home!r}))
for number in range({logs}):
    (living.logs / f"old{{number}}.log").write_text(noise * ({megabytes} * 10486))
(living.logs / "live.log").write_text("line 0\\n")
with living.running() as engine:
    [watch] = engine.log_follower.watches
    waits, before, peak = [], rss(), 0
    for number in range(1, 11):
        with (living.logs / "live.log").open("a") as log:
            log.write(f"line {{number}}\\n")
        waits.append(living.found([f"line {{number}}"], 60))
        left = sum(source.lag for source in watch.follower.sources)
        peak = max(peak, rss())
    wait_until(lambda: not sum(source.lag for source in watch.follower.sources), 3600)
    peak = max(peak, rss())
    print(json.dumps([max(waits), left, peak - before, peak, len(living.stored()), living.gaps()]), file=sys.stderr)
"""

BEHIND = """
living = Living(Path({home!r}), receiver="http://127.0.0.1:9/hook")
lines = []
stop = threading.Event()

def write():
    with (living.logs / "app.log").open("a") as log:
        while not stop.wait(0.05):
            lines.append(f"line {{len(lines)}}")
            log.write(lines[-1] + "\\n" + noise * {noises})
            log.flush()

def unread():
    [row] = [one for one in living.store.sources() if one.name == b"app.log"]
    return (living.logs / "app.log").stat().st_size - row.offset

def reported():
    return engine.metrics.registry.get_sample_value("leakwatch_lag_bytes", {{"watch": "logs"}}) or 0

with living.running() as engine:
    writer = threading.Thread(target=write)
    writer.start()
    memory, wrong = [], []
    until = time.monotonic() + {seconds}
    while time.monotonic() < until:
        time.sleep(0.5)
        memory.append(rss())
        wrong.append(abs(reported() / max(unread(), 1) - 1))
    stop.set()
    writer.join()
    behind = unread()
    wait_until(lambda: abs(reported() - unread()) < unread() / 20 and unread() > behind / 2, 30)
    pause[0] = 0
    wait_until(lambda: unread() == 0, 900)
    living.found(lines, 300)
    growth = max(memory) - memory[len(memory) // 4]
    wrong = max(wrong[len(wrong) // 4 :])
    once = set(living.stored().values()) == {{1}}
    print(json.dumps([behind, growth, wrong, len(lines), once, living.gaps()]), file=sys.stderr)
"""


def run(script: str, **facts: object):
    """Run a script in a process of its own; returns the JSON that it prints."""
    given = {"tests": str(Path(__file__).parents[1]), **facts}
    text = (COMMON + script).format(**given)
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        check=False,
        timeout=1100 + BEHIND_SECONDS if LONG else 100,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    line = next(line for line in reversed(done.stderr.splitlines()) if line.startswith("["))
    print(line)
    return json.loads(line)


def test_28_a_huge_backlog_delays_no_live_log_and_takes_no_memory(tmp_path):
    """A live log is read within seconds while the backlog is read."""
    facts = {"logs": 100, "megabytes": 20} if LONG else {"logs": 20, "megabytes": 4}
    waited, left, growth, peak, stored, gaps = run(BACKLOG, home=str(tmp_path), pause=0.1, **facts)
    assert left > 0, "the backlog was read too early to delay anything"
    assert waited < 5
    assert growth < 64
    assert peak < 512
    assert (stored, gaps) == (11, [])


@pytest.mark.timeout(1300 + BEHIND_SECONDS if LONG else 120)
def test_29_reading_that_cannot_keep_up_loses_nothing(tmp_path):
    """At a tenth of the needed speed, with the receiver down: the reported lag is exact to 5 %, memory stays flat."""
    # the full form at a fifth of both speeds, so that the backlog fits on the disk and can be read afterwards
    speeds = {"pause": 5.0, "noises": 1000} if FULL_FORM else {"pause": 1.0, "noises": 5000}
    behind, growth, wrong, lines, once, gaps = run(BEHIND, home=str(tmp_path), seconds=BEHIND_SECONDS, **speeds)
    assert behind > 20 << 20
    assert growth < 32
    assert once
    assert lines > BEHIND_SECONDS
    if FULL_FORM:
        # the lag is updated each second: what is written within one matters only for a short backlog
        assert wrong < 0.05
        assert {kind for kind, _, _ in gaps} <= {"reading-behind", "receiver-failing"}
