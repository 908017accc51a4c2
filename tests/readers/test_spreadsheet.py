"""Cells of workbooks are read as displayed, at their places; hostile workbooks are rejected before loading."""

import datetime as dt
import io
import struct
import zipfile

import openpyxl
import pytest
from support.read_results import cells_of, read, skips_of

from leakwatch.core.model import RecordChunk, SkipReason
from leakwatch.readers.documents.ole import OleFile
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables.sheet_limits import check_xls

ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>{tables}'
    "</office:spreadsheet></office:body></office:document-content>"
)


def xlsx(*sheets):
    """A workbook of (title, {cell: value}) sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets:
        sheet = book.create_sheet(title)
        for place, value in cells.items():
            sheet[place] = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(tables, document=ODS, mimetype=ODS_TYPE, manifest="<manifest/>"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", document.replace("{tables}", tables))
    return buffer.getvalue()


def ods_cell(text, more=""):
    return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def compound(streams, sector=512):
    """A compound file of streams, each of at least 4096 bytes (so that no mini stream is needed)."""
    bodies = [body + b"\0" * (-len(body) % sector) for body in streams.values()]
    entries, fat, at = [], [0xFFFFFFFD, 0xFFFFFFFE], 2
    for (name, body), padded in zip(streams.items(), bodies, strict=True):
        count = len(padded) // sector
        fat += [*range(at + 1, at + count), 0xFFFFFFFE]
        entries.append((name, 2, at, len(body)))
        at += count
    directory = b""
    for number, (name, kind, start, size) in enumerate([("Root Entry", 5, 0xFFFFFFFE, 0), *entries]):
        raw = name.encode("utf-16-le") + b"\0\0"
        sibling = number + 1 if 0 < number < len(entries) else 0xFFFFFFFF
        tree = struct.pack("<III", 0xFFFFFFFF, sibling, 1 if kind == 5 else 0xFFFFFFFF)
        directory += raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + tree + b"\0" * 36
        directory += struct.pack("<III", start, size, 0)
    directory = directory.ljust(sector, b"\0")
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(sector, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0, 0, 0)[:36]
    header += struct.pack("<I", 0) + b"\xff" * 432
    return header[:512] + table + directory + b"".join(bodies)


def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def xls(*cells, more=b""):
    """A workbook of one sheet that holds numbers at (row, column), as Excel 97 writes it."""
    sheet_name = b"S"
    opening = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)) + more
    length = len(opening) + 4 + 8 + len(sheet_name) + 4
    bound = record(0x0085, struct.pack("<IBBBB", length, 0, 0, len(sheet_name), 0) + sheet_name)
    body = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for row, column, number in cells:
        body += record(0x0203, struct.pack("<HHHd", row, column, 0, number))
    workbook = opening + bound + record(0x000A) + body + record(0x000A)
    return compound({"Workbook": workbook.ljust(4096, b"\0")})


def test_cells_are_read_as_displayed():
    """Numbers without a trailing .0 or an exponent, dates as ISO, text as it is, nothing for truth values."""
    cells = {
        "A1": "手机号",
        "B1": "值",
        "A2": 13900001234,
        "B2": 0.5,
        "A3": "13900001234",
        "B3": dt.datetime(2020, 1, 2, 3, 4, 5),  # noqa: DTZ001  workbooks know no zones
        "A4": 440301190001010000,
        "B4": dt.date(2020, 1, 2),
        "A5": True,
        "B5": dt.time(3, 4),
        "A6": -7,
        "B6": 1e300,
        "B7": dt.timedelta(hours=30),
    }
    shown = {place: text for place, (text, _) in cells_of(read(xlsx(("客户", cells)), "users.xlsx")).items()}
    assert shown == {
        (1, 1): "手机号",
        (1, 2): "值",
        (2, 1): "13900001234",
        (2, 2): "0.5",
        (3, 1): "13900001234",
        (3, 2): "2020-01-02 03:04:05",
        (4, 1): "440301190001010000",
        (4, 2): "2020-01-02",
        (5, 2): "03:04:00",
        (6, 1): "-7",
        (6, 2): "1e+300",
        (7, 2): "1 day, 6:00:00",
    }


def test_every_sheet_has_its_name_and_a_table_may_begin_anywhere():
    """Empty rows and columns before the table do not shift its places."""
    book = xlsx(
        ("一", {"A1": "a", "A2": "x"}),
        ("空", {}),
        ("二", {"C4": "姓名", "D4": "手机号", "C5": "甲", "D5": 13900001234}),
    )
    items = read(book, "users.xlsx")
    fields = [field for item in items if isinstance(item, RecordChunk) for rec in item.records for field in rec]
    assert {field.place.sheet for field in fields} == {"一", "二"}
    (phone,) = [field for field in fields if field.text == "13900001234"]
    assert (phone.place.sheet, phone.place.row, phone.place.column, phone.key) == ("二", 5, 4, "手机号")


def test_content_decides_not_the_name():
    """A workbook with another name, or in an archive, is a workbook."""
    book = xlsx(("s", {"A1": "手机号", "A2": 13900001234}))
    assert cells_of(read(book, "upload.tmp"))[2, 1] == ("13900001234", "手机号")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("in/users.xlsx", book)
    items = read(buffer.getvalue(), "all.zip")
    assert cells_of(items)[2, 1] == ("13900001234", "手机号")
    assert items[0].origin.inside == ("in/users.xlsx",)


def test_many_rows_come_in_bounded_chunks():
    """A large sheet is given in parts."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(4500):
        sheet.append([row, "x"])
    buffer = io.BytesIO()
    book.save(buffer)
    assert [len(item.records) for item in read(buffer.getvalue(), "b.xlsx")] == [2000, 2000, 500]


def test_two_cells_in_far_corners_are_rejected_before_loading():
    """Loading them would need half a terabyte and end the process."""
    bomb = xlsx(("s", {"A1": "x", "XFD1048576": "y"}))
    assert skips_of(read(bomb, "bomb.xlsx")) == [((), SkipReason.TOO_LARGE)]


def test_repeated_cells_are_rejected_before_loading():
    """One ods cell may be repeated a million times."""
    cell = ods_cell("x", ' table:number-columns-repeated="16384"')
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    assert skips_of(read(ods(f'<table:table table:name="s">{row}</table:table>'), "b.ods")) == [
        ((), SkipReason.TOO_LARGE)
    ]


def test_an_ods_sheet_with_the_usual_empty_repeats_is_read():
    """Every ods file ends with a million empty rows that are written once."""
    rows = f"<table:table-row>{ods_cell('手机号')}{ods_cell('b')}</table:table-row>"
    rows += f'<table:table-row>{ods_cell("13900001234")}<table:table-cell table:number-columns-repeated="16383"/></table:table-row>'
    rows += '<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    book = ods(f'<table:table table:name="s">{rows}</table:table>')
    assert cells_of(read(book, "users.ods"))[2, 1] == ("13900001234", "手机号")


def test_other_and_encrypted_open_documents_are_reported():
    """A letter is not a spreadsheet; an encrypted one is marked in its manifest."""
    letter = ods("", mimetype="application/vnd.oasis.opendocument.text")
    locked = ods("", manifest="<manifest><file-entry><encryption-data/></file-entry></manifest>")
    assert skips_of(read(letter, "a.odt")) == [((), SkipReason.UNSUPPORTED_FORMAT)]
    assert skips_of(read(locked, "a.ods")) == [((), SkipReason.ENCRYPTED)]


def test_a_document_type_is_refused():
    """No workbook needs entities; bombs do."""
    document = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert skips_of(read(ods("", document), "b.ods")) == [((), SkipReason.DAMAGED)]


def test_a_part_that_unpacks_to_too_much_is_refused():
    """Whatever the directory of the archive says about its size."""
    assert skips_of(read(xlsx(("s", {"A1": "x" * 30_000})), "b.xlsx", unpacked_bytes=10_000)) == [
        ((), SkipReason.TOO_LARGE)
    ]


def test_an_old_workbook_is_read():
    """Xls gives the same places as xlsx."""
    cells = cells_of(read(xls((0, 0, 7), (2, 3, 13900001234)), "old.xls"))
    assert cells == {(1, 1): ("7", None), (3, 4): ("13900001234", None)}


def test_a_panic_of_the_native_parser_is_damage():
    """An old workbook whose sheet begins outside of it makes the parser panic; the process goes on."""
    data = bytearray(xls((0, 0, 7)))
    struct.pack_into("<I", data, data.index(record(0x0085, b"\0" * 9)[:4]) + 4, 10_000_000)
    assert skips_of(read(bytes(data), "old.xls")) == [((), SkipReason.DAMAGED)]


def test_an_old_workbook_of_far_corners_is_refused():
    """Sheets of old workbooks are loaded all at once."""
    assert skips_of(read(xls((0, 0, 7), (65535, 255, 1)), "old.xls")) == [((), SkipReason.TOO_LARGE)]


def test_runs_of_cells_count_up_to_their_last_column():
    """One record may hold a whole row."""
    run = record(0x00BD, struct.pack("<HH", 65535, 0) + b"\0" * 6 * 256 + struct.pack("<H", 255))
    with pytest.raises(ReadAborted) as caught:
        check_xls(record(0x0809) + run)
    assert caught.value.reason is SkipReason.TOO_LARGE
    check_xls(record(0x0809) + record(0x00BD) + record(0x0203) + b"\1")


def test_small_streams_are_found_in_the_mini_stream():
    """Streams below 4096 bytes share sectors with others."""
    mini = b"".join(bytes([n]) * 64 for n in range(3))
    data = bytearray(
        compound({"Root": mini.ljust(4096, b"\0"), "Mini": struct.pack("<III", 2, 0xFFFFFFFE, 1).ljust(4096, b"\xff")})
    )
    directory = 2 * 512 + 0
    (root_start,) = struct.unpack_from("<I", data, 1024 + 128 + 116)
    (mini_fat,) = struct.unpack_from("<I", data, 1024 + 256 + 116)
    struct.pack_into("<II", data, directory + 116, root_start, 192)
    struct.pack_into("<II", data, 60, mini_fat, 1)
    name = "Small".encode("utf-16-le").ljust(64, b"\0")
    data[directory + 384 : directory + 448] = name
    struct.pack_into("<HB", data, directory + 448, 12, 2)
    struct.pack_into("<III", data, directory + 384 + 68, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<II", data, directory + 384 + 116, 0, 70)
    struct.pack_into("<I", data, directory + 256 + 72, 3)
    assert OleFile(bytes(data)).read("Small") == b"\0" * 64 + b"\2" * 6


def test_a_compound_file_with_circular_chains_is_damaged():
    """Endless sector chains, a truncated stream and a directory without an end are reported, in bounded time."""
    data = bytearray(compound({"Workbook": b"\1" * 5000}))
    struct.pack_into("<I", data, 512 + 8, 2)
    assert skips_of(read(bytes(data), "a.xls")) == [((), SkipReason.DAMAGED)]
    with pytest.raises(ReadAborted):
        OleFile(compound({"Workbook": b"\1" * 50_000})[:20_000]).read("Workbook")
    for at, value in ((30, 5), (48, 0x7FFFFFF0), (68, 1)):
        broken = bytearray(compound({"Workbook": b"\1" * 5000}))
        struct.pack_into("<I" if at > 40 else "<H", broken, at, value)
        assert skips_of(read(bytes(broken), "a.xls")) != []
    assert skips_of(read(bytes(data[:60]), "a.xls")) == [((), SkipReason.DAMAGED)]


def test_encrypted_parts_are_reported():
    """Parts that are encrypted one by one inside the archive."""
    data = bytearray(xlsx(("s", {"A1": "x"})))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            data[start + at] |= 1
    assert skips_of(read(bytes(data), "a.xlsx")) == [((), SkipReason.ENCRYPTED)]


def test_encrypted_workbooks_are_reported():
    """Old ones have a record for it, new ones are wrapped in a compound file."""
    old = xls((0, 0, 7), more=record(0x002F, b"\0" * 6))
    new = compound({"EncryptionInfo": b"\0" * 4096, "EncryptedPackage": b"\1" * 5000})
    assert skips_of(read(old, "old.xls")) == [((), SkipReason.ENCRYPTED)]
    assert skips_of(read(new, "new.xlsx")) == [((), SkipReason.ENCRYPTED)]


def test_other_compound_files_have_no_reader():
    """A Word 97 document is reported, not read as garbage."""
    assert skips_of(read(compound({"WordDocument": b"\1" * 5000}), "letter.doc")) == [
        ((), SkipReason.UNSUPPORTED_FORMAT)
    ]


@pytest.mark.parametrize("at", range(0, 2000, 97))
def test_damaged_workbooks_are_reported(at):
    """A flipped byte anywhere in a container is damage or nothing, never an error."""
    for name, book in (("a.xlsx", xlsx(("s", {"A1": "x"}))), ("a.xls", xls((0, 0, 7)))):
        broken = bytearray(book)
        broken[at] ^= 0xFF
        assert all(reason in SkipReason for _, reason in skips_of(read(bytes(broken), name)))
        assert skips_of(read(book[: 600 + at], name)) != []


def test_a_deep_directory_is_reported():
    """Directory entries may form a list that is as long as the file allows."""
    data = compound({f"S{number}": b"\1" * 4096 for number in range(3)})
    entry = data[1024 + 128 : 1024 + 256]
    chain = b"".join(entry[:72] + struct.pack("<I", number + 1) + entry[76:] for number in range(1, 4000))
    sectors = len(chain) // 512 + 1
    directory = (data[1024:1152] + chain).ljust(sectors * 512, b"\0")
    fat = [0xFFFFFFFD] * 16 + [*range(17, 16 + sectors), 0xFFFFFFFE]
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(16 * 512, b"\xff")
    header = bytearray(data[:512])
    struct.pack_into("<II", header, 44, 16, 16)
    struct.pack_into("<16I", header, 76, *range(16))
    assert skips_of(read(bytes(header) + table + directory, "a.xls")) == [((), SkipReason.TOO_DEEP)]
