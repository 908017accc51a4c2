"""OLE compound files: the container of Office 97 documents and of encrypted Office documents of any version."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Iterator
from typing import Any

from leakwatch.core.model import SkipReason
from leakwatch.readers.read_limits import ReadAborted

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class OleFile:
    """The streams of a compound file. ``ReadAborted`` when it is damaged."""

    def __init__(self, data: bytes) -> None:
        olefile: Any = importlib.import_module("olefile")  # a scan without such files need not load it
        with _parse_errors():
            # never the bytes themselves: olefile takes short ones for a file name
            self._file = olefile.OleFileIO(io.BytesIO(data))
            self._paths: dict[str, list[str]] = {path[-1]: path for path in self._file.listdir()}

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def read(self, name: str) -> bytes:
        """The content of the stream ``name``, whichever storage it is in."""
        path = self._paths[name]
        with _parse_errors():
            data: bytes = self._file.openstream(path).read()
            if len(data) < self._file.get_size(path):
                raise ReadAborted(SkipReason.DAMAGED)
        return data


@contextlib.contextmanager
def _parse_errors() -> Iterator[None]:
    try:
        yield
    except (MemoryError, ReadAborted):
        raise
    except RecursionError:
        raise ReadAborted(SkipReason.TOO_DEEP) from None
    except Exception:  # noqa: BLE001  # olefile fails in many ways on hostile input
        raise ReadAborted(SkipReason.DAMAGED) from None
