"""One piece of an input is opened, read and analysed: here or in another process, with the same outcome."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from leakwatch.core.model import Chunk, Limits, Origin, Skipped
from leakwatch.detection.analyze import Analysis, Analyzer
from leakwatch.files.counting_reader import CountingReader
from leakwatch.files.walk import reason_of
from leakwatch.readers import open_input
from leakwatch.readers.text.line_ranges import Losses, Range, part, read_range


class Input(Protocol):
    """One file to scan; ``size`` in bytes, 0 when nobody knows."""

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        ...

    @property
    def size(self) -> int:
        """Its bytes when it was found."""
        ...

    def open(self) -> BinaryIO:
        """Its content from the beginning; ``OSError`` when it cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What one process looks at in one go: an input, a ``span`` of its lines, or every ``shares``-th chunk of it.

    With a ``chunk`` that is all there is to look at, and nothing is opened.
    A piece that is not the whole input is of the very file that has this ``identity`` (device, inode).
    """

    source: Input
    span: Range | None = None
    share: int = 0
    shares: int = 1
    identity: tuple[int, int] | None = None
    chunk: Chunk | None = None

    @property
    def size(self) -> int:
        """About how many bytes are to be looked at."""
        return self.source.size // self.shares if self.span is None else self.span.end - self.span.start


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What a chunk came to; with a ``failure`` it was not analysed."""

    origin: Origin
    analysis: Analysis = field(default_factory=Analysis)
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class ReadError:
    """A reader tripped over an input: the rest of it was not read."""

    origin: Origin
    failure: Exception
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class TaskDone:
    """A piece is done: how much of the input was read, and what is to be added up over the pieces of a text."""

    bytes: int = 0
    members: int = 0
    lines: int = 0
    errors: int = 0


Outcome = ChunkResult | Skipped | ReadError | TaskDone


def look(
    analyzer: Analyzer,
    piece: Task,
    limits: Limits,
    encoding: str,
    advance: Callable[[int], None] = lambda _: None,
    done: int = 0,
) -> Iterator[Outcome]:
    """What comes of a piece, in order; ``TaskDone`` is the last. A problem is told, never an error.

    ``advance`` is told bytes read. The first ``done`` chunks of the piece are left out: they were looked at before.
    """
    source = piece.source
    if piece.chunk is not None:
        if not done:
            yield _analysed(analyzer, piece.chunk)
        yield TaskDone()
        return
    members: set[Origin] = set()
    losses = Losses()
    seen = 0
    try:
        with source.open() as file:
            if piece.identity is not None and piece.identity != _identity(file):
                raise OSError(errno.ENOENT, "another file has its name now")  # noqa: TRY301
            stream = CountingReader(file if piece.span is None else part(file, piece.span), advance)
            items = (
                open_input(stream, source.origin, limits, encoding)
                if piece.span is None
                else read_range(stream, piece.span, source.origin, limits, losses)
            )
            try:
                for number, item in enumerate(items):
                    if not isinstance(item, Skipped):
                        members.add(item.origin)
                    at, whose = divmod(number, piece.shares)
                    if whose == piece.share and at >= done:
                        yield item if isinstance(item, Skipped) else _analysed(analyzer, item)
            finally:
                seen = stream.seen
    except OSError as error:
        yield Skipped(source.origin, reason_of(error), source.size)
    except Exception as error:  # noqa: BLE001  a reader that trips over one input must not keep the next ones unread
        yield ReadError(source.origin, error, source.size)
    if piece.share == 0:
        yield TaskDone(seen, len(members - {source.origin}), losses.lines, losses.errors)
    else:
        yield TaskDone()


def _analysed(analyzer: Analyzer, chunk: Chunk) -> ChunkResult:
    try:
        return ChunkResult(chunk.origin, analyzer.analyze(chunk))
    except Exception as error:  # noqa: BLE001  what a detector trips over is a gap in this chunk, never a clean one
        return ChunkResult(chunk.origin, failure=error)


def _identity(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino
