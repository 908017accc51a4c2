"""A big text in ranges of whole lines: each can be read by itself, and together they hold every line once."""

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
from leakwatch.readers.text.plain_text import Decoded, LineChunker
from leakwatch.text.charset import AUTO, SAMPLE_BYTES, bare_of_marks, canonical, is_wide, sniff

RANGE_BYTES = 4 * 1024 * 1024
_LOOK_BYTES = 64 * 1024
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Range:
    """The bytes from ``start`` to ``end``, both where a line begins (or the text ends), and how they are encoded."""

    start: int
    end: int
    encoding: str


@dataclass(slots=True)
class Losses:
    """What the reading of one range leaves to be added up: lines that ended in it, and undecodable places."""

    lines: int = 0
    errors: int = 0


def ranges(file: BinaryIO, size: int, name: str, encoding: str) -> Iterator[Range] | None:
    """The ranges of the first ``size`` bytes of a file, found while they are asked for; None when it is no plain text.

    The encoding is the one that reading it from the beginning would settle on. ``OSError`` as the file's, from the
    iterator too; ``LookupError`` for an unknown encoding.
    """
    known = canonical(encoding)
    fd = file.fileno()
    head = os.pread(fd, SAMPLE_BYTES, 0)
    if is_wide(known) or recognise(head, name) is not TEXT:
        return None
    if known == AUTO and (not bare_of_marks(head) or is_wide(sniff(head, at_end=False))):
        return None
    return _ranges(fd, size, None if known == AUTO else known)


def part(file: BinaryIO, span: Range) -> BinaryIO:
    """A range of a file, as a file."""
    return cast(BinaryIO, _Part(file.fileno(), span))


def read_range(stream: BinaryIO, span: Range, origin: Origin, limits: Limits, losses: Losses) -> Iterator[Item]:
    """The chunks of a ``part``, its lines numbered from 1; ``losses`` is complete when they are at their end."""
    budget = ReadLimits(limits, time.monotonic)
    yield from budget.timed(_chunks(Decoded(InputStream.of(stream, budget), span.encoding), origin, losses))


def _chunks(decoded: Decoded, origin: Origin, losses: Losses) -> Iterator[Item]:
    lines = LineChunker(origin)
    for data in decoded.blocks():
        yield from lines.add(data)
        losses.lines += data.count(b"\n")
    yield from lines.end()
    losses.errors = decoded.errors
    if decoded.trouble is not None:
        yield Skipped(origin, decoded.trouble)


def _ranges(fd: int, size: int, encoding: str | None) -> Iterator[Range]:
    start = 0
    while start < size:
        end = _line_end(fd, min(start + RANGE_BYTES, size), size)
        if encoding is None:
            encoding = _settled(fd, start, end, size)
        yield Range(start, end, encoding or "utf-8")
        start = end


def _line_end(fd: int, at: int, size: int) -> int:
    """Where the line that holds the byte before ``at`` ends."""
    at = max(at - 1, 0)
    while at < size:
        block = os.pread(fd, min(_LOOK_BYTES, size - at), at)
        newline = block.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        if not block:
            break
        at += len(block)
    return size


def _settled(fd: int, start: int, end: int, size: int) -> str | None:
    """The encoding, if the first byte that is not ASCII is there; what goes before it is the same in all of them."""
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


class _Part(io.RawIOBase):
    def __init__(self, fd: int, span: Range) -> None:
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
        room = memoryview(buffer)[: max(self._length - self._at, 0)]
        count = os.preadv(self._fd, [room], self._start + self._at) if room else 0
        self._at += count
        return count
