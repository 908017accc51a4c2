"""One line on a terminal that says how far a scan is. Drawn by the thread that scans: nothing to lock or to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.filesize import decimal

from leakwatch.reports.render_options import printable

_EVERY_SECONDS = 0.1
_BAR_CELLS = 20
_CLEAR = "\r\x1b[K"


class Progress:
    """``total`` in bytes; 0 when nobody knows. ``width`` of the terminal in cells."""

    def __init__(self, stream: TextIO, total: int, width: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._total = total
        self._width = width
        self._clock = clock
        self._begun = clock()
        self._drawn_at: float | None = None
        self._done = 0
        self._name = ""
        self._hits = 0

    def advance(self, count: int) -> None:
        """More bytes were read."""
        self._done += count
        self._draw()

    def candidate(self, path: str) -> None:
        """Something was found in a file (a redacted path)."""
        self._hits += 1
        self._name = path

    def clear(self) -> None:
        """Take the line away, for something else to be printed."""
        if self._drawn_at is not None:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._drawn_at = None

    def _draw(self) -> None:
        now = self._clock()
        if now - (self._begun if self._drawn_at is None else self._drawn_at) < _EVERY_SECONDS:
            return
        self._drawn_at = now
        self._stream.write(_CLEAR + set_cell_size(self._text(now - self._begun), self._width - 1).rstrip())
        self._stream.flush()

    def _text(self, seconds: float) -> str:
        speed = self._done / seconds
        text = f"{decimal(self._done)}, {decimal(int(speed))}/s, {self._hits} found"
        if self._total:
            share = min(self._done / self._total, 1.0)
            filled = round(share * _BAR_CELLS)
            left = max(self._total - self._done, 0) / speed if speed else 0
            text = f"{'━' * filled}{'╌' * (_BAR_CELLS - filled)} {share:4.0%} {text}, {left:.0f} s left"
        room = self._width - 2 - cell_len(text)
        name = printable(self._name)
        return f"{text} {name}" if cell_len(name) <= room else f"{text} …{name[-max(room - 1, 0) :]}"
