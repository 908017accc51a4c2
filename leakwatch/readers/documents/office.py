"""Word documents and slides: text, tables, notes, comments, headers and footers.

A paragraph of a document counts as a line, and each part beside the main text as a member; a slide is a page. Limits:
text in pictures, embedded files, charts and document properties are not read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from leakwatch.core.model import Field, Origin, Record, RecordChunk, Skipped, SkipReason, TextChunk
from leakwatch.core.places import CellPlace, PagePlace
from leakwatch.readers.documents.office_xml import Paragraph, Row, paragraphs_and_rows
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables.record_batcher import CHARACTERS, ROWS, RecordBatcher
from leakwatch.readers.tables.table_layout import Cell, TableLayout

DOCX_MEMBERS = frozenset({"word/document.xml"})
PPTX_MEMBERS = frozenset({"ppt/presentation.xml"})
_SIDE_PART = re.compile(r"word/(?:header|footer|footnotes|endnotes|comments)[0-9]*\.xml")
_SLIDE = re.compile(r"ppt/(slides/slide|notesSlides/notesSlide|comments/comment)([0-9]{1,6})\.xml")


def read_docx(_file: BinaryIO, archive: zipfile.ZipFile, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A Word document."""
    yield from _skip_on_abort(_read_part(archive, "word/document.xml", origin, context), origin)
    for name in filter(_SIDE_PART.fullmatch, archive.namelist()):
        part = origin.member(name.removeprefix("word/"))
        yield from _skip_on_abort(_read_part(archive, name, part, context), part)


def read_pptx(_file: BinaryIO, archive: zipfile.ZipFile, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """Slides. A slide, its notes and its comments share a page number."""
    found = sorted((int(match[2]), match[1], name) for name in archive.namelist() if (match := _SLIDE.fullmatch(name)))
    for number, kind, name in found:
        where = origin if kind.startswith("slides") else origin.member(name.removeprefix("ppt/"))
        yield from _skip_on_abort(_slide(archive, name, number, where, context), where)


def _skip_on_abort(items: Iterator[Item], origin: Origin) -> Iterator[Item]:
    """The items of one part. An error skips the part only, unless a limit of the whole file was reached."""
    try:
        yield from items
    except ReadAborted as stop:
        if not origin.inside or stop.reason in {SkipReason.TIME_OUT, SkipReason.TOO_LARGE}:
            raise
        yield Skipped(origin, stop.reason)


def _read_part(archive: zipfile.ZipFile, name: str, origin: Origin, context: ReadContext) -> Iterator[Item]:
    lines: list[str] = []
    first = line = 1
    characters = 0
    tables = _TableRecords(origin)
    for found in paragraphs_and_rows(archive, name, context.budget):
        if isinstance(found, Row):
            yield from tables.add(found)
            continue
        lines.append(found.text.replace("\n", " "))
        line += 1
        characters += len(found.text)
        if characters > CHARACTERS or len(lines) >= ROWS:
            yield _chunk(origin, lines, first)
            lines, first, characters = [], line, 0
    if lines:
        yield _chunk(origin, lines, first)
    yield from tables.end()


def _chunk(origin: Origin, lines: list[str], first: int) -> TextChunk:
    return TextChunk(origin, "".join(line + "\n" for line in lines).encode("utf-8", "replace"), first)


class _TableRecords:
    """The tables of one part in order; a nested table comes before the rest of the outer one."""

    def __init__(self, origin: Origin) -> None:
        self._batch = RecordBatcher(origin)
        self._layouts: dict[int, TableLayout] = {}

    def add(self, row: Row) -> Iterator[RecordChunk]:
        sheet = f"table {row.table}"
        cells = [Cell(Field(text, CellPlace(sheet, row.row, column, None))) for column, text in enumerate(row.cells, 1)]
        for record in self._layouts.setdefault(row.table, TableLayout()).add(cells):
            yield from self._batch.add(record)

    def end(self) -> Iterator[RecordChunk]:
        for layout in self._layouts.values():
            for record in layout.end():
                yield from self._batch.add(record)
        yield from self._batch.end()


def _slide(archive: zipfile.ZipFile, name: str, number: int, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """Paragraphs and tables of a slide as records of one page; offsets count all texts of the slide in order."""
    paragraphs: list[Field] = []
    rows: list[Record] = []
    layouts: dict[int, TableLayout] = {}
    at = 0
    for found in paragraphs_and_rows(archive, name, context.budget):
        texts = (found.text,) if isinstance(found, Paragraph) else found.cells
        fields = []
        for text in texts:
            fields.append(Field(text, PagePlace(number).span(at, at)))
            at += len(text) + 1
        if isinstance(found, Paragraph):
            paragraphs.extend(field for field in fields if field.text.strip())
        else:
            rows.extend(layouts.setdefault(found.table, TableLayout()).add([Cell(field) for field in fields]))
    for layout in layouts.values():
        rows.extend(layout.end())
    batch = RecordBatcher(origin)
    for record in (tuple(paragraphs), *rows):
        yield from batch.add(record)
    yield from batch.end()
