"""Word documents and slides: their text and tables, notes, comments, headers and footers.

A document's line is its paragraph; a part beside the main text is told as a member. A slide is a page. Stated limits:
text in pictures, embedded files, charts and document properties are not read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from leakwatch.core.model import (
    CellPlace,
    Field,
    Origin,
    PagePlace,
    Record,
    RecordChunk,
    Skipped,
    SkipReason,
    TextChunk,
)
from leakwatch.readers.documents.office_xml import Paragraph, Row, paragraphs_and_rows
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables.record_batcher import CHARACTERS, ROWS, RecordBatcher
from leakwatch.readers.tables.table_layout import Cell, Grid

DOCX_PARTS = {"word/document.xml"}
PPTX_PARTS = {"ppt/presentation.xml"}
_ASIDE = re.compile(r"word/(?:header|footer|footnotes|endnotes|comments)[0-9]*\.xml")
_SLIDE = re.compile(r"ppt/(slides/slide|notesSlides/notesSlide|comments/comment)([0-9]{1,6})\.xml")


def read_docx(archive: zipfile.ZipFile, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    """A Word document, which is a ZIP archive already opened."""
    yield from _told(_text_of(archive, "word/document.xml", origin, reading), origin)
    for name in filter(_ASIDE.fullmatch, archive.namelist()):
        aside = origin.member(name.removeprefix("word/"))
        yield from _told(_text_of(archive, name, aside, reading), aside)


def read_pptx(archive: zipfile.ZipFile, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    """Slides; those of one number with their notes and comments are one page."""
    found = sorted((int(match[2]), match[1], name) for name in archive.namelist() if (match := _SLIDE.fullmatch(name)))
    for number, kind, name in found:
        where = origin if kind.startswith("slides") else origin.member(name.removeprefix("ppt/"))
        yield from _told(_slide(archive, name, number, where, reading), where)


def _told(items: Iterator[Item], origin: Origin) -> Iterator[Item]:
    """The items of one part; what ends it early is told of it, unless it is the budget of the file."""
    try:
        yield from items
    except ReadAborted as stop:
        if not origin.inside or stop.reason in {SkipReason.TIME_OUT, SkipReason.TOO_LARGE}:
            raise
        yield Skipped(origin, stop.reason)


def _text_of(archive: zipfile.ZipFile, name: str, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    lines: list[str] = []
    first = line = 1
    held = 0
    tables = _Tables(origin)
    for found in paragraphs_and_rows(archive, name, reading.budget):
        if isinstance(found, Row):
            yield from tables.add(found)
            continue
        lines.append(found.text.replace("\n", " "))
        line += 1
        held += len(found.text)
        if held > CHARACTERS or len(lines) >= ROWS:
            yield _chunk(origin, lines, first)
            lines, first, held = [], line, 0
    if lines:
        yield _chunk(origin, lines, first)
    yield from tables.end()


def _chunk(origin: Origin, lines: list[str], first: int) -> TextChunk:
    return TextChunk(origin, "".join(line + "\n" for line in lines).encode("utf-8", "replace"), first)


class _Tables:
    """The tables of one part, one after the other; a table inside another comes before the rest of the outer one."""

    def __init__(self, origin: Origin) -> None:
        self._batch = RecordBatcher(origin)
        self._grids: dict[int, Grid] = {}

    def add(self, row: Row) -> Iterator[RecordChunk]:
        sheet = f"table {row.table}"
        cells = [Cell(Field(text, CellPlace(sheet, row.row, column, None))) for column, text in enumerate(row.cells, 1)]
        for record in self._grids.setdefault(row.table, Grid()).add(cells):
            yield from self._batch.add(record)

    def end(self) -> Iterator[RecordChunk]:
        for grid in self._grids.values():
            for record in grid.end():
                yield from self._batch.add(record)
        yield from self._batch.end()


def _slide(archive: zipfile.ZipFile, name: str, number: int, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    """Paragraphs and tables of a slide are records of one page; offsets count all that was said before, in order."""
    said: list[Field] = []
    rows: list[Record] = []
    grids: dict[int, Grid] = {}
    at = 0
    for found in paragraphs_and_rows(archive, name, reading.budget):
        texts = (found.text,) if isinstance(found, Paragraph) else found.cells
        fields = []
        for text in texts:
            fields.append(Field(text, PagePlace(number).span(at, at)))
            at += len(text) + 1
        if isinstance(found, Paragraph):
            said.extend(field for field in fields if field.text.strip())
        else:
            rows.extend(grids.setdefault(found.table, Grid()).add([Cell(field) for field in fields]))
    for grid in grids.values():
        rows.extend(grid.end())
    batch = RecordBatcher(origin)
    for record in (tuple(said), *rows):
        yield from batch.add(record)
    yield from batch.end()
