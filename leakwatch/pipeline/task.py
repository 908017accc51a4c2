"""Tasks: a part of an input to open, read and analyse, in this process or in a worker, with the same outcome."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Chunk, Limits, Origin, Skipped
from leakwatch.detection.analyze import Analysis, Analyzer
from leakwatch.files.counting_reader import CountingReader
from leakwatch.files.walk import reason_of
from leakwatch.readers import open_input
from leakwatch.readers.text.line_ranges import LineRange, RangeTotals, open_range, read_line_range


class Input(Protocol):
    """One input to scan."""

    @property
    def origin(self) -> Origin:
        """Where the input comes from."""
        ...

    @property
    def size(self) -> int:
        """Size in bytes when it was found; 0 if unknown."""
        ...

    def open(self) -> BinaryIO:
        """The content from the beginning. ``OSError`` when it cannot be opened."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """A unit of work: an input, a ``span`` of its lines, or every ``shares``-th chunk of it.

    With a ``chunk`` only that is analysed and nothing is opened. ``identity`` is the file that was split: a task of a
    file that was replaced since is reported as vanished.
    """

    source: Input
    span: LineRange | None = None
    share: int = 0
    shares: int = 1
    identity: FileId | None = None
    chunk: Chunk | None = None

    @property
    def size(self) -> int:
        """Approximate bytes to analyse."""
        return self.source.size // self.shares if self.span is None else self.span.end - self.span.start


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """The analysis of one chunk, or the ``failure`` that prevented it."""

    origin: Origin
    analysis: Analysis = field(default_factory=Analysis)
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class ReadError:
    """A reader raised an unexpected error; the rest of the input was not read."""

    origin: Origin
    failure: Exception
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class TaskDone:
    """The end of a task, with counts to be summed over the tasks of an input.

    ``errors`` counts undecodable places. Interleaved tasks report the counts once, in the first share.
    """

    bytes: int = 0
    members: int = 0
    lines: int = 0
    errors: int = 0


Outcome = ChunkResult | Skipped | ReadError | TaskDone


def run_task(
    analyzer: Analyzer,
    task: Task,
    limits: Limits,
    encoding: str,
    advance: Callable[[int], None] = lambda _: None,
    done: int = 0,
) -> Iterator[Outcome]:
    """The outcomes of a task in order, ``TaskDone`` last. Problems are returned, never raised.

    ``advance`` is called with the number of bytes read. The first ``done`` chunks are skipped: after a crash they have
    been reported already.
    """
    source = task.source
    if task.chunk is not None:
        if not done:
            yield _analyze(analyzer, task.chunk)
        yield TaskDone()
        return
    members: set[Origin] = set()
    totals = RangeTotals()
    bytes_read = 0
    try:
        with source.open() as file:
            if task.identity is not None and task.identity != _identity(file):
                raise OSError(errno.ENOENT, "the file was replaced")  # noqa: TRY301
            stream = CountingReader(file if task.span is None else open_range(file, task.span), advance)
            items = (
                open_input(stream, source.origin, limits, encoding)
                if task.span is None
                else read_line_range(stream, task.span, source.origin, limits, totals)
            )
            try:
                for number, item in enumerate(items):
                    if not isinstance(item, Skipped):
                        members.add(item.origin)
                    index, share = divmod(number, task.shares)
                    if share == task.share and index >= done:
                        yield item if isinstance(item, Skipped) else _analyze(analyzer, item)
            finally:
                bytes_read = stream.seen
    except OSError as error:
        yield Skipped(source.origin, reason_of(error), source.size)
    except Exception as error:  # noqa: BLE001  # an error in one reader must not stop the scan
        yield ReadError(source.origin, error, source.size)
    if task.share == 0:
        yield TaskDone(bytes_read, len(members - {source.origin}), totals.lines, totals.errors)
    else:
        yield TaskDone()


def _analyze(analyzer: Analyzer, chunk: Chunk) -> ChunkResult:
    try:
        return ChunkResult(chunk.origin, analyzer.analyze(chunk))
    except Exception as error:  # noqa: BLE001  # a chunk whose analysis failed is a gap, never clean
        return ChunkResult(chunk.origin, failure=error)


def _identity(file: BinaryIO) -> FileId:
    status = os.fstat(file.fileno())
    return FileId(status.st_dev, status.st_ino)
