"""The process in which binary formats are parsed: one descriptor, its socket; bounded memory and time; it only reads.

It reads bytes of the file by asking for them. Whatever goes wrong here ends the process at worst.
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
from leakwatch.readers.in_process import read_here
from leakwatch.readers.sandbox.landlock import confine
from leakwatch.readers.sandbox.parser_messages import DONE, GIVEN, LEAVING, READ, WANTED, encode

# What it may hold in all, and what it may map (libraries reserve much more than they use).
DATA_BYTES = 1024**3
ADDRESS_BYTES = 8 * 1024**3
_FILES = 64
_CPU_GRACE_SECONDS = 5
_BUFFER_BYTES = 256 * 1024

# It leaves after so many files, or when it holds so much between two.
SERVED = 200
KEPT_BYTES = 128 * 1024 * 1024


def main() -> None:
    """Serve the socket whose descriptor is the argument."""
    # the terminal's Ctrl-C is for the process we work for; when that ends, so do we
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bound()
    serve(Connection(int(sys.argv[1])))


def bound() -> None:
    """Give up what parsing does not need. What the system does not let us give up, we keep."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_DATA, DATA_BYTES),
        (resource.RLIMIT_AS, ADDRESS_BYTES),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))
    confine()


def serve(link: Connection) -> None:
    """Read file after file, until there are no more."""
    for served in range(1, SERVED + 1):
        try:
            path, encoding, size, limits = json.loads(link.recv_bytes())
        except EOFError:
            return
        _bound_time(limits["seconds"])
        _read(link, Origin(path), encoding, size, Limits(**limits))
        leaving = served == SERVED or _held() > KEPT_BYTES
        link.send_bytes(LEAVING if leaving else DONE)
        if leaving:
            return


def _read(link: Connection, origin: Origin, encoding: str, size: int | None, limits: Limits) -> None:
    remote = _Remote(link, size)
    stream = cast(BinaryIO, io.BufferedReader(remote, _BUFFER_BYTES))
    try:
        for item in read_here(stream, origin, limits, encoding, lambda: time.monotonic() - remote.waited):
            link.send_bytes(encode(item))
    except MemoryError:
        link.send_bytes(encode(Skipped(origin, SkipReason.TOO_LARGE, size)))
    except RecursionError:
        link.send_bytes(encode(Skipped(origin, SkipReason.TOO_DEEP, size)))


def _bound_time(seconds: float) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime + seconds) + _CPU_GRACE_SECONDS
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _held() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


class _Remote(io.RawIOBase):
    """The file, far away. ``waited`` is the time it took to come, which is not the parser's."""

    def __init__(self, link: Connection, size: int | None) -> None:
        self._link = link
        self._size = size
        self._at = 0
        self.waited = 0.0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._size is not None

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if self._size is None:
            raise io.UnsupportedOperation
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise ValueError("before the beginning")
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed asks for any Buffer
        begun = time.monotonic()
        self._link.send_bytes(READ + WANTED.pack(self._at, len(buffer)))
        answer = self._link.recv_bytes()
        self.waited += time.monotonic() - begun
        if not answer.startswith(GIVEN):
            raise OSError
        data = memoryview(answer)[1:]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


if __name__ == "__main__":
    main()
