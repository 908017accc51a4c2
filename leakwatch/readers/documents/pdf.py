"""PDF: the text of each page, line by line. Run in the sandbox only: the parser is a large native library.

Limits: form fields, annotations, attachments and scanned pages are not read. A document that has pictures but no text
is skipped as ``unsupported-format``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, BinaryIO

from leakwatch.core.model import Field, Origin, Record, SkipReason
from leakwatch.core.places import PagePlace
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables.record_batcher import RecordBatcher

MAGIC = b"%PDF-"


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """The pages with text. ``ReadAborted`` when the document is encrypted, damaged or too large."""
    file = stream.seekable()
    if stream.size is not None and stream.size > context.budget.limits.file_bytes:
        raise ReadAborted(SkipReason.TOO_LARGE)
    try:
        pdfium = importlib.import_module("pypdfium2")
    except ImportError:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT) from None
    document = _open(pdfium, file)
    try:
        yield from _pages(pdfium, document, origin, context)
    finally:
        document.close()


def _pages(pdfium: Any, document: Any, origin: Origin, context: ReadContext) -> Iterator[Item]:
    batch = RecordBatcher(origin)
    has_text = has_picture = damaged = False
    for index in range(len(document)):
        context.budget.check_time()
        try:
            page = document[index]
        except pdfium.PdfiumError:
            damaged = True
            continue
        text = _text(page)
        has_text = has_text or bool(text.strip())
        has_picture = has_picture or (not has_text and _has_picture(pdfium, page))
        page.close()
        context.budget.count_unpacked(len(text))
        yield from batch.add(page_record(index + 1, text.replace("\r\n", "\n").split("\n")))
    yield from batch.end()
    if damaged:
        raise ReadAborted(SkipReason.DAMAGED)
    if has_picture and not has_text:
        raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT)


def page_record(page: int, lines: list[str]) -> Record:
    """The record of one page. Offsets count its text, with one character per line break."""
    starts = accumulate((len(line) + 1 for line in lines), initial=0)
    placed = zip(lines, starts, strict=False)
    return tuple(Field(line, PagePlace(page).span(start, start)) for line, start in placed if line.strip())


def _open(pdfium: Any, file: BinaryIO) -> Any:
    """The document, read on demand: a large one is not loaded into memory."""
    try:
        return pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        encrypted = {pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY}
        code = getattr(error, "err_code", None)
        raise ReadAborted(SkipReason.ENCRYPTED if code in encrypted else SkipReason.DAMAGED) from None


def _text(page: Any) -> str:
    words = page.get_textpage()
    text = str(words.get_text_range())
    words.close()
    return text


def _has_picture(pdfium: Any, page: Any) -> bool:
    return any(True for _ in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE]))
