"""Binary workbooks (xlsb) are read as the others are, and refused before they are loaded when a sheet is too large."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.read_results import cells_of, read, skips_of

from leakwatch.core.model import SkipReason

RELATIONSHIPS = "http://schemas.openxmlformats.org/{}/2006/relationships"


def number(value):
    """A length as these files write it: seven bits a byte, the last one below 0x80."""
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes([low | 0x80 * (value > 0)])
        if not value:
            return out


def record(kind, body=b""):
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + number(len(body)) + body


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def sheet(cells):
    """Cells by row and column, counted from 0."""
    data = record(129) + record(148, bytes(16)) + record(145)
    for row in sorted({row for row, _ in cells}):
        data += record(0, struct.pack("<IIHBBI", row, 0, 300, 0, 0, 0) + b"\0")
        for (at, column), value in sorted(cells.items()):
            place = struct.pack("<II", column, 0)
            if at == row:
                data += (
                    record(6, place + wide(value))
                    if isinstance(value, str)
                    else record(5, place + struct.pack("<d", value))
                )
    return data + record(146) + record(130)


def xlsb(sheets, more=None):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        links = "".join(
            f'<Relationship Id="rId{at}" Type="{RELATIONSHIPS.format("officeDocument")}/worksheet" Target="worksheets/sheet{at}.bin"/>'
            for at in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<?xml version="1.0"?><Relationships xmlns="{RELATIONSHIPS.format("package")}">{links}</Relationships>',
        )
        bundle = b"".join(
            record(156, struct.pack("<II", 0, at) + wide(f"rId{at}") + wide(name)) for at, name in enumerate(sheets, 1)
        )
        archive.writestr("xl/workbook.bin", record(131) + record(143) + bundle + record(144) + record(132))
        for at, cells in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{at}.bin", cells if isinstance(cells, bytes) else sheet(cells))
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_cells_have_their_places_and_keys():
    """Numbers as displayed; each sheet has its name."""
    items = read(
        xlsb({"客户": {(0, 0): "姓名", (0, 1): "手机号", (1, 1): 13900001234.0}, "b": {(3, 2): "x"}}), "a.xlsb"
    )
    assert skips_of(items) == []
    assert cells_of(items)[2, 2] == ("13900001234", "手机号")
    assert {field.place.sheet for item in items for row in item.records for field in row} == {"客户", "b"}
    assert cells_of(items)[4, 3][0] == "x"


@pytest.mark.parametrize("corner", [(1_000_000, 0, 0, 16_000), (5_000_001, 0, 0, 0)])
def test_cells_in_far_corners_are_rejected_before_loading(corner):
    """The parser allocates a full rectangle for every sheet."""
    last_row, first_column, first_row, last_column = corner
    far = {(first_row, last_column): "x", (last_row, first_column): "y"}
    assert skips_of(read(xlsb({"a": far}), "a.xlsb")) == [((), SkipReason.TOO_LARGE)]


def test_far_corners_are_seen_wherever_a_block_ends():
    """A record may be cut anywhere by the steps in which a part is unpacked."""
    for shift in range(40):
        filler = record(7, b"\0" * 20 + b"x" * (2**20 - 100 + shift))
        data = sheet({(0, 0): "x"})
        far = data[: -len(record(146) + record(130))] + filler + record(0, struct.pack("<I", 1_000_000) + bytes(13))
        far += record(5, struct.pack("<II", 16_000, 0) + bytes(8)) + record(146) + record(130)
        assert skips_of(read(xlsb({"a": far}), "a.xlsb")) == [((), SkipReason.TOO_LARGE)], shift


def test_too_many_shared_strings_are_refused(monkeypatch):
    """They are loaded whole."""
    monkeypatch.setattr("leakwatch.readers.tables.sheet_limits.MAX_SHARED_STRINGS_BYTES", 100)
    data = xlsb({"a": {(0, 0): "x"}}, {"xl/sharedStrings.bin": b"x" * 101})
    assert skips_of(read(data, "a.xlsb")) == [((), SkipReason.TOO_LARGE)]


@given(at=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_no_damage_raises(at, byte):
    """Any byte of a sheet changed: cells or reasons, never an error."""
    data = bytearray(sheet({(0, 0): "姓名", (0, 1): "手机号", (1, 1): 13900001234.0}))
    data[at % len(data)] = byte
    read(xlsb({"a": bytes(data)}), "a.xlsb")
