"""Workbooks: xlsx, xlsb, xls, ods. Cells as displayed, with their rows and columns.

Limits: comments, headers, footers and document properties are not read; hidden sheets are. A sheet of more than five
million cells is too large, and so is a workbook over 64 MiB inside another file.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers.documents.ole import OleFile
from leakwatch.readers.input_stream import MAX_BUFFERED_BYTES, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables.record_batcher import ROWS
from leakwatch.readers.tables.row_table import HEADER_ROWS, RowTable, header_index
from leakwatch.readers.tables.sheet_limits import check_ods, check_xls, check_xlsb, check_xlsx

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
XLSX_MEMBERS = frozenset({"xl/workbook.xml"})
XLSB_MEMBERS = frozenset({"xl/workbook.bin"})
OPEN_DOCUMENT_MEMBERS = frozenset({"mimetype", "content.xml", "META-INF/manifest.xml"})
_WORKBOOKS = ("Workbook", "Book")
_SIGNIFICANT = 15
_LARGEST = 1e21
_Result = TypeVar("_Result")


def read_xlsx(file: BinaryIO, archive: zipfile.ZipFile, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The sheets of an xlsx workbook."""
    check_xlsx(archive, context.budget)
    yield from _sheets(file, origin, context)


def read_xlsb(file: BinaryIO, archive: zipfile.ZipFile, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The sheets of an xlsb workbook."""
    check_xlsb(archive, context.budget)
    yield from _sheets(file, origin, context)


def read_ods(file: BinaryIO, archive: zipfile.ZipFile, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The sheets of an OpenDocument spreadsheet; other OpenDocument files are ``unsupported-format``."""
    check_ods(archive, context.budget)
    yield from _sheets(file, origin, context)


def read_xls(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The sheets of an xls workbook. Encrypted workbooks of newer formats also have this container."""
    data = stream.seekable().read(MAX_BUFFERED_BYTES + 1)
    if len(data) > MAX_BUFFERED_BYTES:
        raise ReadAborted(SkipReason.TOO_LARGE)
    container = OleFile(data)
    if "EncryptedPackage" in container:
        raise ReadAborted(SkipReason.ENCRYPTED)
    workbook = next((name for name in _WORKBOOKS if name in container), None)
    if workbook is None:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT)
    check_xls(container.read(workbook))
    yield from _sheets(io.BytesIO(data), origin, context)


def _sheets(file: BinaryIO, origin: Origin, context: ReadContext) -> Iterator[Item]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum  # noqa: PLC0415  # slow to import

    file.seek(0)
    workbook = _call_parser(lambda: CalamineWorkbook.from_filelike(file))
    damaged = False
    for index, metadata in enumerate(workbook.sheets_metadata):
        if metadata.typ is not SheetTypeEnum.WorkSheet:
            continue
        context.budget.check_time()
        try:
            sheet = _call_parser(partial(workbook.get_sheet_by_index, index))
        except ReadAborted:
            damaged = True
            continue
        yield from _records(sheet, metadata.name, origin, context)
    if damaged:
        raise ReadAborted(SkipReason.DAMAGED)


def _records(sheet: CalamineSheet, name: str, origin: Origin, context: ReadContext) -> Iterator[Item]:
    if sheet.start is None:
        return
    # the parser returns the empty rows above the first cell, but not the empty columns before it
    table = RowTable(origin, name, sheet.start[1] + 1)
    rows = ([_cell_text(cell) for cell in row] for row in sheet.iter_rows())
    first = list(islice(rows, sheet.start[0] + HEADER_ROWS))
    header = header_index(first)
    for index, row in enumerate(chain(first, rows)):
        if index % ROWS == 0:
            context.budget.check_time()
        yield from table.add(index + 1, row)
        if index == header:
            table.name_columns(row)
    yield from table.end()


def _cell_text(cell: _Cell) -> str:
    """The text of a cell: numbers with the fifteen digits a workbook keeps, dates in ISO format."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return ""  # a truth value identifies nobody
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.{_SIGNIFICANT}g}'):f}" if abs(cell) < _LARGEST else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _call_parser(call: Callable[[], _Result]) -> _Result:
    """Call the workbook parser; its errors become ``ReadAborted``."""
    from python_calamine import CalamineError, PasswordError  # noqa: PLC0415  # slow to import

    try:
        return call()
    except PasswordError:
        raise ReadAborted(SkipReason.ENCRYPTED) from None
    except (CalamineError, OSError, ValueError):
        raise ReadAborted(SkipReason.DAMAGED) from None
    except BaseException as error:
        # a Rust panic is not an Exception, and its class is not public
        if type(error).__name__ == "PanicException":
            raise ReadAborted(SkipReason.DAMAGED) from None
        raise
