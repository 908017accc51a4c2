"""Parsers of binary formats run in a worker process: what crashes, hangs or takes over the worker loses one file.

The worker has no descriptor of the file: it asks for bytes and gives chunks, both over one socket. It is started when
the first such file comes, serves one file at a time, is used again, and leaves when it has grown or served enough.
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
from leakwatch.readers.sandbox.parser_messages import DONE, GIVEN, LEAVING, READ, REFUSED, WANTED, decode
from leakwatch.readers.sandbox.replay import ReplayableStream
from leakwatch.telemetry import lazy_log
from leakwatch.text.charset import Transcoder

# A worker counts its own time and ends the file itself; one that does not is killed.
GRACE_SECONDS = 5
_MESSAGE_BYTES = 256 * 1024 * 1024
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")
# -P: the directory we were started in may be the one that is scanned
COMMAND = (sys.executable, "-P", "-B", "-m", "leakwatch.readers.sandbox.parser_process")


class WorkerDied(Exception):
    """The worker ended, or had to be ended, before the file did."""

    def __init__(self, reason: SkipReason, how: str) -> None:
        super().__init__(how)
        self.reason = reason


class Worker:
    """One process and the socket to it. ``OSError`` when it cannot be started."""

    def __init__(self, command: Sequence[str] = COMMAND, grace: float = GRACE_SECONDS) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            # a worker that stays in the middle of a message is as good as hanging
            stuck = struct.pack("@ll", int(grace), int(grace % 1 * 1e6))
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, stuck)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, stuck)
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            )
            self._link = Connection(ours.detach())
        self._grace = grace
        self._idle = True

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def ready(self) -> bool:
        """Whether it can be given a file."""
        return self._idle and self._process.poll() is None

    def read(self, again: ReplayableStream, origin: Origin, limits: Limits, encoding: str) -> Iterator[Item]:
        """What is in one file. ``WorkerDied`` when it could not be read to its end."""
        self._idle = False
        try:
            self._send(json.dumps([origin.path, encoding, again.size, asdict(limits)]).encode())
            yield from self._items(again, origin, limits.seconds + self._grace)
        except BlockingIOError:
            raise WorkerDied(SkipReason.TIME_OUT, "it was stuck") from None
        except (EOFError, OSError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._grace)
            raise WorkerDied(SkipReason.DAMAGED, _ending(self._process.returncode)) from None
        except (ValueError, TypeError, KeyError, struct.error):
            raise WorkerDied(SkipReason.DAMAGED, "it made no sense") from None
        finally:
            if not self._idle:
                self.end()

    def end(self) -> None:
        """End it, whatever it does."""
        self._link.close()
        self._process.kill()
        self._process.wait()

    def _items(self, again: ReplayableStream, origin: Origin, patience: float) -> Iterator[Item]:
        while True:
            begun = time.monotonic()
            if not self._link.poll(max(patience, 0)):
                raise WorkerDied(SkipReason.TIME_OUT, "it took too long")
            message = self._link.recv_bytes(_MESSAGE_BYTES)
            patience -= time.monotonic() - begun
            if message.startswith(READ):
                self._send(_answer(again, *WANTED.unpack(message[1:])))
            elif message in {DONE, LEAVING}:
                self._idle = message == DONE
                return
            else:
                yield decode(message, origin.path)

    def _send(self, message: bytes) -> None:
        self._link.send_bytes(message)


class Workers:
    """Keeps one idle worker for the next file. Thread-safe; files read at the same time have a worker each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Worker] = []

    def take(self) -> Worker:
        """A worker that nobody else has. ``OSError`` when none can be started."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.ready:
                    return worker
                worker.end()
        return Worker()

    def give_back(self, worker: Worker) -> None:
        """Keep the worker for the next file, if it can read one."""
        if worker.ready:
            with self._lock:
                self._idle, surplus = [worker], self._idle
            for one in surplus:
                one.end()

    def end(self) -> None:
        """End the idle worker."""
        with self._lock:
            surplus, self._idle = self._idle, []
        for worker in surplus:
            worker.end()


WORKERS = Workers()
"""Those of this process."""
atexit.register(WORKERS.end)


def read_apart(again: ReplayableStream, origin: Origin, limits: Limits, encoding: str) -> Iterator[Item]:
    """What is in one file, parsed by a worker; a file that the worker does not survive is told and given up."""
    Transcoder(encoding)  # an unknown encoding is an error of the caller, here as in this process
    if not again.begin():
        yield Skipped(origin, SkipReason.UNSUPPORTED_FORMAT, again.size)
        return
    try:
        worker = WORKERS.take()
    except OSError as error:
        lazy_log.say(logging.WARNING, "no process to parse a file in", error=os.strerror(error.errno or 0))
        yield Skipped(origin, SkipReason.DAMAGED, again.size)
        return
    try:
        yield from worker.read(again, origin, limits, encoding)
    except WorkerDied as death:
        lazy_log.say(logging.WARNING, "the parser of a file was ended", how=str(death))
        yield Skipped(origin, death.reason, again.size)
    WORKERS.give_back(worker)


@functools.cache
def tell_missing(extra: str) -> None:
    """Say once which extra would have read a file."""
    lazy_log.say(logging.WARNING, "a file needs an extra that is not installed", install=f"leakwatch-daemon[{extra}]")


def _answer(again: ReplayableStream, offset: int, size: int) -> bytes:
    try:
        return GIVEN + again.read_at(offset, min(size, BLOCK_BYTES))
    except OSError:
        return REFUSED


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"it ended by {signal.Signals(-code).name}"
    return "it closed the line" if code is None else f"it ended with {code}"
