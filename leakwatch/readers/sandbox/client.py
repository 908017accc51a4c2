"""Parses binary formats in a sandboxed worker process. A file that crashes, hangs or exploits it loses only itself.

The worker has no descriptor of the file. It requests bytes and returns chunks over one socket. It is started for the
first sandboxed file, parses one file at a time, is reused, and exits after enough files or memory growth.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection

from leakwatch.core.model import Limits, Origin, Skipped, SkipReason
from leakwatch.readers.input_stream import BLOCK_BYTES
from leakwatch.readers.read_context import Item
from leakwatch.readers.sandbox.parser_messages import DATA, DONE, DONE_EXITING, READ, READ_ARGS, READ_FAILED, decode
from leakwatch.readers.sandbox.replay import ReplayableStream
from leakwatch.telemetry import lazy_log
from leakwatch.text.charset import Transcoder

# A worker enforces its own time limit; it is killed this long after it should have.
GRACE_SECONDS = 5
_MESSAGE_BYTES = 256 * 1024 * 1024
_INHERITED_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")
# -P: the current directory may be the one being scanned; nothing may be imported from it
COMMAND = (sys.executable, "-P", "-B", "-m", "leakwatch.readers.sandbox.parser_process")


class WorkerDied(Exception):
    """The worker exited or was killed before the file was finished."""

    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class ParserWorker:
    """One parser process and its socket. ``OSError`` when it cannot be started."""

    def __init__(self, command: Sequence[str] = COMMAND, grace: float = GRACE_SECONDS) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            # a worker that stalls in the middle of a message counts as hung
            timeout = struct.pack("@ll", int(grace), int(grace % 1 * 1e6))
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ},
            )
            self._connection = Connection(ours.detach())
        self._grace = grace
        self._idle = True

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it can parse another file."""
        return self._idle and self._process.poll() is None

    def read(self, replay: ReplayableStream, origin: Origin, limits: Limits, encoding: str) -> Iterator[Item]:
        """The items of one file. ``WorkerDied`` when it could not be read to its end."""
        self._idle = False
        try:
            self._send(json.dumps([origin.path, encoding, replay.size, asdict(limits)]).encode())
            yield from self._items(replay, origin, limits.seconds + self._grace)
        except BlockingIOError:
            raise WorkerDied(SkipReason.TIME_OUT, "stalled in the middle of a message") from None
        except (EOFError, OSError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._grace)
            raise WorkerDied(SkipReason.DAMAGED, _describe_exit(self._process.returncode)) from None
        except (ValueError, TypeError, KeyError, struct.error):
            raise WorkerDied(SkipReason.DAMAGED, "sent a malformed message") from None
        finally:
            if not self._idle:
                self.stop()

    def stop(self) -> None:
        """Kill the process."""
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def _items(self, replay: ReplayableStream, origin: Origin, seconds_left: float) -> Iterator[Item]:
        while True:
            started = time.monotonic()
            if not self._connection.poll(max(seconds_left, 0)):
                raise WorkerDied(SkipReason.TIME_OUT, "exceeded the time limit")
            message = self._connection.recv_bytes(_MESSAGE_BYTES)
            seconds_left -= time.monotonic() - started
            if message.startswith(READ):
                self._send(_read_reply(replay, *READ_ARGS.unpack(message[1:])))
            elif message in {DONE, DONE_EXITING}:
                self._idle = message == DONE
                return
            else:
                yield decode(message, origin.path)

    def _send(self, message: bytes) -> None:
        self._connection.send_bytes(message)


class ParserWorkers:
    """Keeps one idle worker for the next file. Thread-safe; files read concurrently use separate workers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[ParserWorker] = []

    def acquire(self) -> ParserWorker:
        """A worker for exclusive use. ``OSError`` when none can be started."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_ready:
                    return worker
                worker.stop()
        return ParserWorker()

    def release(self, worker: ParserWorker) -> None:
        """Return a worker; it is kept for the next file if it is ready."""
        if worker.is_ready:
            with self._lock:
                self._idle, surplus = [worker], self._idle
            for spare in surplus:
                spare.stop()

    def stop(self) -> None:
        """Kill the idle worker."""
        with self._lock:
            surplus, self._idle = self._idle, []
        for worker in surplus:
            worker.stop()


WORKERS = ParserWorkers()
"""The parser workers of this process."""
atexit.register(WORKERS.stop)


def read_in_sandbox(replay: ReplayableStream, origin: Origin, limits: Limits, encoding: str) -> Iterator[Item]:
    """The items of one file, parsed by a worker. A file that ends the worker is reported and skipped."""
    Transcoder(encoding)  # raises LookupError for an unknown encoding, as reading in this process does
    if not replay.rewind():
        yield Skipped(origin, SkipReason.UNSUPPORTED_FORMAT, replay.size)
        return
    try:
        worker = WORKERS.acquire()
    except OSError as error:
        lazy_log.log(logging.WARNING, "cannot start a parser worker", error=os.strerror(error.errno or 0))
        yield Skipped(origin, SkipReason.DAMAGED, replay.size)
        return
    try:
        yield from worker.read(replay, origin, limits, encoding)
    except WorkerDied as death:
        lazy_log.log(logging.WARNING, "parser worker failed", detail=str(death))
        yield Skipped(origin, death.reason, replay.size)
    WORKERS.release(worker)


@functools.cache
def report_missing_extra(extra: str) -> None:
    """Log once which extra is needed to read a format."""
    lazy_log.log(logging.WARNING, "file skipped: format needs an extra", install=f"leakwatch-daemon[{extra}]")


def _read_reply(replay: ReplayableStream, offset: int, size: int) -> bytes:
    try:
        return DATA + replay.read_at(offset, min(size, BLOCK_BYTES))
    except OSError:
        return READ_FAILED


def _describe_exit(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return "closed the connection" if code is None else f"exited with status {code}"
