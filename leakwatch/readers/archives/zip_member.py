"""Opening a ZIP archive and its members, with the many ways in which a damaged one fails made one."""

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
    """The archive in ``file``; ``ReadAborted`` when its directory cannot be read."""
    try:
        return zipfile.ZipFile(file)
    except _DAMAGED:
        raise ReadAborted(SkipReason.DAMAGED) from None


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """One member, to be read; ``ReadAborted`` when it is encrypted or its header cannot be read."""
    try:
        return archive.open(info)
    except _DAMAGED:
        raise ReadAborted(SkipReason.DAMAGED) from None
    except RuntimeError:
        raise ReadAborted(SkipReason.ENCRYPTED) from None


def unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: ReadLimits) -> Iterator[bytes]:
    """What really comes out of a part of a document, whatever the archive's directory says."""
    info.file_size = _ANY_SIZE
    with open_member(archive, info) as part:
        stream = InputStream(part, budget, unpacked=True)
        while block := stream.read(BLOCK_BYTES):
            yield block
