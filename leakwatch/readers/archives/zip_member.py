"""Opens ZIP archives and their members; all errors of damaged archives become ``ReadAborted``."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from leakwatch.core.model import SkipReason
from leakwatch.readers.input_stream import BLOCK_BYTES, InputStream
from leakwatch.readers.read_limits import ReadAborted, ReadLimits

_ANY_SIZE = 1 << 62
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    NotImplementedError,
)


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive in ``file``. ``ReadAborted`` when its directory is damaged."""
    try:
        return zipfile.ZipFile(file)
    except _DAMAGED:
        raise ReadAborted(SkipReason.DAMAGED) from None


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """One opened member. ``ReadAborted`` when it is encrypted or its header is damaged."""
    try:
        return archive.open(info)
    except _DAMAGED:
        raise ReadAborted(SkipReason.DAMAGED) from None
    except RuntimeError:
        raise ReadAborted(SkipReason.ENCRYPTED) from None


def unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: ReadLimits) -> Iterator[bytes]:
    """The blocks of a document part, read to its real end instead of the size in the archive's directory."""
    info.file_size = _ANY_SIZE
    with open_member(archive, info) as part:
        stream = InputStream(part, budget, unpacked=True)
        while block := stream.read(BLOCK_BYTES):
            yield block
