"""Standard input as an input of a scan."""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from dataclasses import dataclass
from typing import BinaryIO

from leakwatch.cli.interrupt import Interrupt
from leakwatch.core.model import Origin


@dataclass(frozen=True, slots=True)
class StandardInput:
    """What is piped or redirected into the process. An interrupt ends a blocking read as end of file."""

    origin: Origin
    interrupt: Interrupt

    @property
    def size(self) -> int:
        """Bytes of a redirected file; 0 for a pipe."""
        status = os.fstat(sys.stdin.fileno())
        return status.st_size if stat.S_ISREG(status.st_mode) else 0

    def open(self) -> BinaryIO:
        """The bytes; seekable if a file is redirected."""
        fd = os.dup(sys.stdin.fileno())
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return os.fdopen(fd, "rb")
        return io.BufferedReader(_Pipe(fd, self.interrupt))


class _Pipe(io.RawIOBase):
    def __init__(self, fd: int, interrupt: Interrupt) -> None:
        self._fd = fd
        self._interrupt = interrupt

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed asks for any Buffer
        ready, _, _ = select.select([self._fd, self._interrupt.fileno()], [], [])
        return os.readv(self._fd, [buffer]) if self._fd in ready and not self._interrupt() else 0

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
        super().close()
