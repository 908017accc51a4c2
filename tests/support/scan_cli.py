"""Inputs for ``leakwatch scan``, and scans in a child process."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

from support.clean_environment import INHERITED

MOBILE = "13900000001"
LEAK = f"2026-03-01 10:00:00 INFO sms - mobile={MOBILE}\n"
FILLER = "2026-03-01 10:00:00 INFO nothing to see\n" * 100_000
"""More than is read at once."""


def leak(workdir: Path, name: str = "in/app.log", text: str = LEAK) -> Path:
    """Write a file with a finding, or with ``text``."""
    path = workdir / name
    path.write_text(text)
    return path


def records(out: str) -> list[dict]:
    """The records of JSON Lines."""
    return [json.loads(line) for line in out.splitlines()]


def start_scan(workdir: Path, *args: str, env: dict[str, str] | None = None, **options) -> subprocess.Popen:
    """Start ``leakwatch scan`` in ``workdir`` with a clean environment."""
    env = INHERITED | {"PATH": os.environ["PATH"], "HOME": str(workdir / "home")} | (env or {})
    return subprocess.Popen([sys.executable, "-m", "leakwatch", "scan", *args], cwd=workdir, env=env, **options)


def wait_readable(stream, seconds: float = 60) -> None:
    """Wait until there is something to read; fail after ``seconds``."""
    assert select.select([stream], [], [], seconds)[0], "nothing arrived in time"
