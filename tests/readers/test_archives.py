"""Archives are read member by member, to a depth, a count, a size and a ratio; nothing is written anywhere."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.read_results import cells_of, read, skips_of, text_of

from leakwatch.core.model import Limits, Origin, SkipReason, TextChunk
from leakwatch.readers.in_process import read_in_process

LINE = b"2026-01-01 INFO 13900001234\n"


def zipped(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(members, **options):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


PACKERS = [pytest.param(zipped, "a.zip", id="zip"), pytest.param(tarred, "a.tar", id="tar")]


@pytest.mark.parametrize(("pack", "name"), PACKERS)
def test_members_are_read_with_their_own_readers(pack, name):
    """Each has its origin, and its own lines and cells."""
    items = read(pack({"logs/app.log": LINE, "users.csv": b"name,phone\na,13900001234\n", "empty": b""}), name)
    assert [item.origin.inside for item in items] == [("logs/app.log",), ("users.csv",)]
    assert items[0].first_line == 1
    assert cells_of(items)[2, 2] == ("13900001234", "phone")


@pytest.mark.parametrize(("pack", "name"), PACKERS)
def test_archives_in_archives_are_read_to_the_depth(pack, name):
    """The origin names every level; one level too many is reported."""
    inner = pack({"deep.log": LINE})
    for level in (2, 1):
        inner = pack({f"{level}{name}": inner})
    (item,) = read(inner, name)
    assert item.origin.inside == (f"1{name}", f"2{name}", "deep.log")
    assert skips_of(read(inner, name, depth=2)) == [((f"1{name}", f"2{name}"), SkipReason.TOO_DEEP)]


def test_the_depth_holds_for_archives_not_for_workbooks():
    """A workbook is a file, though it is an archive inside."""
    book = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "手机号"
    workbook.save(book)
    assert cells_of(read(zipped({"a.xlsx": book.getvalue()}), "a.zip", depth=1)) == {(1, 1): ("手机号", None)}


@pytest.mark.parametrize(("pack", "name"), PACKERS)
def test_too_many_members_end_the_archive(pack, name):
    """Members read before the limit are kept; the archive is reported."""
    items = read(pack({f"{number}.log": LINE for number in range(5)}), name, members=3)
    assert len([item for item in items if isinstance(item, TextChunk)]) == 3
    assert skips_of(items) == [((), SkipReason.TOO_MANY_MEMBERS)]


def test_total_unpacked_bytes_are_limited():
    """A member beyond the limit is reported, and so is the archive, whose rest is not read."""
    items = read(zipped({"a.log": LINE * 100, "b.log": LINE * 100, "c.log": LINE}), "a.zip", unpacked_bytes=3000)
    assert skips_of(items) == [(("b.log",), SkipReason.TOO_LARGE), ((), SkipReason.TOO_LARGE)]


def test_a_member_that_unpacks_too_well_is_a_bomb_and_the_next_is_read():
    """Ratio limits apply to members from one megabyte on."""
    items = read(zipped({"bomb.log": b"0" * 30_000_000, "b.log": LINE}), "a.zip")
    assert skips_of(items) == [(("bomb.log",), SkipReason.RATIO)]
    assert LINE.decode() in text_of(items)
    assert skips_of(read(zipped({"blank.log": b" " * 900_000}), "a.zip")) == []


def test_time_is_bounded_but_only_the_time_spent_reading():
    """A slow consumer does not make a file time out; a slow file does."""
    now = [0.0]
    data = zipped({f"{number}.log": LINE for number in range(50)})

    def consume(per_read, per_chunk):
        def clock():
            now[0] += per_read
            return now[0]

        items = []
        for item in read_in_process(io.BytesIO(data), Origin("a.zip"), Limits(seconds=60), clock=clock):
            items.append(item)
            now[0] += per_chunk
        return items

    assert skips_of(consume(per_read=0, per_chunk=30)) == []
    reasons = [reason for _, reason in skips_of(consume(per_read=1, per_chunk=0))]
    assert reasons == [SkipReason.TIME_OUT, SkipReason.TIME_OUT]


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-8"])
def test_names_without_a_declared_encoding_are_read(encoding):
    """Windows writes GBK names into ZIP files; TAR declares no encoding."""
    name = "手機號碼/客戶姓名.csv" if encoding == "big5" else "手机号码/客户姓名.csv"
    raw = name.encode(encoding)
    plain = "x" * len(raw)
    for data in (zipped({plain: "a,b\n"}), tarred({plain: b"a,b\n"})):
        patched = data.replace(plain.encode(), raw)
        if patched[:2] != b"PK":
            header = bytearray(patched[:512])
            header[148:156] = b" " * 8
            header[148:156] = b"%06o\0 " % sum(header)
            patched = bytes(header) + patched[512:]
        (item,) = read(patched, "a")
        assert item.origin.inside == (name,)


def test_declared_names_and_backslashes_are_read():
    """Modern zips declare UTF-8; old Windows tools write backslashes."""
    assert read(zipped({"客户/名单.log": LINE}), "a.zip")[0].origin.inside == ("客户/名单.log",)


def test_encrypted_members_are_reported_and_others_are_read():
    """The header is enough; no password is ever requested."""
    data = bytearray(zipped({"a.log": LINE, "b.log": LINE}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    items = read(bytes(data), "a.zip")
    assert skips_of(items) == [(("a.log",), SkipReason.ENCRYPTED)]
    assert items[1].origin.inside == ("b.log",)


def test_members_with_unbounded_methods_are_reported():
    """LZMA and bzip2 inside ZIP are unsupported."""
    assert skips_of(read(zipped({"a.log": LINE}, zipfile.ZIP_LZMA), "a.zip")) == [
        (("a.log",), SkipReason.UNSUPPORTED_FORMAT)
    ]


def test_a_damaged_member_is_reported_and_the_next_is_read():
    """A wrong checksum, a broken stream and a wrong local header cost only their member."""
    good = zipped({"a.log": LINE * 50, "b.log": LINE}, zipfile.ZIP_STORED)
    data_at = good.index(LINE)
    for at in (data_at + 5, 30):
        broken = bytearray(good)
        broken[at] ^= 0xFF
        items = read(bytes(broken), "a.zip")
        assert (("a.log",), SkipReason.DAMAGED) in skips_of(items)
        assert any(item.origin.inside == ("b.log",) for item in items)


def test_a_directory_of_absurd_size_is_refused():
    """The list of members itself may be the bomb."""
    data = zipped({f"{number:08}{'x' * 400}": b"" for number in range(6000)})
    assert skips_of(read(data, "a.zip", members=10)) == [((), SkipReason.TOO_MANY_MEMBERS)]


def test_an_archive_without_random_access_is_held_in_memory(monkeypatch):
    """From a pipe or inside another archive, up to a size limit."""
    data = zipped({"a.log": LINE})

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    assert text_of(read_in_process(Pipe(data), Origin("-"))) == LINE.decode()
    monkeypatch.setattr("leakwatch.readers.input_stream.MAX_BUFFERED_BYTES", 10)
    assert skips_of(read_in_process(Pipe(data), Origin("-"))) == [((), SkipReason.TOO_LARGE)]


@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_tar_format_and_long_names(tar_format):
    """Names beyond a hundred bytes stand in extra headers, differently in each format."""
    name = "/".join(["目录" if tar_format != tarfile.USTAR_FORMAT else "folder"] * 20) + "/app.log"
    items = read(tarred({name: LINE, "b.log": LINE}, format=tar_format), "a.tar")
    assert [item.origin.inside for item in items] == [(name,), ("b.log",)]


def test_links_directories_and_devices_in_a_tar_are_skipped():
    """They have no content; a hard link's content is elsewhere in the archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"x{kind!r}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("a.log")
        info.size = len(LINE)
        archive.addfile(info, io.BytesIO(LINE))
    items = read(buffer.getvalue(), "a.tar")
    assert [item.origin.inside for item in items] == [("a.log",)]


def test_a_truncated_tar_yields_its_readable_part():
    """The truncated member and the archive are reported."""
    data = tarred({"a.log": LINE, "b.log": LINE * 100})
    items = read(data[:2000], "a.tar")
    assert text_of(items).count("13900001234") > 1
    assert skips_of(items) == [(("b.log",), SkipReason.DAMAGED), ((), SkipReason.DAMAGED)]
    garbled = data[:1024] + b"x" * 512
    assert skips_of(read(garbled, "a.tar")) == [((), SkipReason.DAMAGED)]


def tar_header(name, kind, size, more=b""):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[345 : 345 + len(more)] = more
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def padded(data):
    return data + b"\0" * (-len(data) % 512)


def test_a_sparse_member_gives_its_stored_bytes_not_its_holes():
    """A terabyte of holes takes no time."""
    more = bytearray(140)
    more[482 - 345] = 1
    header = tar_header("a.log", tarfile.GNUTYPE_SPARSE, len(LINE), bytes(more))
    further, last = bytearray(512), bytearray(512)
    further[504] = 1
    data = header + bytes(further) + bytes(last) + padded(LINE) + tarred({"b.log": LINE})
    items = read(data, "a.tar")
    assert [(item.origin.inside, item.data) for item in items] == [(("a.log",), LINE), (("b.log",), LINE)]


@pytest.mark.parametrize("data", [b"x path=a\n", b"99 path=a\n", b"2 path=a\n", b"0 \n"])
def test_broken_extended_headers_are_damage(data):
    """Invalid or wrong lengths."""
    archive = tar_header("p", tarfile.XHDTYPE, len(data)) + padded(data) + tarred({"b.log": LINE})
    assert skips_of(read(archive, "a.tar")) == [((), SkipReason.DAMAGED)]


def test_an_extended_header_of_absurd_size_is_refused():
    """It would have to be held in memory."""
    archive = tar_header("p", tarfile.XHDTYPE, 1 << 30) + b"0" * 1024
    assert skips_of(read(archive, "a.tar")) == [((), SkipReason.TOO_LARGE)]


def test_an_extended_header_gives_name_and_size():
    """Pax writes both when they do not fit; unknown keys and global headers are passed."""
    pairs = b"".join(
        b"%d %s\n" % (len(pair) + 4, pair) for pair in (b"path=long.log", b"mtime=1.5", b"size=%08d" % len(LINE))
    )
    assert len(LINE) < 100
    archive = tar_header("g", tarfile.XGLTYPE, 6) + padded(b"6 a=b\n")
    archive += tar_header("p", tarfile.XHDTYPE, len(pairs)) + padded(pairs)
    archive += tar_header("short", tarfile.REGTYPE, 0) + padded(LINE) + tarred({"b.log": LINE})
    items = read(archive, "a.tar")
    assert [(item.origin.inside, item.data) for item in items] == [(("long.log",), LINE), (("b.log",), LINE)]


def test_a_wrong_size_does_not_hide_the_rest():
    """A member longer than the directory states is reported as damaged."""
    raw = zlib.compressobj(wbits=-15)
    packed = raw.compress(LINE * 10) + raw.flush()
    head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, zlib.crc32(LINE * 10), len(packed), len(LINE), 5, 0)
    local = b"PK\x03\x04" + head + b"a.log" + packed
    central = b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.log"
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    assert (("a.log",), SkipReason.DAMAGED) in skips_of(read(local + central + end, "a.zip"))


@example(data=b"\0\0\0\0\1\0\0\2\0", at=1665, byte=0, cut=0)  # a member without a name
@given(data=st.binary(max_size=200), at=st.integers(0, 10**6), byte=st.integers(0, 255), cut=st.integers(0, 10**6))
def test_no_damage_raises(data, at, byte, cut):
    """Any byte changed or any end cut, in any container: chunks and reasons, never an error."""
    for whole, name in (
        (zipped({"a.csv": data, "b.json": data}), "a.zip"),
        (tarred({"a.csv": data, "b.xlsx": data}), "a.tar"),
        (gzip.compress(tarred({"a": data})), "a.tgz"),
    ):
        broken = bytearray(whole)
        broken[at % len(broken)] = byte
        read(bytes(broken), name)
        read(whole[: cut % len(whole)], name)
