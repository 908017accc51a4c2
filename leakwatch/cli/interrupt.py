"""The first Ctrl-C or SIGTERM asks for an orderly end, so that the partial report is whole; the second one insists."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any, Self

from leakwatch.core.errors import Exit

_CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Interrupt:
    """Remembers a signal instead of raising. ``fileno`` becomes readable then, for whoever waits for input."""

    def __init__(self) -> None:
        self.code: Exit | None = None
        self._previous: dict[signal.Signals, Any] = {}
        self._read, self._write = -1, -1

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        for number in _CODES:
            self._previous[number] = signal.signal(number, self._remember)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()
        os.close(self._read)
        os.close(self._write)

    def __call__(self) -> bool:
        """Whether somebody asked for the end."""
        return self.code is not None

    def fileno(self) -> int:
        """The descriptor that becomes readable with the signal."""
        return self._read

    def _remember(self, number: int, _frame: FrameType | None) -> None:
        self.code = _CODES[signal.Signals(number)]
        os.write(self._write, b"!")
        self._restore()

    def _restore(self) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)
