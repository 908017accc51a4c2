"""Progress of a scan on one terminal line, drawn by the scanning thread: no lock, no thread to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.filesize import decimal

from leakwatch.reports.render_options import printable
from leakwatch.text.messages import message

_REDRAW_SECONDS = 0.1
_BAR_CELLS = 20
_CLEAR_LINE = "\r\x1b[K"


class ProgressBar:
    """``total`` bytes to read, 0 if unknown; ``width`` of the terminal in cells."""

    def __init__(
        self, stream: TextIO, total: int, width: int, lang: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._total = total
        self._width = width
        self._lang = lang
        self._clock = clock
        self._started_at = clock()
        self._drawn_at: float | None = None
        self._bytes_read = 0
        self._path = ""
        self._findings = 0

    def advance(self, count: int) -> None:
        """Add bytes that were read."""
        self._bytes_read += count
        self._draw()

    def finding(self, path: str) -> None:
        """Count a finding in a file, given by its redacted path."""
        self._findings += 1
        self._path = path

    def clear(self) -> None:
        """Remove the line, so that something else can be printed."""
        if self._drawn_at is not None:
            self._stream.write(_CLEAR_LINE)
            self._stream.flush()
            self._drawn_at = None

    def _draw(self) -> None:
        now = self._clock()
        if now - (self._started_at if self._drawn_at is None else self._drawn_at) < _REDRAW_SECONDS:
            return
        self._drawn_at = now
        line = set_cell_size(self._text(now - self._started_at), self._width - 1).rstrip()
        self._stream.write(_CLEAR_LINE + line)
        self._stream.flush()

    def _text(self, seconds: float) -> str:
        speed = self._bytes_read / seconds
        text = message(
            "progress.counts",
            self._lang,
            read=decimal(self._bytes_read),
            speed=decimal(int(speed)),
            count=self._findings,
        )
        if self._total:
            share = min(self._bytes_read / self._total, 1.0)
            filled = round(share * _BAR_CELLS)
            left = max(self._total - self._bytes_read, 0) / speed if speed else 0
            text = f"{'━' * filled}{'╌' * (_BAR_CELLS - filled)} {share:4.0%} {text}"
            text += message("progress.remaining", self._lang, seconds=left)
        available = self._width - 2 - cell_len(text)
        path = printable(self._path)
        return f"{text} {path}" if cell_len(path) <= available else f"{text} …{path[-max(available - 1, 0) :]}"
