"""Compressed files are read through all their members, up to where they break off, within bytes and time."""

import bz2
import gzip
import importlib.util
import io
import lzma
import sys
import tarfile

import pytest
from support.read_results import cells_of, read, skips_of, text_of

from leakwatch.core.model import SkipReason, TextChunk
from leakwatch.readers.text.plain_text import LINE_BYTES

LINE = b"2026-01-01 INFO 13900001234\n"
HAS_ZSTANDARD = importlib.util.find_spec("zstandard") is not None
needs_lz4 = pytest.mark.skipif(importlib.util.find_spec("lz4") is None, reason="lz4 is not installed")
needs_zstandard = pytest.mark.skipif(not HAS_ZSTANDARD, reason="zstandard is not installed")


def zstandard(data):
    return importlib.import_module("zstandard").ZstdCompressor(write_checksum=True).compress(data)


def lz4(data):
    return importlib.import_module("lz4.frame").compress(data, content_checksum=True)


COMPRESSORS = [
    pytest.param("gz", gzip.compress, id="gzip"),
    pytest.param("bz2", bz2.compress, id="bzip2"),
    pytest.param("xz", lzma.compress, id="xz"),
    pytest.param("lz4", lz4, id="lz4", marks=needs_lz4),
    pytest.param("zst", zstandard, id="zstandard", marks=needs_zstandard),
]


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSORS)
def test_a_compressed_log_is_read_as_the_log(suffix, compress):
    """Its places are those of the log, without a member between."""
    items = read(compress(LINE * 10), f"app.log.{suffix}")
    assert text_of(items) == LINE.decode() * 10
    assert items[0].origin.inside == ()


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSORS)
def test_concatenated_streams_are_one_text(suffix, compress):
    """Appending to a compressed log adds a second stream."""
    items = read(compress(LINE * 3) + compress(b"") + compress(LINE * 4), f"app.log.{suffix}")
    assert text_of(items) == LINE.decode() * 7
    assert skips_of(items) == []


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSORS)
def test_text_before_a_truncation_is_kept(suffix, compress):
    """A truncated copy is reported as damaged after its readable part."""
    noise = bytes(range(32, 127)) * 30
    data = b"".join(compress(LINE + noise + b"\n") for _ in range(3))
    items = read(data[:-20], f"app.log.{suffix}")
    assert text_of(items).count("13900001234") >= 2
    assert skips_of(items) == [((), SkipReason.DAMAGED)]


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSORS)
def test_garbage_in_a_stream_is_damage(suffix, compress):
    """A flipped byte is reported, never raised."""
    data = bytearray(compress(LINE * 1000))
    data[len(data) // 2] ^= 0xFF
    assert skips_of(read(bytes(data), f"app.log.{suffix}")) == [((), SkipReason.DAMAGED)]


def test_padding_after_the_last_stream_is_ignored():
    """Tapes and preallocated files end in zeros."""
    for compress, suffix in ((gzip.compress, "gz"), (lzma.compress, "xz"), (bz2.compress, "bz2")):
        items = read(compress(LINE) + b"\0" * 512, f"app.log.{suffix}")
        assert (text_of(items), skips_of(items)) == (LINE.decode(), [])


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSORS)
def test_a_stream_is_bounded_by_bytes_not_by_ratio(suffix, compress):
    """Logs that compress 1000:1 are read; what exceeds the byte limit is reported."""
    data = compress(b"0" * 999 + b"\n" + b"\n".join([b"0" * 999] * 4000))
    assert skips_of(read(data, f"app.log.{suffix}")) == []
    items = read(data, f"app.log.{suffix}", unpacked_bytes=2_000_000)
    assert skips_of(items) == [((), SkipReason.TOO_LARGE)]
    assert 0 < len(text_of(items)) <= 2_000_000


def test_a_bomb_of_zeros_is_reported_without_analysis():
    """It stops at the byte limit, and almost nothing of it reaches the analysis."""
    data = gzip.compress(bytes(100_000_000), 1)
    for name in ("bomb.log.gz", "bomb.csv.gz", "bomb.xml.gz", "bomb.gz"):
        items = read(data, name, unpacked_bytes=64_000_000)
        assert skips_of(items) == [((), SkipReason.TOO_LARGE)]
        assert sum(len(item.data) for item in items if isinstance(item, TextChunk)) <= 2 * LINE_BYTES


def test_the_inner_name_chooses_the_reader():
    """A table stays a table, and the compressed tar by its short name an archive."""
    assert cells_of(read(gzip.compress(b"name,phone\na,13900001234\n"), "users.csv.gz"))[2, 2] == (
        "13900001234",
        "phone",
    )
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("logs/app.log")
        info.size = len(LINE)
        archive.addfile(info, io.BytesIO(LINE))
    for name in ("backup.tgz", "backup.tar.gz", "backup"):
        (item,) = read(buffer.getvalue(), name)
        assert (item.origin.inside, item.data) == (("logs/app.log",), LINE)


def test_compression_in_compression_ends():
    """Twice happens; a file that unpacks to itself for ever exists, too."""
    data = LINE
    for _ in range(2):
        data = gzip.compress(data)
    assert text_of(read(data, "a.gz.gz")) == LINE.decode()
    assert skips_of(read(gzip.compress(data), "a.gz.gz.gz")) == [((), SkipReason.TOO_DEEP)]


def test_a_dictionary_that_is_too_large_is_refused():
    """An xz stream may ask for gigabytes of memory."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 256 * 1024 * 1024}]
    assert skips_of(read(lzma.compress(LINE, filters=filters), "a.xz")) == [((), SkipReason.DAMAGED)]


def test_zstandard_without_its_package_is_unsupported(monkeypatch):
    """A format that cannot be read is never read as garbage."""
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert skips_of(read(b"\x28\xb5\x2f\xfd\x24\x00\x01\x00", "a.zst")) == [((), SkipReason.UNSUPPORTED_FORMAT)]


def test_a_text_that_begins_like_bzip2_is_text():
    """Three letters are no proof."""
    assert text_of(read(b"BZh91 means nothing\n", "a.txt")) == "BZh91 means nothing\n"
