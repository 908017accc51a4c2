"""7z archives are read file by file, for all compression methods, within the limits of archives."""

import io
import random
import subprocess
import sys
import zipfile
import zlib

import py7zr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.read_results import cells_of, read, skips_of, text_of

from leakwatch.core.model import Origin, SkipReason, TextChunk
from leakwatch.readers import open_input
from leakwatch.readers.formats import recognise

LINE = b"2026-01-01 INFO 13900001234\n"
PACKINGS = {
    "lzma2": [{"id": py7zr.FILTER_LZMA2, "preset": 1}],
    "lzma": [{"id": py7zr.FILTER_LZMA, "preset": 1}],
    "bcj": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 1}],
    "ppmd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "zstandard": [{"id": py7zr.FILTER_ZSTD}],
    "brotli": [{"id": py7zr.FILTER_BROTLI}],
    "stored": [{"id": py7zr.FILTER_COPY}],
}


def packed(members, filters=None, password=None, header_encryption=False):
    """One solid archive."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(
        buffer, "w", filters=filters, password=password, header_encryption=header_encryption
    ) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return buffer.getvalue()


def appended(first, second):
    """An archive of two solid blocks, each with its own packing: (members, filters)."""
    buffer = io.BytesIO(packed(*first))
    with py7zr.SevenZipFile(buffer, "a", filters=second[1]) as archive:
        for name, data in second[0].items():
            archive.writestr(data, name)
    return buffer.getvalue()


@pytest.mark.parametrize("filters", PACKINGS.values(), ids=PACKINGS)
def test_files_are_read_with_their_own_readers(filters):
    """Each has its origin, its own lines and cells, and is whole."""
    noise = "".join(random.Random(7).choices("abcdefgh ", k=300_000)).encode() + b"\n"
    members = {"logs/app.log": noise + LINE, "users.csv": b"name,phone\na,13900001234\n", "b.log": LINE * 3}
    items = read(packed(members, filters), "a.7z")
    assert skips_of(items) == []
    assert {item.origin.inside[0] for item in items} == set(members)
    assert cells_of(items)[2, 2] == ("13900001234", "phone")
    assert text_of(items) == (members["logs/app.log"] + members["b.log"]).decode()


def test_solid_blocks_are_read_one_after_the_other():
    """What was added later is packed apart, and in another way."""
    data = appended(({"a.log": LINE, "b.log": LINE}, PACKINGS["bzip2"]), ({"c.log": LINE}, PACKINGS["lzma2"]))
    items = read(data, "a.7z")
    assert [item.origin.inside for item in items] == [("a.log",), ("b.log",), ("c.log",)]
    assert text_of(items) == LINE.decode() * 3


def test_archives_in_archives_are_read_to_the_depth():
    """Formats may differ on the way down; one level too many is reported."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("deep.log", LINE)
    inner = packed({"2.zip": buffer.getvalue()})
    data = packed({"1.7z": inner, "b.log": LINE})
    assert [item.origin.inside for item in read(data, "a.7z")] == [("1.7z", "2.zip", "deep.log"), ("b.log",)]
    assert skips_of(read(data, "a.7z", depth=2)) == [(("1.7z", "2.zip"), SkipReason.TOO_DEEP)]


def test_too_many_files_end_the_archive():
    """Files read before the limit are kept; the archive is reported."""
    items = read(packed({f"{number}.log": LINE for number in range(5)}), "a.7z", members=3)
    assert len([item for item in items if isinstance(item, TextChunk)]) == 3
    assert skips_of(items) == [((), SkipReason.TOO_MANY_MEMBERS)]


def test_a_bomb_is_reported_and_the_next_file_is_read():
    """Beyond its ratio a file is unpacked only to find the next one, and that counts against the limits."""
    data = packed({"bomb.log": b"0" * 30_000_000, "b.log": LINE}, PACKINGS["lzma2"])
    items = read(data, "a.7z")
    assert skips_of(items) == [(("bomb.log",), SkipReason.RATIO)]
    assert LINE.decode() in text_of(items)
    items = read(data, "a.7z", unpacked_bytes=10_000_000)
    assert skips_of(items) == [(("bomb.log",), SkipReason.RATIO), ((), SkipReason.TOO_LARGE)]


@pytest.mark.parametrize("packing", ["deflate", "zstandard"])
def test_a_bomb_takes_no_memory(packing):
    """However much comes out at once, the worker holds only a few blocks."""
    data = packed({"bomb.log": b"0" * 400_000_000}, PACKINGS[packing])
    code = (
        "import sys; from leakwatch.core.model import Limits, Origin; from leakwatch.readers.in_process import read_in_process;"
        "items = list(read_in_process(sys.stdin.buffer, Origin('a.7z'), Limits()));"
        "lines = open('/proc/self/status').read().splitlines();"
        "print(items[-1].reason.value, next(line.split()[1] for line in lines if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    reason, most = done.stdout.split()
    assert reason == b"ratio"
    assert int(most) < 250 * 1024, "KiB; all of the bomb is as much again"


def test_encryption_is_reported():
    """For the archive if names are encrypted, else for each encrypted file; the others are read."""
    assert skips_of(read(packed({"a.log": LINE}, password="made up", header_encryption=True), "a.7z")) == [
        ((), SkipReason.ENCRYPTED)
    ]
    items = read(packed({"a.log": LINE, "b.log": LINE}, password="made up"), "a.7z")
    assert skips_of(items) == [(("a.log",), SkipReason.ENCRYPTED), (("b.log",), SkipReason.ENCRYPTED)]


def test_an_unknown_compression_method_is_reported():
    """For the file, not for the archive."""
    data = packed({"a.log": LINE}, PACKINGS["stored"])
    with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
        coders = archive.header.main_streams.unpackinfo.folders[0].coders
    assert coders[0]["method"] == b"\x00"
    # one folder of one coder, whose id is one byte ("copy"), then the sizes; a shorter pattern may match a timestamp
    at = data.index(b"\x07\x0b\x01\x00\x01\x01\x00\x0c")
    broken = bytearray(data)
    broken[at + 6] = 0x7E
    assert skips_of(read(resealed(bytes(broken)), "a.7z")) == [(("a.log",), SkipReason.UNSUPPORTED_FORMAT)]


def resealed(data):
    """The archive with the checksums of its directory made right again."""
    offset, size = (int.from_bytes(data[at : at + 8], "little") for at in (12, 20))
    start = data[12:28] + checksum(data[32 + offset : 32 + offset + size])
    return data[:8] + checksum(start) + start + data[32:]


def checksum(data):
    return zlib.crc32(data).to_bytes(4, "little")


def test_a_damaged_file_ends_its_solid_block():
    """A wrong checksum does not locate the damage; other blocks are read."""
    other = {f"{name}.log": LINE * 40 for name in "ab"}
    data = bytearray(appended((other, PACKINGS["stored"]), ({"c.log": LINE}, PACKINGS["lzma2"])))
    data[data.index(LINE) + 5] ^= 1
    items = read(bytes(data), "a.7z")
    assert skips_of(items) == [(("a.log",), SkipReason.DAMAGED), (("b.log",), SkipReason.DAMAGED)]
    assert items[-1].origin.inside == ("c.log",)


def test_the_readable_part_of_a_damaged_block_is_read():
    """Everything after the damage is reported."""
    noise = random.Random(7).randbytes(3_000_000).hex().encode()
    data = bytearray(packed({"a.log": LINE + noise, "b.log": LINE}, PACKINGS["bzip2"]))
    data[2_000_000:2_000_100] = bytes(100)
    items = read(bytes(data), "a.7z")
    assert skips_of(items) == [(("a.log",), SkipReason.DAMAGED), (("b.log",), SkipReason.DAMAGED)]
    assert text_of(items).startswith(LINE.decode())


def test_it_is_parsed_in_a_worker():
    """As every large parser of binary files is."""
    items = list(open_input(io.BytesIO(packed({"a.log": LINE})), Origin("a.7z")))
    assert [(item.origin.inside, item.data) for item in items] == [(("a.log",), LINE)]
    assert recognise(packed({"a.log": LINE})[:64], "a.7z").sandboxed


def test_directories_and_empty_files_hold_nothing(tmp_path):
    """Neither do links: what they lead to is not followed."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d/empty.log").touch()
    (tmp_path / "d/link").symlink_to("/etc/passwd")
    (tmp_path / "d/a.log").write_bytes(LINE)
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        archive.writeall(tmp_path / "d", "d")
    assert [item.origin.inside for item in read(buffer.getvalue(), "a.7z")] == [("d/a.log",)]


@given(data=st.binary(max_size=200), at=st.integers(0, 10**6), byte=st.integers(0, 255), cut=st.integers(0, 10**6))
def test_no_damage_raises(data, at, byte, cut):
    """Any byte changed, in what is packed or in the directory (checksums made right), any end cut: never an error."""
    whole = packed({"a.csv": data, "b.json": data}, PACKINGS["stored"])
    broken = bytearray(whole)
    broken[at % len(broken)] = byte
    read(bytes(broken), "a.7z")
    if at % len(broken) >= 32:
        read(resealed(bytes(broken)), "a.7z")
    read(whole[: cut % len(whole)], "a.7z")
