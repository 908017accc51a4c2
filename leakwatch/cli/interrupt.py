"""The first SIGINT or SIGTERM requests a clean stop, so that the partial report is valid; the second acts at once."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any, Self

from leakwatch.core.errors import Exit

_CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Interrupt:
    """Records a signal instead of raising, and makes ``fileno`` readable, for code that waits for input."""

    def __init__(self) -> None:
        self.code: Exit | None = None
        self._previous: dict[signal.Signals, Any] = {}
        self._read, self._write = -1, -1

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        for number in _CODES:
            self._previous[number] = signal.signal(number, self._record)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore_handlers()
        os.close(self._read)
        os.close(self._write)

    def __call__(self) -> bool:
        """Whether a stop was requested."""
        return self.code is not None

    def fileno(self) -> int:
        """The descriptor that becomes readable when the signal arrives."""
        return self._read

    def _record(self, number: int, _frame: FrameType | None) -> None:
        self.code = _CODES[signal.Signals(number)]
        os.write(self._write, b"!")
        self._restore_handlers()

    def _restore_handlers(self) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)
