"""Splits inputs into tasks. The results do not depend on the number of workers."""

from __future__ import annotations

import os
from collections.abc import Iterator

from leakwatch.core.file_id import FileId
from leakwatch.core.model import Limits
from leakwatch.files.walk import FoundFile
from leakwatch.pipeline.task import Input, Task
from leakwatch.readers.formats import recognise
from leakwatch.readers.text.line_ranges import LineRange, find_ranges
from leakwatch.text.charset import SAMPLE_BYTES

SHARED_BYTES = 2 * 1024 * 1024
"""Inputs from this size on are split between workers."""


def split_input(source: Input, limits: Limits, encoding: str, workers: int) -> Iterator[tuple[Task, ...]]:
    """The tasks of an input in order; the tasks of one tuple interleave their chunks.

    A large text is split into ranges of lines. Other formats can only be read from the beginning: every worker reads
    all of it and analyses its share of the chunks, except for sandboxed formats, which are not split.
    """
    if not isinstance(source, FoundFile) or not SHARED_BYTES <= source.size <= limits.file_bytes:
        yield (Task(source),)
        return
    end: int | None = None
    try:
        with source.open() as file:
            status = os.fstat(file.fileno())
            identity = FileId(status.st_dev, status.st_ino)
            spans = find_ranges(file, status.st_size, source.origin.name, encoding)
            if spans is not None:
                for span in spans:
                    end = span.end
                    yield (Task(source, span, identity=identity),)
            elif not recognise(os.pread(file.fileno(), SAMPLE_BYTES, 0), source.origin.name).sandboxed:
                end = source.size
                yield tuple(Task(source, share=share, shares=workers, identity=identity) for share in range(workers))
    except (OSError, LookupError):
        # the task for the remainder reports the error
        if end is not None:
            yield (Task(source, LineRange(end, source.size, "utf-8"), identity=identity),)
    if end is None:
        yield (Task(source),)
