"""``leakwatch run`` as a process of its own, on a temporary host with logs and exports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leakwatch.daemon.control import SOCKET, ask
from support.daemon_state import wait_until


class DaemonHost:
    """Directories, a configuration and what the daemon said on standard error."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.logs, self.exports, self.state = home / "logs", home / "exports", home / "state"
        self.logs.mkdir()
        self.exports.mkdir()
        self.config = home / "leakwatch.yaml"
        self.said = home / "stderr.log"
        self.channels: list[dict[str, Any]] = []
        self.env = {**os.environ, "RUNTIME_DIRECTORY": ""}
        self.configure()

    def configure(self, **more: Any) -> None:
        """Write the configuration (JSON is YAML)."""
        settings = {
            "schema_version": 1,
            "state_dir": str(self.state),
            "watch": [
                {"name": "logs", "kind": "log", "paths": [f"{self.logs}/*.log"], "service": "loan"},
                {"name": "exports", "kind": "export", "paths": [str(self.exports)], "settle": "100ms"},
            ],
            "alerts": {"channels": self.channels, "allow_hosts": ["127.0.0.1"], "lang": "en"},
            "metrics": {"listen": False},
        }
        self.config.write_text(json.dumps(settings | more))

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "leakwatch", "-c", str(self.config), *args]

    def call(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*args), capture_output=True, text=True, timeout=60, check=False, env=self.env
        )

    def status(self) -> dict[str, Any]:
        return ask(self.state / SOCKET, "status") or {}

    @contextmanager
    def running(self, *args: str) -> Iterator[subprocess.Popen[bytes]]:
        """A daemon that is ready; killed at the end if it is still there."""
        with self.said.open("ab") as said:
            process = subprocess.Popen(self.command(*args, "run"), stderr=said, env=self.env)
        try:
            wait_until(lambda: self.status().get("ready") or process.poll() is not None, seconds=30)
            assert process.poll() is None, self.said.read_text()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def log(self) -> list[dict[str, Any]]:
        """The lines of the daemon's own log."""
        return [json.loads(line) for line in self.said.read_text().splitlines()]
