"""Pieces looked at by several processes. Threads would not do: patterns hold the interpreter's lock."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Limits
from leakwatch.pipeline.pool_worker import Make
from leakwatch.pipeline.task import ChunkResult, Outcome, Task, TaskDone
from leakwatch.pipeline.worker_messages import ENDED, unpack
from leakwatch.telemetry import lazy_log

ALONE_BYTES = 128 * 1024 * 1024
ALONE_SECONDS = 2.0
DEAR = 16
"""So much is looked at here, or for so long, before others are called in: they take two seconds to be of use. What is
no plain text takes so many times longer for a byte."""

AHEAD_BYTES = 16 * 1024 * 1024
AHEAD_PIECES = 16
"""How far ahead of what is given out each process may be."""

SENT = 4
"""Pieces that a process has in hand, so that it need not wait for us to give it the next one."""

HELD_BYTES = 4 * 1024 * 1024
"""Unread answers of one process; when there are more, it waits."""

WAIT_SECONDS = 0.1
"""How often whoever waits for an answer may do something else."""

DEATHS = 3
"""A piece that ended so many processes is given up."""

PATIENCE_SECONDS = 60.0
"""How long a process may be silent beyond the time that reading may take."""

# -P: the directory we were started in may be the one that is scanned, and must not be imported from
COMMAND = (sys.executable, "-P", "-m", "leakwatch.pipeline.pool_worker")


@dataclass(slots=True)
class _Assignment:
    name: str
    piece: Task
    limits: Limits
    encoding: str
    done: int = 0
    """Chunks whose outcome was given out."""
    deaths: int = 0
    given_up: bool = False


class Pool:
    """Processes with analyzers of their own, by ``make`` (which travels to them), and started late.

    What they find, and its order, does not depend on how many they are. One that dies, or is silent for ``patience``
    seconds beyond the limits of reading, costs the chunk it had in hand. With ``warm`` they are prepared before
    the first question. Not thread-safe.
    """

    def __init__(
        self,
        make: Make,
        workers: int,
        *,
        alone: int = ALONE_BYTES,
        warm: bool = False,
        patience: float = PATIENCE_SECONDS,
        command: Sequence[str] = COMMAND,
    ) -> None:
        brief = pickle.dumps((make, warm))
        self.hands = [_WorkerHandle(brief, command) for _ in range(workers)]
        self._alone = alone
        self._since: float | None = None
        self._called = False
        self._patience = patience
        self._pieces = 0
        self._bytes = 0
        self.idle: Callable[[], None] = lambda: None
        """Called now and then while answers are waited for; how long it takes is nobody's delay."""

    @property
    def full(self) -> bool:
        """Whether answers should be taken before more is asked."""
        hands = len(self.hands)
        return not self._called or self._pieces >= AHEAD_PIECES * hands or self._bytes >= AHEAD_BYTES * hands

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that there are now."""
        return tuple(hand.pid for hand in self.hands if hand.pid)

    def wanted(self, pieces: Sequence[Task]) -> bool:
        """Whether it is time to ask; until then there is so little to do that one is faster alone."""
        if not self._called:
            now = time.monotonic()
            self._since = self._since or now
            self._alone -= sum(map(_weight, pieces))
            self._called = self._alone < 0 or now - self._since > ALONE_SECONDS
        return self._called

    def begin(self) -> None:
        """Start all of them, before there is something to do. ``OSError`` when they cannot be."""
        for hand in self.hands:
            hand.begin()

    def ask(
        self, pieces: Sequence[Task], limits: Limits, encoding: str, name: str = ""
    ) -> Iterator[tuple[Outcome, int]]:
        """Have pieces looked at that take turns with their chunks: what comes of them in order, and the bytes read.

        ``name`` is the analyzer's. Answers are to be taken in the order of the questions. ``OSError`` when no process
        can be started.
        """
        free = sorted(self.hands, key=lambda hand: hand.load)
        tasks = [(hand, _Assignment(name, piece, limits, encoding)) for hand, piece in zip(free, pieces, strict=False)]
        for hand, _ in tasks:
            hand.begin()
        for hand, task in tasks:
            hand.give(task)
            self._pieces += 1
            self._bytes += task.piece.size
        return self._answers(tasks)

    def hold(self) -> None:
        """Let all processes stand still until ``go_on``."""
        for hand in self.hands:
            hand.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The end of ``hold``."""
        for hand in self.hands:
            hand.signal(signal.SIGCONT)

    def close(self) -> None:
        """Send everybody home; what nobody has finished is dropped."""
        for hand in self.hands:
            hand.end()
        self._pieces = self._bytes = 0

    def _answers(self, tasks: list[tuple[_WorkerHandle, _Assignment]]) -> Iterator[tuple[Outcome, int]]:
        while tasks:
            for hand, task in tuple(tasks):
                outcome, read = self._next(hand, task)
                if isinstance(outcome, TaskDone):
                    tasks.remove((hand, task))
                    self._pieces -= 1
                    self._bytes -= task.piece.size
                yield outcome, read

    def _next(self, hand: _WorkerHandle, task: _Assignment) -> tuple[Outcome, int]:
        if task.given_up:
            return TaskDone(), 0
        self._listen(0)
        left = task.limits.seconds + self._patience
        while not hand.answers:
            began = time.monotonic()
            self._listen(WAIT_SECONDS)
            left -= time.monotonic() - began
            if left < 0:
                hand.kill()
            self.idle()
        message = hand.take()
        if message is None:
            return self._died(hand, task), 0
        outcome, read = unpack(message, task.piece.source.origin.path)
        task.done += 1
        return outcome, read

    def _listen(self, seconds: float) -> None:
        """Take what the processes have to say, if they say anything within so many seconds."""
        talking = {hand.link: hand for hand in self.hands if hand.link is not None and hand.held < HELD_BYTES}
        ready = wait(list(talking), seconds) if talking else []
        for link in ready:
            talking[link].hear()  # type: ignore[index]  # what was given is what comes back

    def _died(self, hand: _WorkerHandle, task: _Assignment) -> Outcome:
        """The chunk that a process had in hand when it ended is lost; another process goes on behind it."""
        task.done += 1
        task.deaths += 1
        lazy_log.say(logging.ERROR, "a process that analyses was ended", how=hand.how)
        task.given_up = task.deaths >= DEATHS
        failure = TimeoutError(hand.how) if hand.late else AnalysisError(f"the process ended {hand.how}")
        hand.replay(without_first=task.given_up)
        return ChunkResult(task.piece.source.origin, failure=failure)


def _weight(piece: Task) -> int:
    """How much there is to do, in bytes of plain text; of one in ranges all is said with the first."""
    if piece.span is not None:
        return piece.source.size if piece.span.start == 0 else 0
    return piece.size * (DEAR if piece.shares > 1 else 1)


class _WorkerHandle:
    """One process, started when it is first given something, and what it was given."""

    def __init__(self, brief: bytes, command: Sequence[str]) -> None:
        self._brief = brief
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._tasks: deque[_Assignment] = deque()
        self._sent = 0
        self.link: Connection | None = None
        self.answers: deque[bytes | None] = deque()
        """What it said and nobody took; None: that it ended."""
        self.held = 0
        self.late = False
        """Whether it was ended for being silent."""
        self.how = ""

    @property
    def pid(self) -> int:
        """Its process id; 0 when it has no process."""
        return 0 if self._process is None else self._process.pid

    @property
    def load(self) -> int:
        """Bytes it still has to look at."""
        return sum(task.piece.size for task in self._tasks)

    def begin(self) -> None:
        """Be there, unless it has still to be told that it was ended. ``OSError`` when no process can be started."""
        if self._tasks:
            return
        if self._process is not None and self._process.poll() is not None:
            self._bury()
        if self._process is None:
            self._start()

    def give(self, task: _Assignment) -> None:
        """One more thing to do."""
        self._tasks.append(task)
        if self.link is not None:
            self._send()

    def hear(self) -> None:
        """Take one message."""
        assert self.link is not None
        try:
            message = self.link.recv_bytes()
        except (EOFError, OSError):
            self._bury()
            return
        self.answers.append(message)
        self.held += len(message)
        if message.startswith(ENDED):
            self._tasks.popleft()
            self._sent -= 1
            self._send()

    def take(self) -> bytes | None:
        """The oldest answer."""
        message = self.answers.popleft()
        self.held -= len(message or b"")
        return message

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End a process that is silent for too long."""
        self.late = True
        if self._process is not None:
            self._process.kill()

    def replay(self, *, without_first: bool) -> None:
        """Go on in a new process, with what the dead one had not finished."""
        if without_first:
            self._tasks.popleft()
        self._start()
        self._send()

    def end(self) -> None:
        """End the process; it has nothing to clean up."""
        if self.link is not None:
            self.link.close()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0 if self._tasks else 1)
            self._process.kill()
            self._process.wait()
        self.link = self._process = None
        self._tasks.clear()
        self.answers.clear()
        self._sent = self.held = 0

    def _start(self) -> None:
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
            self.link = Connection(ours.detach())
        self.late = False
        self._sent = 0
        self._tell(self._brief)

    def _send(self) -> None:
        while self._sent < min(len(self._tasks), SENT):
            task = self._tasks[self._sent]
            self._tell(pickle.dumps((task.name, task.piece, task.limits, task.encoding, task.done)))
            self._sent += 1

    def _tell(self, message: bytes) -> None:
        assert self.link is not None
        with contextlib.suppress(OSError):  # that it is dead will be heard
            self.link.send_bytes(message)

    def _bury(self) -> None:
        assert self.link is not None
        assert self._process is not None
        self.link.close()
        self._process.kill()
        code = self._process.wait()
        self.how = f"by {signal.Signals(-code).name}" if code < 0 else f"with {code}"
        self.link = self._process = None
        if self._tasks:
            self.answers.append(None)
