"""Lines kept for the end of a report in bounded memory. They hold masked names only, never a value."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

IN_MEMORY_BYTES = 1024 * 1024


class Spool:
    """Lines in order: the first megabyte in memory, the rest in an unnamed temporary file."""

    def __init__(self) -> None:
        # closed after the only iteration, or with the process
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        self.count = 0

    def append(self, line: str) -> None:
        """Add a line, given without its newline."""
        self._file.write(line + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[str]:
        """The lines; can be iterated once."""
        with self._file as lines:
            lines.seek(0)
            for line in lines:
                yield line.removesuffix("\n")
