"""The text of Office Open XML parts: paragraphs and tables.

Documents and slides use the same element names. A document type declaration is rejected, so there are no entities.
Only the current paragraph and rows are kept in memory.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from leakwatch.core.model import SkipReason
from leakwatch.readers.archives.zip_member import unpack
from leakwatch.readers.read_limits import ReadAborted, ReadLimits

_TEXT = frozenset({"t", "delText"})
_BLANKS = {"tab": "\t", "br": " ", "cr": " ", "noBreakHyphen": "-"}
# Duplicate content for old programs.
_FALLBACK = "Fallback"
_CHARACTERS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph outside tables."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A table row. ``table`` counts from 1 in the part, ``row`` from 1 in the table."""

    table: int
    row: int
    cells: tuple[str, ...]


@dataclass(slots=True)
class _Table:
    number: int
    rows: int = 0
    cells: list[list[str]] = field(default_factory=list)


class _Part:
    """Handles the XML events of one part."""

    def __init__(self) -> None:
        self.found: list[Paragraph | Row] = []
        self._paragraphs: list[list[str]] = []
        self._tables: list[_Table] = []
        self._count = 0
        self._in_text = False
        self._fallback_depth = 0
        self._characters = 0

    def start(self, name: str, _attributes: object) -> None:
        local = name.rpartition(":")[2]
        if local == _FALLBACK or self._fallback_depth:
            self._fallback_depth += local == _FALLBACK
        elif local == "p":
            self._paragraphs.append([])
        elif local in _TEXT:
            self._in_text = True
        elif local in _BLANKS and self._paragraphs:
            self._paragraphs[-1].append(_BLANKS[local])
        elif local == "tbl":
            self._count += 1
            self._tables.append(_Table(self._count))
        elif local == "tr" and self._tables:
            self._tables[-1].cells.clear()
        elif local == "tc" and self._tables:
            self._tables[-1].cells.append([])

    def text(self, text: str) -> None:
        if self._in_text and self._paragraphs and not self._fallback_depth:
            self._characters += len(text)
            if self._characters > _CHARACTERS:
                raise ReadAborted(SkipReason.TOO_LARGE)
            self._paragraphs[-1].append(text)

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if self._fallback_depth:
            self._fallback_depth -= local == _FALLBACK
        elif local in _TEXT:
            self._in_text = False
        elif local == "p" and self._paragraphs:
            text = "".join(self._paragraphs.pop())
            if self._tables and self._tables[-1].cells:
                self._tables[-1].cells[-1].append(text)
            else:
                self._characters = 0
                self.found.append(Paragraph(text))
        elif local == "tr" and self._tables:
            table = self._tables[-1]
            table.rows += 1
            self._characters = 0
            self.found.append(Row(table.number, table.rows, tuple("\n".join(cell) for cell in table.cells)))
            table.cells.clear()
        elif local == "tbl" and self._tables:
            self._tables.pop()


def paragraphs_and_rows(archive: zipfile.ZipFile, name: str, budget: ReadLimits) -> Iterator[Paragraph | Row]:
    """Paragraphs and rows of a part in order.

    ``ReadAborted`` when it is not XML, declares a document type, or exceeds a limit.
    """
    part = _Part()
    parser = expat.ParserCreate()
    parser.StartElementHandler = part.start
    parser.EndElementHandler = part.end
    parser.CharacterDataHandler = part.text
    parser.StartDoctypeDeclHandler = _reject_doctype
    blocks = unpack(archive, archive.getinfo(name), budget)
    while True:
        block = next(blocks, b"")
        try:
            parser.Parse(block, not block)
        except expat.ExpatError:
            raise ReadAborted(SkipReason.DAMAGED) from None
        finally:
            found, part.found = part.found, []
        yield from found
        if not block:
            return


def _reject_doctype(*_: object) -> None:
    raise ReadAborted(SkipReason.DAMAGED)
