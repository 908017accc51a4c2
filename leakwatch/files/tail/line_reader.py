"""Reads the lines of a log from its offset."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from leakwatch.core.model import Origin, TextChunk
from leakwatch.files.tail.log_identity import LogIdentity, count_lines, open_same_file, opened
from leakwatch.files.tail.log_source import LineBatch, LogSource
from leakwatch.files.watch_paths import ListedFile
from leakwatch.state.store import SourceRow
from leakwatch.text import charset

TURN_BYTES = 1024 * 1024
"""How much of one log is read in one turn, so that a fast one does not starve the rest; longer lines are cut."""

OVERLAP_BYTES = 4096
"""How much of a line longer than a turn is scanned twice, so that no value is lost at the cut."""


class TruncatedError(Exception):
    """The file no longer holds what was read of it: it was truncated and starts a new generation."""


@dataclass(slots=True)
class LineReader:
    """Opens logs and reads whole lines. ``denied`` holds the logs (and their bases) that may not be read."""

    identity: LogIdentity
    clock: Callable[[], float]
    encoding: str = charset.AUTO
    denied: dict[str, str] = field(default_factory=dict)

    def take(self, source: LogSource) -> LineBatch | None:
        """The next whole lines of a log, one turn at most; None if there is none. Raises ``TruncatedError``."""
        if source.fd < 0 and not self._open(source):
            source.dirty = False
            return None
        row = source.row
        stat = os.fstat(source.fd)
        source.mtime_ns = stat.st_mtime_ns
        if stat.st_size != source.size:
            source.size, source.changed_at = stat.st_size, self.clock()
        if stat.st_size < row.offset or not self.identity.anchored(source.fd, row):
            raise TruncatedError
        raw = os.pread(source.fd, TURN_BYTES, row.offset)
        source.dirty = row.offset + len(raw) < stat.st_size
        taken = self._split(row, raw)
        if taken is None:
            source.dirty, source.half_line_size = False, stat.st_size
            return None
        lines, after = taken
        self.identity.pin(source.fd, after)
        if not self.identity.anchored(source.fd, row):
            # truncated between the two checks: what was read may be of both generations
            raise TruncatedError
        return LineBatch(source, self._chunk(source, lines.utf8), after, self._is_backlog(row), lines.decode_errors)

    def partial_line(self, source: LogSource) -> LineBatch:
        """The text after the last newline as it is now; the offset stays."""
        raw = os.pread(source.fd, min(source.lag, TURN_BYTES), source.row.offset)
        lines = charset.split_lines(self._encoding_for(source.row, raw), raw, force=True)
        chunk = self._chunk(source, lines.utf8)
        return LineBatch(source, chunk, source.row, self._is_backlog(source.row), 0, partial=True)

    def skip_to_end(self, source: LogSource, file: ListedFile) -> int:
        """Move a new log to its end; returns how many bytes that skips, 0 if it cannot be opened."""
        with opened(file) as fd:
            if fd < 0:
                return 0
            source.row.line += count_lines(fd, file.size)
            source.row.offset = file.size
            self.identity.pin(fd, source.row)
        return file.size

    def _open(self, source: LogSource) -> bool:
        row = source.row
        folder = os.path.relpath(os.fsdecode(row.directory), source.base)
        parts = (*(part for part in folder.split("/") if part != "."), os.fsdecode(row.name))
        try:
            fd = open_same_file(source.base, parts, source.id)
        except PermissionError:
            self.denied[source.path] = source.base
            return False
        self.denied.pop(source.path, None)
        if fd < 0:
            return False
        source.fd = fd
        if not self.identity.holds(fd, row):
            raise TruncatedError
        return True

    def _split(self, row: SourceRow, raw: bytes) -> tuple[charset.DecodedLines, SourceRow] | None:
        """The whole lines of ``raw`` and the row after them; a part of a line only if it is longer than a turn."""
        encoding = self._encoding_for(row, raw)
        lines = charset.split_lines(encoding, raw)
        after = replace(row, seen_at=self.clock())
        if lines.consumed:
            after.offset, after.line, after.col = row.offset + lines.consumed, row.line + lines.utf8.count(b"\n"), 1
            self._decide(after, encoding, raw[: lines.consumed])
            return lines, after
        if len(raw) < TURN_BYTES:
            return None
        # a line longer than a turn: scan all of it that is there, move the offset to shortly before its end
        kept = charset.split_lines(encoding, raw[:-OVERLAP_BYTES], force=True)
        after.offset = row.offset + kept.consumed
        after.col = row.col + len(kept.utf8.decode("utf-8", "replace"))
        self._decide(after, encoding, raw)
        return charset.split_lines(encoding, raw, force=True), after

    def _encoding_for(self, row: SourceRow, raw: bytes) -> str:
        """The encoding of a log; until it is decided, the one these bytes look like."""
        if self.encoding != charset.AUTO:
            return self.encoding
        return row.encoding or (charset.sniff_all(raw) if _shows_encoding(raw) else "utf-8")

    def _decide(self, row: SourceRow, encoding: str, lines: bytes) -> None:
        """Fix the encoding once whole lines show it: the first byte of a character does not."""
        if self.encoding == charset.AUTO and not row.encoding and _shows_encoding(lines):
            row.encoding = encoding

    @staticmethod
    def _chunk(source: LogSource, utf8: bytes) -> TextChunk:
        return TextChunk(Origin(source.path), utf8, source.row.line, source.row.col)

    @staticmethod
    def _is_backlog(row: SourceRow) -> bool:
        return row.offset < row.backlog_end


def _shows_encoding(raw: bytes) -> bool:
    """Whether the bytes depend on the encoding at all."""
    return not raw.isascii() or b"\0" in raw
