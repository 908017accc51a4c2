"""The process that looks at pieces for another one: ``python -m leakwatch.pipeline.pool_worker DESCRIPTOR``."""

from __future__ import annotations

import ctypes
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection

from leakwatch.detection.analyze import Analyzer
from leakwatch.pipeline.task import look
from leakwatch.pipeline.worker_messages import pack
from leakwatch.telemetry import library_logging

Make = Callable[[], Mapping[str, Analyzer]]
"""Makes the analyzers, by the names that are asked for."""

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve the socket whose descriptor is the argument until it is closed."""
    # the terminal's Ctrl-C is for the process we work for; when that ends, so do we
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library_logging.close()
    # we may be standing still when the one we work for is gone
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        serve(Connection(int(sys.argv[1])))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def serve(link: Connection) -> None:
    """Look at piece after piece. ``EOFError`` when there are no more to come."""
    make, warm = pickle.loads(link.recv_bytes())  # noqa: S301 (from the process that started us)
    analyzers: Mapping[str, Analyzer] = make()
    for analyzer in analyzers.values() if warm else ():
        analyzer.warm()
    while True:
        name, piece, limits, encoding, done = pickle.loads(link.recv_bytes())  # noqa: S301
        read = _Count()
        for outcome in look(analyzers[name], piece, limits, encoding, read.add, done):
            link.send_bytes(pack(outcome, read.take()))


class _Count:
    def __init__(self) -> None:
        self._count = 0

    def add(self, count: int) -> None:
        self._count += count

    def take(self) -> int:
        count, self._count = self._count, 0
        return count


if __name__ == "__main__":
    main()
