"""The parent's side of one pool worker: its process, its socket and the tasks assigned to it."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from leakwatch.core.model import Limits
from leakwatch.pipeline.task import Task
from leakwatch.pipeline.worker_messages import TASK_DONE

PREFETCHED_TASKS = 4
"""Tasks sent to a worker ahead of time, so that it never waits for the next one."""

# -P: the current directory may be the one being scanned; nothing may be imported from it
COMMAND = (sys.executable, "-P", "-m", "leakwatch.pipeline.pool_worker")


@dataclass(slots=True)
class Assignment:
    """A task given to a worker, with everything needed to continue it in another process."""

    analyzer: str
    task: Task
    limits: Limits
    encoding: str
    done: int = 0
    """Chunks whose outcome was returned."""
    crashes: int = 0
    abandoned: bool = False


class WorkerHandle:
    """One worker process. It is started on demand and replaced after a crash."""

    def __init__(self, setup: bytes, command: Sequence[str]) -> None:
        self._setup = setup
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._assignments: deque[Assignment] = deque()
        self._sent = 0
        self.connection: Connection | None = None
        self.results: deque[bytes | None] = deque()
        """Unread messages; None stands for the end of the process."""
        self.unread_bytes = 0
        self.timed_out = False
        """Whether the process was killed because it was silent for too long."""
        self.exit_status = ""

    @property
    def pid(self) -> int:
        """The process id; 0 without a process."""
        return 0 if self._process is None else self._process.pid

    @property
    def load(self) -> int:
        """Bytes of unfinished tasks."""
        return sum(assignment.task.size for assignment in self._assignments)

    def start(self) -> None:
        """Start the process unless it runs or has a crash to report. ``OSError`` when it cannot be started."""
        if self._assignments:
            return
        if self._process is not None and self._process.poll() is not None:
            self._reap()
        if self._process is None:
            self._spawn()

    def submit(self, assignment: Assignment) -> None:
        """Queue a task."""
        self._assignments.append(assignment)
        if self.connection is not None:
            self._send_pending()

    def receive(self) -> None:
        """Read one message."""
        assert self.connection is not None
        try:
            message = self.connection.recv_bytes()
        except (EOFError, OSError):
            self._reap()
            return
        self.results.append(message)
        self.unread_bytes += len(message)
        if message.startswith(TASK_DONE):
            self._assignments.popleft()
            self._sent -= 1
            self._send_pending()

    def pop_result(self) -> bytes | None:
        """The oldest unread message."""
        message = self.results.popleft()
        self.unread_bytes -= len(message or b"")
        return message

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """Kill a process that was silent for too long."""
        self.timed_out = True
        if self._process is not None:
            self._process.kill()

    def restart(self, *, without_first: bool) -> None:
        """Start a new process and resend the unfinished tasks."""
        if without_first:
            self._assignments.popleft()
        self._spawn()
        self._send_pending()

    def stop(self) -> None:
        """End the process; it has nothing to clean up."""
        if self.connection is not None:
            self.connection.close()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0 if self._assignments else 1)
            self._process.kill()
            self._process.wait()
        self.connection = self._process = None
        self._assignments.clear()
        self.results.clear()
        self._sent = self.unread_bytes = 0

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [*self._command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
            self.connection = Connection(ours.detach())
        self.timed_out = False
        self._sent = 0
        self._send(self._setup)

    def _send_pending(self) -> None:
        while self._sent < min(len(self._assignments), PREFETCHED_TASKS):
            one = self._assignments[self._sent]
            self._send(pickle.dumps((one.analyzer, one.task, one.limits, one.encoding, one.done)))
            self._sent += 1

    def _send(self, message: bytes) -> None:
        assert self.connection is not None
        with contextlib.suppress(OSError):  # a dead process is noticed when its results are read
            self.connection.send_bytes(message)

    def _reap(self) -> None:
        assert self.connection is not None
        assert self._process is not None
        self.connection.close()
        self._process.kill()
        code = self._process.wait()
        self.exit_status = f"by {signal.Signals(-code).name}" if code < 0 else f"with {code}"
        self.connection = self._process = None
        if self._assignments:
            self.results.append(None)
