"""Which pieces an input is looked at in. They are the same however many processes there are, or hold the same."""

from __future__ import annotations

import os
from collections.abc import Iterator

from leakwatch.core.model import Limits
from leakwatch.files.walk import FoundFile
from leakwatch.pipeline.task import Input, Task
from leakwatch.readers.formats import recognise
from leakwatch.readers.text.line_ranges import Range, ranges
from leakwatch.text.charset import SAMPLE_BYTES

SHARED_BYTES = 2 * 1024 * 1024
"""An input of this size is worth several processes."""


def turns(source: Input, limits: Limits, encoding: str, hands: int) -> Iterator[tuple[Task, ...]]:
    """The pieces of an input in their order; those of one turn take turns with their chunks.

    A big text is cut into ranges of lines. Of what can only be read from its beginning everybody reads all and
    analyses a share, unless it is parsed in a process of its own.
    """
    if not isinstance(source, FoundFile) or not SHARED_BYTES <= source.size <= limits.file_bytes:
        yield (Task(source),)
        return
    cut: int | None = None
    try:
        with source.open() as file:
            status = os.fstat(file.fileno())
            identity = status.st_dev, status.st_ino
            spans = ranges(file, status.st_size, source.origin.name, encoding)
            if spans is not None:
                for span in spans:
                    cut = span.end
                    yield (Task(source, span, identity=identity),)
            elif not recognise(os.pread(file.fileno(), SAMPLE_BYTES, 0), source.origin.name).apart:
                cut = source.size
                yield tuple(Task(source, share=share, shares=hands, identity=identity) for share in range(hands))
    except (OSError, LookupError):
        # whoever looks at what is left tells what is wrong with it
        if cut is not None:
            yield (Task(source, Range(cut, source.size, "utf-8"), identity=identity),)
    if cut is None:
        yield (Task(source),)
