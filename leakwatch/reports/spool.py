"""Lines that wait for the end of a report without filling the memory. They hold no value, only masked names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

IN_MEMORY_BYTES = 1024 * 1024


class Spool:
    """Lines in their order: the first megabyte in memory, more of them in a temporary file without a name."""

    def __init__(self) -> None:
        # closed at the end of the one iteration, or with the process
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        self.count = 0

    def append(self, line: str) -> None:
        """Add a line, given without its newline."""
        self._file.write(line + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[str]:
        """The lines, once."""
        with self._file as lines:
            lines.seek(0)
            for line in lines:
                yield line.removesuffix("\n")
