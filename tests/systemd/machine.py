"""A booted image: run commands in it, ask its systemd, shut it down."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SIGRTMIN_POWEROFF = signal.SIGRTMIN + 4
"""systemd as process 1 powers off when it gets this."""


class Machine:
    """systemd running as process 1 of its own namespaces."""

    def __init__(self, root: Path, pid: int) -> None:
        self.root = root
        self.pid = pid

    def run(self, *command: str, check: bool = True, **more) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--net", "--"]
        return subprocess.run([*enter, *command], text=True, capture_output=True, check=check, **more)

    def outside(self, *command: str) -> None:
        """Run a command of this host on the network of the machine."""
        subprocess.run(["nsenter", f"--target={self.pid}", "--net", "--", *command], check=True, capture_output=True)

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", unit, f"--property={name}", "--value").stdout.strip()

    def journal(self, unit: str) -> str:
        """What a unit, and systemd about it, wrote."""
        return self.run("journalctl", "--unit", unit, "--output=cat", "--no-pager").stdout


def until(what: str, true: Callable[[], object], seconds: float = 30.0) -> object:
    """What ``true`` returns once it is true; an error that names ``what`` when that takes longer than ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def booted(root: Path) -> Iterator[Machine]:
    """Boot the image in ``root``; power it off at the end."""
    console = (root.parent / "console.log").open("wb")
    init = Path(__file__).with_name("init.sh")
    namespaces = ["--fork", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "--net", "--kill-child"]
    outside = subprocess.Popen(
        ["unshare", *namespaces, "sh", str(init), str(root)],
        stdin=subprocess.DEVNULL,
        stdout=console,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children")
        machine = Machine(root, int(str(until("the first process", lambda: children.read_text().split())[0])))
        until("systemd answers and has booted", lambda: _state(machine) in {"running", "degraded"}, 60)
        yield machine
        os.kill(machine.pid, SIGRTMIN_POWEROFF)
        outside.wait(60)
    finally:
        if outside.poll() is None:
            outside.kill()
            outside.wait()
        console.close()


def _state(machine: Machine) -> str:
    if not Path(f"/proc/{machine.pid}").exists():
        console = (machine.root.parent / "console.log").read_text(errors="replace")
        raise AssertionError(f"systemd did not start:\n{console[-2000:]}")
    return machine.run("systemctl", "is-system-running", check=False).stdout.strip()
