"""How many different fingerprints there were, exactly, in memory that does not grow with them.

Of each eight bytes are kept: that two of a hundred million fall together has a chance of one in four thousand. They
come to rest in sorted runs, in memory first, then in a temporary file without a name.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from typing import IO

RUN = 1 << 16
IN_MEMORY = 16
"""So many runs stay in memory."""

_BYTES = 8
_AT_ONCE = 1 << 20


class Distinct:
    """Counts different fingerprints (hexadecimal, evenly spread)."""

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._runs: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._lengths: list[int] = []  # of the runs in the file

    def add(self, fingerprint: str) -> None:
        """Take one fingerprint."""
        self._recent.add(int(fingerprint[: 2 * _BYTES], 16))
        if len(self._recent) >= RUN:
            self._put_aside()

    def __len__(self) -> int:
        """How many different ones there were."""
        if not self._lengths:
            return len(self._recent)
        return sum(self._counted())

    def _put_aside(self) -> None:
        import numpy as np  # noqa: PLC0415 (only where there are many)

        run = np.sort(np.fromiter(self._recent, np.uint64, len(self._recent)))
        self._recent.clear()
        self._lengths.append(len(run))
        self._runs.append(run.tobytes())
        if len(self._runs) >= IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with this object)
                weakref.finalize(self, self._file.close)
            self._file.write(b"".join(self._runs))
            self._file.flush()
            self._runs.clear()

    def _counted(self) -> Iterator[int]:
        """The different ones of one stretch of all numbers after another."""
        import numpy as np  # noqa: PLC0415 (as above)

        runs = [np.fromiter(self._recent, np.uint64, len(self._recent))]
        runs[0].sort()
        runs += [np.frombuffer(run, np.uint64) for run in self._runs]
        if self._file is not None:
            whole = np.memmap(self._file, np.uint64, "r")
            end = 0
            for length in self._lengths[: len(self._lengths) - len(self._runs)]:
                runs.append(whole[end : end + length])
                end += length
        stretches = -(-sum(map(len, runs)) // _AT_ONCE)
        bounds = [(1 << 64) // stretches * number for number in range(stretches)]
        for low, high in zip(bounds, [*bounds[1:], None], strict=True):
            parts = [
                run[
                    np.searchsorted(run, np.uint64(low)) : None
                    if high is None
                    else np.searchsorted(run, np.uint64(high))
                ]
                for run in runs
            ]
            yield len(np.unique(np.concatenate(parts)))
