"""Parser worker process: its only descriptor is a socket, its memory and time are limited, and it can only read.

It requests the bytes of the file from its parent. At worst, hostile input ends this process.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO, cast

from leakwatch.core.model import Limits, Origin, Skipped, SkipReason
from leakwatch.readers.in_process import read_in_process
from leakwatch.readers.sandbox.landlock import confine
from leakwatch.readers.sandbox.parser_messages import DATA, DONE, DONE_EXITING, READ, READ_ARGS, encode

# Limits on allocated memory and on address space (libraries reserve much more than they use).
DATA_BYTES = 1024**3
ADDRESS_BYTES = 8 * 1024**3
_MAX_DESCRIPTORS = 64
_CPU_GRACE_SECONDS = 5
_BUFFER_BYTES = 256 * 1024

# The worker exits after this many files, or when it holds this much memory between two files.
MAX_FILES = 200
MAX_IDLE_BYTES = 128 * 1024 * 1024


def main() -> None:
    """Serve the socket with the descriptor in ``argv``."""
    # the parent handles Ctrl-C; the worker ends with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    restrict()
    serve(Connection(int(sys.argv[1])))


def restrict() -> None:
    """Drop all rights and resources that parsing does not need, as far as the system allows it."""
    for resource_, maximum in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MAX_DESCRIPTORS),
        (resource.RLIMIT_DATA, DATA_BYTES),
        (resource.RLIMIT_AS, ADDRESS_BYTES),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource_, (maximum, maximum))
    confine()


def serve(connection: Connection) -> None:
    """Read files until the parent closes the connection."""
    for count in range(1, MAX_FILES + 1):
        try:
            path, encoding, size, limits = json.loads(connection.recv_bytes())
        except EOFError:
            return
        _limit_cpu_time(limits["seconds"])
        _read(connection, Origin(path), encoding, size, Limits(**limits))
        exiting = count == MAX_FILES or _resident_bytes() > MAX_IDLE_BYTES
        connection.send_bytes(DONE_EXITING if exiting else DONE)
        if exiting:
            return


def _read(connection: Connection, origin: Origin, encoding: str, size: int | None, limits: Limits) -> None:
    remote = _RemoteFile(connection, size)
    stream = cast(BinaryIO, io.BufferedReader(remote, _BUFFER_BYTES))
    try:
        for item in read_in_process(stream, origin, limits, encoding, lambda: time.monotonic() - remote.waited_seconds):
            connection.send_bytes(encode(item))
    except MemoryError:
        connection.send_bytes(encode(Skipped(origin, SkipReason.TOO_LARGE, size)))
    except RecursionError:
        connection.send_bytes(encode(Skipped(origin, SkipReason.TOO_DEEP, size)))


def _limit_cpu_time(seconds: float) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime + seconds) + _CPU_GRACE_SECONDS
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


class _RemoteFile(io.RawIOBase):
    """The file, read through the parent. ``waited_seconds`` is the time spent waiting, which is not parsing time."""

    def __init__(self, connection: Connection, size: int | None) -> None:
        self._connection = connection
        self._size = size
        self._at = 0
        self.waited_seconds = 0.0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._size is not None

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if self._size is None:
            raise io.UnsupportedOperation
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise ValueError("seek before the beginning of the file")
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed asks for any Buffer
        started = time.monotonic()
        self._connection.send_bytes(READ + READ_ARGS.pack(self._at, len(buffer)))
        answer = self._connection.recv_bytes()
        self.waited_seconds += time.monotonic() - started
        if not answer.startswith(DATA):
            raise OSError
        data = memoryview(answer)[1:]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


if __name__ == "__main__":
    main()
