"""Plain text: chunks of whole lines, transcoded to UTF-8. Other readers fall back to it, so that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from leakwatch.core.model import Origin, SkipReason, TextChunk
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.text.charset import AUTO, Transcoder, sniff

# Longer lines are cut. The parts overlap by more than any value with its context.
LINE_BYTES = 1024 * 1024
OVERLAP_BYTES = 4096

_ZEROS = bytes(LINE_BYTES)

# Characters after which a line can be cut without splitting a value.
_SEAM = re.compile(rb"""[,;"'{}\[\]<>|\t ]""")


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A text in any encoding."""
    decoded = DecodedStream(stream, context.encoding)
    lines = LineChunker(origin)
    for data in decoded.blocks():
        yield from lines.add(data)
    yield from lines.end()
    decoded.close()


class DecodedStream:
    """An input transcoded to UTF-8. An error ends the blocks early and is raised by ``close``."""

    def __init__(self, stream: InputStream, encoding: str) -> None:
        self._stream = stream
        self._transcoder = Transcoder(encoding)
        # a growing input has no first 64 KiB yet: the first non-ASCII block decides the encoding
        self._undecided = stream.is_growing and self._transcoder.encoding == AUTO
        self._read = 0
        self._aborted: ReadAborted | None = None

    def blocks(self) -> Iterator[bytes]:
        """Blocks of about 1 MiB, cut between characters but not between lines."""
        final = False
        while not final:
            block = self._next()
            final = not block
            self._read += len(block)
            if self._undecided and block.isascii() and b"\0" not in block:
                yield block
                continue
            if self._undecided and block:
                self._transcoder = Transcoder(sniff(block, at_end=False))
                self._undecided = False
            if data := self._transcoder.stream(block, final=final):
                yield data

    @property
    def errors(self) -> int:
        """Number of undecodable places so far."""
        return self._transcoder.errors

    @property
    def failure(self) -> SkipReason | None:
        """Why the input ended early; None if it did not."""
        return None if self._aborted is None else self._aborted.reason

    def close(self) -> None:
        """``ReadAborted`` if the input ended early or more than one place in a thousand bytes was undecodable."""
        if self._aborted is not None:
            raise self._aborted
        if self._transcoder.errors * 1000 > self._read:
            raise ReadAborted(SkipReason.DECODE)

    def _next(self) -> bytes:
        try:
            return self._stream.read_available()
        except ReadAborted as aborted:
            self._aborted = aborted
            return b""


class LineChunker:
    """Cuts UTF-8 blocks into chunks of whole lines, numbered from ``first_line``.

    Blocks of NUL only (holes of sparse or preallocated files, bombs) are dropped; they only advance the column.
    """

    def __init__(self, origin: Origin, first_line: int = 1, first_column: int = 1) -> None:
        self._origin = origin
        self._line = first_line
        self._column = first_column
        self._rest = b""
        self._emitted = 0  # bytes of the rest that an earlier chunk contained

    def add(self, data: bytes) -> Iterator[TextChunk]:
        """The chunks that ``data`` completes."""
        if len(data) > OVERLAP_BYTES and _ZEROS.startswith(data) and _ZEROS.startswith(self._rest):
            self._column += len(data)
            return
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        if end:
            yield self._chunk(data[:end])
            self._line += data.count(b"\n", 0, end)
            self._column, self._emitted = 1, 0
        start = end
        while len(data) - start > LINE_BYTES:
            cut = _seam_before(data, start + LINE_BYTES)
            yield self._chunk(data[start:cut])
            replay = _seam_after(data, cut - OVERLAP_BYTES)
            self._column += len(data[start:replay].decode())
            self._emitted = cut - replay
            start = replay
        self._rest = data[start:]

    def end(self) -> Iterator[TextChunk]:
        """The last line if it has no newline."""
        if len(self._rest) > self._emitted:
            yield self._chunk(self._rest)
        self._rest = b""

    def _chunk(self, data: bytes) -> TextChunk:
        return TextChunk(self._origin, data, self._line, self._column)


def split_long_line(chunk: TextChunk) -> tuple[TextChunk | None, TextChunk]:
    """Split a chunk into the part of a cut line at its beginning, if any, and the whole lines after it."""
    end = chunk.data.find(b"\n") + 1
    long = chunk.first_column > 1 or (not end and len(chunk.data) > LINE_BYTES - OVERLAP_BYTES)
    if not long:
        return None, chunk
    long_line = replace(chunk, data=chunk.data[:end] if end else chunk.data)
    return long_line, TextChunk(chunk.origin, chunk.data[len(long_line.data) :], chunk.first_line + 1)


def _seam_before(data: bytes, limit: int) -> int:
    """The last place to cut at or before ``limit``, at most one overlap earlier and never inside a character."""
    seams = [match.end() for match in _SEAM.finditer(data, limit - OVERLAP_BYTES, limit)]
    return seams[-1] if seams else _character_start(data, limit)


def _seam_after(data: bytes, limit: int) -> int:
    match = _SEAM.search(data, limit, limit + OVERLAP_BYTES // 2)
    return match.end() if match else _character_start(data, limit)


def _character_start(data: bytes, at: int) -> int:
    while data[at] & 0xC0 == 0x80:
        at -= 1
    return at
