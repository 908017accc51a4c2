"""Splits a large text into ranges of whole lines that can be read independently. Every line is in one range."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from leakwatch.core.model import Limits, Origin, Skipped
from leakwatch.readers.formats import TEXT, recognise
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item
from leakwatch.readers.read_limits import ReadLimits
from leakwatch.readers.text.plain_text import DecodedStream, LineChunker
from leakwatch.text.charset import AUTO, SAMPLE_BYTES, bare_of_marks, canonical, is_wide, sniff

RANGE_BYTES = 4 * 1024 * 1024
_SCAN_BYTES = 64 * 1024
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class LineRange:
    """The bytes from ``start`` to ``end``, both at the beginning of a line or the end of the text."""

    start: int
    end: int
    encoding: str


@dataclass(slots=True)
class RangeTotals:
    """Counts of one range, to be summed: line ends and undecodable places."""

    lines: int = 0
    errors: int = 0


def find_ranges(file: BinaryIO, size: int, name: str, encoding: str) -> Iterator[LineRange] | None:
    """The ranges of the first ``size`` bytes of a file, computed lazily; None when it is not plain text.

    The encoding is the one that reading from the beginning would detect. ``OSError`` from the call or the iterator;
    ``LookupError`` for an unknown encoding.
    """
    known = canonical(encoding)
    fd = file.fileno()
    head = os.pread(fd, SAMPLE_BYTES, 0)
    if is_wide(known) or recognise(head, name) is not TEXT:
        return None
    if known == AUTO and (not bare_of_marks(head) or is_wide(sniff(head, at_end=False))):
        return None
    return _iter_ranges(fd, size, None if known == AUTO else known)


def open_range(file: BinaryIO, span: LineRange) -> BinaryIO:
    """A range of a file as a file object."""
    return cast(BinaryIO, _RangeFile(file.fileno(), span))


def read_line_range(
    stream: BinaryIO, span: LineRange, origin: Origin, limits: Limits, totals: RangeTotals
) -> Iterator[Item]:
    """The chunks of an opened range, lines numbered from 1. ``totals`` is complete after the last chunk."""
    budget = ReadLimits(limits, time.monotonic)
    yield from budget.timed(
        _chunks(DecodedStream(InputStream.from_file(stream, budget), span.encoding), origin, totals)
    )


def _chunks(decoded: DecodedStream, origin: Origin, totals: RangeTotals) -> Iterator[Item]:
    lines = LineChunker(origin)
    for data in decoded.blocks():
        yield from lines.add(data)
        totals.lines += data.count(b"\n")
    yield from lines.end()
    totals.errors = decoded.errors
    if decoded.failure is not None:
        yield Skipped(origin, decoded.failure)


def _iter_ranges(fd: int, size: int, encoding: str | None) -> Iterator[LineRange]:
    start = 0
    while start < size:
        end = _line_end(fd, min(start + RANGE_BYTES, size), size)
        if encoding is None:
            encoding = _detect_encoding(fd, start, end, size)
        yield LineRange(start, end, encoding or "utf-8")
        start = end


def _line_end(fd: int, at: int, size: int) -> int:
    """The end of the line that contains the byte before ``at``."""
    at = max(at - 1, 0)
    while at < size:
        block = os.pread(fd, min(_SCAN_BYTES, size - at), at)
        newline = block.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        if not block:
            break
        at += len(block)
    return size


def _detect_encoding(fd: int, start: int, end: int, size: int) -> str | None:
    """The encoding, judged at the first non-ASCII byte; None if there is none, since ASCII is the same in all."""
    at = start
    while at < end:
        block = os.pread(fd, min(RANGE_BYTES, end - at), at)
        other = None if block.isascii() else _NOT_ASCII.search(block)
        if other is not None:
            at += other.start()
            sample = os.pread(fd, min(SAMPLE_BYTES, size - at), at)
            return sniff(sample, at_end=at + len(sample) >= size)
        if not block:
            break
        at += len(block)
    return None


class _RangeFile(io.RawIOBase):
    def __init__(self, fd: int, span: LineRange) -> None:
        self._fd = fd
        self._start = span.start
        self._length = span.end - span.start
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence] + offset
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed asks for any Buffer
        view = memoryview(buffer)[: max(self._length - self._at, 0)]
        count = os.preadv(self._fd, [view], self._start + self._at) if view else 0
        self._at += count
        return count
