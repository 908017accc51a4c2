"""Promise 30, few descriptors: with more logs than may be open, every line is read."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
from support.log_host import LogHost

from leakwatch.config.config_model import Config
from leakwatch.daemon.watch_builder import WatchBuilder


@pytest.fixture
def host(tmp_path):
    host = LogHost(tmp_path)
    host.follower.max_open = 10
    yield host
    host.follower.close()


def append(host, number, text):
    with (host.directory / f"{number}.log").open("a") as log:
        log.write(text)


def open_now(host):
    return sum(source.fd >= 0 for source in host.follower.sources)


def test_the_limit_of_open_logs_holds_while_reading(host):
    """Not only at the next listing."""
    for number in range(100):
        append(host, number, f"first {number}\n")
    host.reconcile()
    seen = []
    while batches := list(host.follower.read()):
        assert open_now(host) <= 10
        for batch in batches:
            seen.append(batch.chunk.data)
            host.follower.accept(batch)
    assert len(seen) == 100


def test_partial_lines_do_not_block_other_logs(host):
    """Logs that end in a partial line are closed as well, and continue when it is complete."""
    for number in range(30):
        append(host, number, f"half {number}")
    host.reconcile()
    assert host.pump() == []
    append(host, "new", "whole\n")
    host.reconcile()
    assert host.pump() == ["whole"]
    for number in range(30):
        append(host, number, " whole\n")
    host.reconcile()
    assert sorted(host.pump()) == sorted(f"half {number} whole" for number in range(30))
    assert open_now(host) <= 10


def test_deleted_logs_stay_open_and_others_share_the_rest(host):
    """A deleted log could not be reopened."""
    for number in range(6):
        append(host, number, f"first {number}\n")
    host.reconcile()
    host.pump()
    for number in range(6):
        (host.directory / f"{number}.log").unlink()
    for number in range(20, 40):
        append(host, number, f"other {number}\n")
    host.reconcile()
    host.reconcile()
    assert len(host.pump()) == 20
    assert open_now(host) <= 10
    assert sum(source.fd >= 0 and source.missing > 0 for source in host.follower.sources) == 6


SCRIPT = """
import json, resource, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from support.log_host import LogHost
from leakwatch.config.config_model import Config
directory = Path({directory!r})
host = LogHost(directory)
host.follower.max_open = 128
read = len(host.pump())
for number in range(2000):
    with (directory / f"{{number}}.log").open("a") as log:
        log.write(f"second {{number}}\\n")
host.reconcile()
print(json.dumps([read, len(host.pump()), len(host.gaps)]))
"""


def test_two_thousand_logs_with_256_descriptors(tmp_path):
    """With the limit of the kernel, in a process of its own: all lines are read, without a gap."""
    for number in range(2000):
        (tmp_path / f"{number}.log").write_text(f"first {number}\n")
    script = SCRIPT.format(tests=str(Path(__file__).parents[1]), directory=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [2000, 2000, 0]


def test_logs_use_at_most_half_of_the_descriptors(monkeypatch):
    """The watches share them."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    logs = [{"name": name, "kind": "log", "paths": ["/var/log"]} for name in "ab"]
    builder = WatchBuilder(Config.model_validate({"watch": logs}), Mock(), Mock())
    assert builder._max_open() == 64
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
    assert builder._max_open() == 1024
