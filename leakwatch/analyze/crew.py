"""Chunks analysed by several processes. Threads would not do: patterns hold the interpreter's lock."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from leakwatch.analyze.analyzer import Analysis, Analyzer
from leakwatch.model import Chunk

ALONE = 4
"""So many chunks are analysed here before others are called in: to start a process takes a second."""


class Crew:
    """Processes with an analyzer each, made by ``make`` (which travels to them), and started once there is much to do.

    What they find does not depend on how many they are.
    """

    def __init__(self, analyzer: Analyzer, make: Callable[[], Analyzer], workers: int) -> None:
        self._analyzer = analyzer
        self._make = make
        self._workers = workers
        self._asked = 0
        self._pool: ProcessPoolExecutor | None = None

    @property
    def ahead(self) -> int:
        """How many chunks may wait for their answer: enough to keep all busy, and no more are held in memory."""
        return 2 * self._workers

    def ask(self, chunk: Chunk) -> Future[Analysis]:
        """The analysis of a chunk, now or later. Its ``result`` raises what ``Analyzer.analyze`` does."""
        self._asked += 1
        if self._asked <= ALONE:
            return _done(self._analyzer, chunk)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._workers, get_context("spawn"), _begin, (self._make,))
        return self._pool.submit(_analyze, chunk)

    def close(self) -> None:
        """Send everybody home; what nobody has begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _done(analyzer: Analyzer, chunk: Chunk) -> Future[Analysis]:
    future: Future[Analysis] = Future()
    try:
        future.set_result(analyzer.analyze(chunk))
    except Exception as error:  # noqa: BLE001 (raised again where the result is asked for)
        future.set_exception(error)
    return future


# The one analyzer of a worker process.
_here: dict[str, Analyzer] = {}


def _begin(make: Callable[[], Analyzer]) -> None:
    # Ctrl-C reaches the whole group; the parent decides what it means
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _here["analyzer"] = make()


def _analyze(chunk: Chunk) -> Any:
    return _here["analyzer"].analyze(chunk)
