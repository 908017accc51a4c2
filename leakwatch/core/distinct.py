"""Counts distinct fingerprints exactly, in constant memory.

Eight bytes of each are kept: the chance that two of a hundred million collide is one in four thousand. They are written
to sorted runs in an unnamed temporary file and counted range by range over all runs.
"""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

RUN = 1 << 16
_BYTES = 8
_RANGES = 256


class DistinctCounter:
    """Counts different fingerprints (hexadecimal, evenly spread)."""

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._file: IO[bytes] | None = None
        self._edges: list[array[int]] = []  # per run: the offsets (in numbers) of its ranges in the file, and its end
        self._length = 0

    def add(self, fingerprint: str) -> None:
        """Take one fingerprint."""
        self._recent.add(int(fingerprint[: 2 * _BYTES], 16))
        if len(self._recent) >= RUN:
            self._put_aside()

    def __len__(self) -> int:
        """The number of distinct fingerprints."""
        return len(self._recent) if self._file is None else sum(map(len, self._told()))

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same fingerprints."""
        if not isinstance(other, DistinctCounter):
            return NotImplemented
        return list(map(bytes, self._told())) == list(map(bytes, other._told()))

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _put_aside(self) -> None:
        import numpy as np  # noqa: PLC0415 (only where there are many)

        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with this object)
            weakref.finalize(self, self._file.close)
        run = np.sort(np.fromiter(self._recent, np.uint64, len(self._recent)))
        self._recent.clear()
        bounds = np.arange(1, _RANGES, dtype=np.uint64) * np.uint64((1 << 64) // _RANGES)
        edges = (0, *np.searchsorted(run, bounds).tolist(), len(run))
        self._edges.append(array("Q", [self._length + edge for edge in edges]))
        self._length += len(run)
        self._file.seek(0, 2)
        self._file.write(run.tobytes())

    def _told(self) -> Iterator[np.ndarray]:
        """The distinct ones, range after range."""
        import numpy as np  # noqa: PLC0415 (as above)

        if self._recent:
            self._put_aside()
        for number in range(_RANGES):
            parts = []
            for edges in self._edges:
                assert self._file is not None
                self._file.seek(edges[number] * _BYTES)
                parts.append(self._file.read((edges[number + 1] - edges[number]) * _BYTES))
            yield np.unique(np.frombuffer(b"".join(parts), np.uint64))
