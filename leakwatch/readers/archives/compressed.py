"""Compressed files: gzip, bzip2, xz, zstandard, lz4. Concatenated streams are one text.

Real logs compress 300:1 and more, so these streams are limited by bytes and time, not by a ratio. What precedes the
damage of a broken stream is analysed.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol, cast

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers.input_stream import ByteSource, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted

# Largest dictionary an untrusted stream may request.
WINDOW_BYTES = 128 * 1024 * 1024
_INPUT_BYTES = 64 * 1024
# zstandard returns all output for its input at once, up to 128 KiB for 4 bytes; small inputs bound the output.
_SMALL_INPUT_BYTES = 1024
_PACKED_TAR = (".tgz", ".tbz", ".tbz2", ".txz", ".tzst")


def read_gzip(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A gzip file."""
    return _read_decompressed(_Gzip(stream), stream, origin, context)


def read_bzip2(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A bzip2 file."""
    return _read_decompressed(_ConcatenatedMembers(stream, bz2.BZ2Decompressor), stream, origin, context)


def read_xz(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """An xz file."""
    return _read_decompressed(
        _ConcatenatedMembers(stream, lambda: lzma.LZMADecompressor(memlimit=WINDOW_BYTES)), stream, origin, context
    )


def read_zstandard(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A zstandard file, if the package is installed."""
    try:
        package = importlib.import_module("zstandard")
    except ImportError:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT) from None
    return _read_decompressed(
        _ConcatenatedMembers(stream, lambda: _Zstandard(package), _SMALL_INPUT_BYTES), stream, origin, context
    )


def read_lz4(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A file of LZ4 frames, if the package is installed."""
    try:
        package = importlib.import_module("lz4.frame")
    except ImportError:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT) from None
    return _read_decompressed(_ConcatenatedMembers(stream, lambda: _Lz4(package)), stream, origin, context)


def is_bzip2(head: bytes) -> bool:
    """Whether ``head`` begins a bzip2 stream rather than a text starting with ``BZh``."""
    return head[:3] == b"BZh" and head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}


def _read_decompressed(source: ByteSource, stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    stem, dot, suffix = context.name.rpartition(".")
    name = context.name if not dot else f"{stem}.tar" if f".{suffix.lower()}" in _PACKED_TAR else stem
    return context.read_member(InputStream(source, stream.budget, unpacked=True), origin, context.for_unpacked(name))


class _Gzip:
    def __init__(self, stream: InputStream) -> None:
        self._file = gzip.GzipFile(fileobj=cast(BinaryIO, stream), mode="rb")

    def read(self, size: int, /) -> bytes:
        return self._file.read1(size)


class _Decompressor(Protocol):
    """The common interface of decompressors of one stream."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class _ConcatenatedMembers:
    """Decompresses concatenated streams. ``EOFError`` if the last one is truncated."""

    def __init__(
        self, stream: InputStream, new_member: Callable[[], _Decompressor], input_bytes: int = _INPUT_BYTES
    ) -> None:
        self._stream = stream
        self._new_member = new_member
        self._input_bytes = input_bytes
        self._member: _Decompressor | None = None
        self._pending = b""
        self._output = b""

    def read(self, size: int, /) -> bytes:
        output = self._output or self._step(size)
        self._output = output[size:]
        return output[:size]

    def _step(self, size: int) -> bytes:
        """The next output; none only at the end."""
        while True:
            if self._member is None:
                # zeros between and after streams are padding
                self._pending = self._pending.lstrip(b"\0") or self._stream.read(self._input_bytes).lstrip(b"\0")
                if not self._pending:
                    return b""
                self._member = self._new_member()
            elif self._member.needs_input and not self._pending:
                self._pending = self._stream.read(self._input_bytes)
                if not self._pending:
                    raise EOFError
            block, self._pending = self._pending, b""
            output = self._member.decompress(block, size)
            if self._member.eof:
                self._pending = self._member.unused_data
                self._member = None
            if output:
                return output


class _Zstandard:
    """One zstandard frame, with the interface of the standard library's decompressors."""

    def __init__(self, package: Any) -> None:
        self._package = package
        self._frame = package.ZstdDecompressor(max_window_size=WINDOW_BYTES).decompressobj()

    @property
    def needs_input(self) -> bool:
        return True

    @property
    def eof(self) -> bool:
        return bool(self._frame.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._frame.unused_data)

    def decompress(self, data: bytes, _max_length: int = -1, /) -> bytes:
        try:
            return bytes(self._frame.decompress(data))
        except self._package.ZstdError:
            raise EOFError from None


class _Lz4:
    """One LZ4 frame, with the interface of the standard library's decompressors."""

    def __init__(self, package: Any) -> None:
        self._frame = package.LZ4FrameDecompressor()

    @property
    def needs_input(self) -> bool:
        return bool(self._frame.needs_input)

    @property
    def eof(self) -> bool:
        return bool(self._frame.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._frame.unused_data or b"")

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        return bytes(self._frame.decompress(data, max_length))
