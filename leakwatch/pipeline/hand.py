"""The process that looks at pieces for another one: ``python -m leakwatch.pipeline.hand DESCRIPTOR``."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection

from leakwatch import guests
from leakwatch.analyze import Analyzer
from leakwatch.pipeline.looking import look
from leakwatch.pipeline.wire import pack

Makes = Mapping[str, Callable[[], Analyzer]]
"""How each analyzer is made that a piece may name."""


def main() -> None:
    """Serve the socket whose descriptor is the argument until it is closed."""
    # the terminal's Ctrl-C is for the process we work for; when that ends, so do we
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    guests.close()
    try:
        serve(Connection(int(sys.argv[1])))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def serve(link: Connection) -> None:
    """Look at piece after piece. ``EOFError`` when there are no more to come."""
    makes, niceness = pickle.loads(link.recv_bytes())  # noqa: S301 (from the process that started us)
    os.nice(niceness)
    analyzers: dict[str, Analyzer] = {}
    while True:
        name, piece, limits, encoding, done = pickle.loads(link.recv_bytes())  # noqa: S301
        if name not in analyzers:
            analyzers[name] = makes[name]()
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
