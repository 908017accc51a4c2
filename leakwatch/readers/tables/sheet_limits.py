"""Checks the size of workbook sheets before they are loaded.

The parser allocates a full rectangle for every sheet. Two cells in opposite corners, or one repeated a million times,
make it run out of memory. It then aborts the process, which is indistinguishable from a crash, and a worker would be
lost. So the size is checked first.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from itertools import chain
from xml.parsers import expat

from leakwatch.core.model import SkipReason
from leakwatch.readers.archives.zip_member import unpack
from leakwatch.readers.read_limits import ReadAborted, ReadLimits

# A filled cell takes about 110 bytes, so the largest workbook takes about half a gigabyte.
MAX_CELLS = 5_000_000
MAX_SHARED_STRINGS_BYTES = 256 * 1024 * 1024

_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
_OVERHANG = 64
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"

_FILEPASS = 0x002F
# Record types of xlsb: the body of a row begins with its row number, that of a cell with its column number.
_BINARY_ROW, _BINARY_CELLS = 0, frozenset(range(1, 12))
# The longest record head and that number.
_BINARY_HEAD_BYTES = 10
_SUBSTREAM_BEGINS = frozenset({0x0809, 0x0409, 0x0209, 0x0009})
# xls records of one cell, and of a run of cells, whose body ends with the last column.
_CELL = frozenset(
    {0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
)
_CELL_RUN = frozenset({0x00BD, 0x00BE})


def check_xlsx(archive: zipfile.ZipFile, budget: ReadLimits) -> None:
    """``ReadAborted`` when a part of an xlsx workbook or a sheet is too large."""
    for info in archive.infolist():
        if not info.filename.lower().endswith((".xml", ".rels")):
            continue
        rows = columns = 0
        tail = b""
        unpacked = 0
        for block in unpack(archive, info, budget):
            unpacked += len(block)
            if info.filename.lower().endswith("sharedstrings.xml") and unpacked > MAX_SHARED_STRINGS_BYTES:
                raise ReadAborted(SkipReason.TOO_LARGE)
            for letters, digits in _REFERENCE.findall(tail + block):
                rows = max(rows, int(digits))
                columns = max(columns, _column(letters))
            tail = block[-_OVERHANG:]
        _check_cell_count(rows, columns)


def check_xlsb(archive: zipfile.ZipFile, budget: ReadLimits) -> None:
    """``ReadAborted`` when a part of an xlsb workbook or a sheet is too large."""
    for info in archive.infolist():
        name, blocks = info.filename.lower(), unpack(archive, info, budget)
        if name.endswith("sharedstrings.bin"):
            if sum(map(len, blocks)) > MAX_SHARED_STRINGS_BYTES:
                raise ReadAborted(SkipReason.TOO_LARGE)
        elif name.endswith(".bin"):
            row = rows = columns = 0
            for kind, number in _binary_records(blocks):
                if kind == _BINARY_ROW:
                    row = number
                elif kind in _BINARY_CELLS:
                    rows, columns = max(rows, row + 1), max(columns, number + 1)
                    _check_cell_count(rows, columns)


def check_ods(archive: zipfile.ZipFile, budget: ReadLimits) -> None:
    """``ReadAborted`` when the document is no spreadsheet, is encrypted, or a part or sheet is too large."""
    if not _part(archive, "mimetype", budget).startswith(_ODS_TYPE):
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT)
    if b"encryption-data" in _part(archive, "META-INF/manifest.xml", budget):
        raise ReadAborted(SkipReason.ENCRYPTED)
    sheet = _OdsSheet()
    parser = expat.ParserCreate()
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text
    parser.StartDoctypeDeclHandler = _reject_doctype
    try:
        for block in unpack(archive, archive.getinfo("content.xml"), budget):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise ReadAborted(SkipReason.DAMAGED) from None


def check_xls(workbook: bytes) -> None:
    """``ReadAborted`` when an xls workbook is encrypted or too large."""
    rows = columns = cells = 0
    for kind, body in _records(workbook):
        if kind == _FILEPASS:
            raise ReadAborted(SkipReason.ENCRYPTED)
        if kind in _SUBSTREAM_BEGINS:
            cells += rows * columns
            rows = columns = 0
        elif kind in _CELL and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif kind in _CELL_RUN and len(body) >= 6:
            rows = max(rows, struct.unpack_from("<H", body)[0] + 1)
            columns = max(columns, struct.unpack_from("<H", body, len(body) - 2)[0] + 1)
        _check_cell_count(cells + rows * columns, 1)  # the parser loads all sheets of an xls at once


class _OdsSheet:
    """Tracks the extent of a sheet, with repeated rows and cells."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._row = self._column = 0
        self._rows = self._columns = 0
        self._repeat_row = self._repeat_cell = 1
        self._filled = self._row_filled = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._begin()
        elif name == "table:table-row":
            self._repeat_row = _repeat_count(attributes.get("table:number-rows-repeated"))
            self._column, self._row_filled = 0, False
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._repeat_cell = _repeat_count(attributes.get("table:number-columns-repeated"))
            self._filled = any(key.startswith("office:") for key in attributes)

    def text(self, _text: str) -> None:
        self._filled = True

    def end(self, name: str) -> None:
        if name in {"table:table-cell", "table:covered-table-cell"}:
            self._column += self._repeat_cell
            if self._filled:
                self._row_filled = True
                self._columns = max(self._columns, self._column)
        elif name == "table:table-row":
            self._row += self._repeat_row
            if self._row_filled:
                self._rows = self._row
                _check_cell_count(self._rows, self._columns)


def _part(archive: zipfile.ZipFile, name: str, budget: ReadLimits) -> bytes:
    """The first block of a small part."""
    return next(unpack(archive, archive.getinfo(name), budget), b"")


def _records(workbook: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(workbook):
        kind, length = struct.unpack_from("<HH", workbook, at)
        yield kind, workbook[at + 4 : at + 4 + length]
        at += 4 + length


def _binary_records(blocks: Iterator[bytes]) -> Iterator[tuple[int, int]]:
    """The records of an xlsb part: type, and the number at the start of the body."""
    data, at = b"", 0
    for block in chain(blocks, [bytes(_BINARY_HEAD_BYTES)]):  # padding: the last record needs no special case
        data, at = data[at:] + block, max(at - len(data), 0)
        while at + _BINARY_HEAD_BYTES <= len(data):
            kind, at = data[at], at + 1
            if kind & 0x80:
                kind, at = kind & 0x7F | data[at] << 7, at + 1
            length = 0
            for shift in (0, 7, 14, 21):
                byte, at = data[at], at + 1
                length |= (byte & 0x7F) << shift
                if byte < 0x80:
                    break
            yield kind, int.from_bytes(data[at : at + min(length, 4)], "little")
            at += length


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _repeat_count(repeated: str | None) -> int:
    return int(repeated) if repeated and repeated.isdecimal() and len(repeated) < 10 else 1


def _check_cell_count(rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise ReadAborted(SkipReason.TOO_LARGE)


def _reject_doctype(*_: object) -> None:
    raise ReadAborted(SkipReason.DAMAGED)
