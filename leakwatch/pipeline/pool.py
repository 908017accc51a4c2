"""A pool of worker processes. Threads would not help: pattern matching holds the interpreter lock."""

from __future__ import annotations

import logging
import pickle
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait

from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Limits
from leakwatch.pipeline.pool_worker import AnalyzerFactory
from leakwatch.pipeline.task import ChunkResult, Outcome, Task, TaskDone
from leakwatch.pipeline.worker_handle import COMMAND, Assignment, WorkerHandle
from leakwatch.pipeline.worker_messages import unpack
from leakwatch.telemetry import lazy_log

INLINE_BYTES = 128 * 1024 * 1024
INLINE_SECONDS = 2.0
"""The caller works alone for this much input or time: workers take two seconds to start."""

NON_TEXT_WEIGHT = 16
"""How much more work a byte is when the input is not plain text."""

MAX_BYTES_AHEAD = 16 * 1024 * 1024
MAX_TASKS_AHEAD = 16
"""How far each worker may be ahead of the results taken."""

MAX_UNREAD_BYTES = 4 * 1024 * 1024
"""A worker with this many unread results blocks until they are read."""

POLL_SECONDS = 0.1
"""How often ``on_wait`` is called while waiting."""

MAX_CRASHES = 3
"""A task that ended this many processes is abandoned."""

SILENCE_SECONDS = 60.0
"""How long a worker may be silent beyond the time limit of reading."""


class Pool:
    """Worker processes, each with analyzers made by ``make_analyzers``, which is pickled. They are started on demand.

    Results and their order do not depend on the number of workers. A worker that crashes, or is silent for
    ``silence_seconds`` beyond the reading limit, loses the chunk it was working on. With ``warm`` the analyzers are
    prepared at the start. Not thread-safe.
    """

    def __init__(
        self,
        make_analyzers: AnalyzerFactory,
        size: int,
        *,
        inline_bytes: int = INLINE_BYTES,
        warm: bool = False,
        silence_seconds: float = SILENCE_SECONDS,
        command: Sequence[str] = COMMAND,
    ) -> None:
        setup = pickle.dumps((make_analyzers, warm))
        self.workers = [WorkerHandle(setup, command) for _ in range(size)]
        self._inline_left = inline_bytes
        self._first_seen: float | None = None
        self._engaged = False
        self._silence_seconds = silence_seconds
        self._task_count = 0
        self._task_bytes = 0
        self.on_wait: Callable[[], None] = lambda: None
        """Called repeatedly while waiting for results; its duration does not count as silence."""

    @property
    def is_full(self) -> bool:
        """Whether results have to be taken before more tasks are submitted."""
        size = len(self.workers)
        ahead = self._task_count >= MAX_TASKS_AHEAD * size or self._task_bytes >= MAX_BYTES_AHEAD * size
        return not self._engaged or ahead

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the running workers."""
        return tuple(worker.pid for worker in self.workers if worker.pid)

    def should_use(self, tasks: Sequence[Task]) -> bool:
        """Whether there is enough work to pay for starting workers. Once true, it stays true."""
        if not self._engaged:
            now = time.monotonic()
            self._first_seen = self._first_seen or now
            self._inline_left -= sum(map(_work_of, tasks))
            self._engaged = self._inline_left < 0 or now - self._first_seen > INLINE_SECONDS
        return self._engaged

    def start(self) -> None:
        """Start all workers ahead of the first task. ``OSError`` when that fails."""
        for worker in self.workers:
            worker.start()

    def submit(
        self, tasks: Sequence[Task], limits: Limits, encoding: str, analyzer: str = ""
    ) -> Iterator[tuple[Outcome, int]]:
        """Run tasks that interleave their chunks; their outcomes in order, each with the bytes read for it.

        ``analyzer`` is a name from ``make_analyzers``. Iterators must be consumed in the order of the calls.
        ``OSError`` when no process can be started.
        """
        by_load = sorted(self.workers, key=lambda worker: worker.load)
        assigned = [
            (worker, Assignment(analyzer, task, limits, encoding)) for worker, task in zip(by_load, tasks, strict=False)
        ]
        for worker, _ in assigned:
            worker.start()
        for worker, assignment in assigned:
            worker.submit(assignment)
            self._task_count += 1
            self._task_bytes += assignment.task.size
        return self._results(assigned)

    def pause(self) -> None:
        """Stop all workers with SIGSTOP until ``resume``."""
        for worker in self.workers:
            worker.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Continue after ``pause``."""
        for worker in self.workers:
            worker.signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop all workers; unfinished tasks are dropped."""
        for worker in self.workers:
            worker.stop()
        self._task_count = self._task_bytes = 0

    def _results(self, assigned: list[tuple[WorkerHandle, Assignment]]) -> Iterator[tuple[Outcome, int]]:
        while assigned:
            for worker, assignment in tuple(assigned):
                outcome, read = self._next_result(worker, assignment)
                if isinstance(outcome, TaskDone):
                    assigned.remove((worker, assignment))
                    self._task_count -= 1
                    self._task_bytes -= assignment.task.size
                yield outcome, read

    def _next_result(self, worker: WorkerHandle, assignment: Assignment) -> tuple[Outcome, int]:
        if assignment.abandoned:
            return TaskDone(), 0
        self._receive(0)
        seconds_left = assignment.limits.seconds + self._silence_seconds
        while not worker.results:
            started = time.monotonic()
            self._receive(POLL_SECONDS)
            seconds_left -= time.monotonic() - started
            if seconds_left < 0:
                worker.kill()
            self.on_wait()
        message = worker.pop_result()
        if message is None:
            return self._handle_crash(worker, assignment), 0
        outcome, read = unpack(message, assignment.task.source.origin.path)
        assignment.done += 1
        return outcome, read

    def _receive(self, seconds: float) -> None:
        """Read one message of each worker that has one within that time."""
        by_connection = {
            worker.connection: worker
            for worker in self.workers
            if worker.connection is not None and worker.unread_bytes < MAX_UNREAD_BYTES
        }
        ready = wait(list(by_connection), seconds) if by_connection else []
        for connection in ready:
            by_connection[connection].receive()  # type: ignore[index]  # wait returns what it was given

    def _handle_crash(self, worker: WorkerHandle, assignment: Assignment) -> Outcome:
        """Report the chunk in progress as lost and continue behind it in a new process."""
        assignment.done += 1
        assignment.crashes += 1
        lazy_log.log(logging.ERROR, "pool worker ended", exit_status=worker.exit_status)
        assignment.abandoned = assignment.crashes >= MAX_CRASHES
        failure: Exception = AnalysisError(f"pool worker ended {worker.exit_status}")
        if worker.timed_out:
            failure = TimeoutError(worker.exit_status)
        worker.restart(without_first=assignment.abandoned)
        return ChunkResult(assignment.task.source.origin, failure=failure)


def _work_of(task: Task) -> int:
    """The work of a task in bytes of plain text; the first range of a text stands for all of them."""
    if task.span is not None:
        return task.source.size if task.span.start == 0 else 0
    return task.size * (NON_TEXT_WEIGHT if task.shares > 1 else 1)
