"""Pool worker process: ``python -m leakwatch.pipeline.pool_worker DESCRIPTOR``."""

from __future__ import annotations

import ctypes
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection

from leakwatch.detection.analyze import Analyzer
from leakwatch.pipeline.task import run_task
from leakwatch.pipeline.worker_messages import pack
from leakwatch.telemetry import library_logging

AnalyzerFactory = Callable[[], Mapping[str, Analyzer]]
"""Makes the analyzers of a worker, by name."""

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve the socket with the descriptor in ``argv`` until the parent closes it."""
    # the parent handles Ctrl-C; the worker ends with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library_logging.close()
    # a worker paused with SIGSTOP must not outlive its parent
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        serve(Connection(int(sys.argv[1])))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def serve(connection: Connection) -> None:
    """Run tasks one after another. ``EOFError`` when the parent closed the connection."""
    make_analyzers, warm = pickle.loads(connection.recv_bytes())  # noqa: S301  # from the parent process
    analyzers: Mapping[str, Analyzer] = make_analyzers()
    for analyzer in analyzers.values() if warm else ():
        analyzer.warm()
    while True:
        name, task, limits, encoding, done = pickle.loads(connection.recv_bytes())  # noqa: S301
        counter = _ByteCounter()
        for outcome in run_task(analyzers[name], task, limits, encoding, counter.add, done):
            connection.send_bytes(pack(outcome, counter.take()))


class _ByteCounter:
    def __init__(self) -> None:
        self._count = 0

    def add(self, count: int) -> None:
        self._count += count

    def take(self) -> int:
        count, self._count = self._count, 0
        return count


if __name__ == "__main__":
    main()
