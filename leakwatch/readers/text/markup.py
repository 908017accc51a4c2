"""HTML and XML: texts without tags, at their lines and columns, with keys.

A key is the header of a table column, the cell or label before the text, or the name of the XML element. Tags with
attributes, scripts and comments are read as raw text, so nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from leakwatch.core.model import Field, Origin, Record, RecordChunk
from leakwatch.core.places import LinePlace
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.tables.record_batcher import RecordBatcher
from leakwatch.readers.tables.table_layout import Cell, TableLayout
from leakwatch.readers.text.plain_text import DecodedStream

HTML_SUFFIXES = (".html", ".htm", ".xhtml")
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,1000}?-->\s*)?<(?:!doctype\s+html|html|table)\b",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(
    r"""(?P<aside><!--.*?-->|<[!?][A-Za-z][^>]*+>)
    | <!\[CDATA\[(?P<cdata>.*?)\]\]>
    | (?P<tag></?(?P<name>[A-Za-z_\u4e00-\u9fff][^\s<>/"']*+)(?:"[^"]*+"|'[^']*+'|[^<>"'])*+>)
    | (?P<text>[^<]+)""",
    re.VERBOSE | re.DOTALL,
)
# Delimiters of constructs that are one token up to ``_MAX_VALUE_CHARACTERS``; longer ones are text.
_TERMINATORS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">"))
_RAW_END = re.compile(r"</(?:script|style)\b", re.IGNORECASE)
_RAW = frozenset({"script", "style"})
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track"}
)
_CELLS = frozenset({"td", "th"})
_LABELS = frozenset({"label", "dt", "b", "strong", "th"})
_INLINE = frozenset({"a", "b", "i", "em", "strong", "span", "font", "u", "small", "code", "label"})
_NAMED = re.compile(r"""\s(?:name|key|field|column|label)\s*=\s*["']([^"'<>]{1,64})["']""", re.IGNORECASE)
_COLON = (":", "：")
_LABEL_CHARACTERS = 24
_MAX_PENDING_CHARACTERS = 1024 * 1024
_MAX_FIELDS = 1000
# Longer texts are not values of a table or record. This bounds the memory held.
_MAX_VALUE_CHARACTERS = 16 * 1024
_MAX_DEPTH = 500
_MAX_NESTED_TABLES = 16


def is_html(head: bytes) -> bool:
    """Whether the content is HTML, whatever its name: many ``.xls`` files are HTML tables."""
    return _HTML.match(head) is not None


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """An HTML or XML text of any size."""
    html = context.name.lower().endswith(HTML_SUFFIXES) or is_html(stream.head)
    decoded = DecodedStream(stream, context.encoding)
    markup = _MarkupParser(origin, html=html)
    for data in decoded.blocks():
        yield from markup.add(data.decode("utf-8", "replace"), final=False)
    yield from markup.add("", final=True)
    decoded.close()


@dataclass(slots=True)
class _Open:
    """An open element; ``key`` is the key of the text in it."""

    name: str
    key: str | None
    has_children: bool = False


@dataclass(slots=True)
class _Table:
    layout: TableLayout = field(default_factory=TableLayout)
    row: list[Cell] = field(default_factory=list)
    cell: list[Field] | None = None
    is_header: bool = False


class _MarkupParser:
    def __init__(self, origin: Origin, *, html: bool) -> None:
        self._batch = RecordBatcher(origin)
        self._html = html
        self._rest = ""
        self._raw = False  # inside a script or style, where tags do not count
        self._line = self._column = 1
        self._open: list[_Open] = []
        self._tables: list[_Table] = []
        self._fields: list[Field] = []
        self._ready: list[Record] = []
        self._label: str | None = None
        self._terminators: dict[
            str, int
        ] = {}  # position of the next of each terminator; the length of the text if there is none

    def add(self, text: str, *, final: bool) -> Iterator[RecordChunk]:
        """Parse more text; yields the chunks it completes."""
        text = self._rest + text
        self._terminators.clear()
        at = 0
        while at < len(text):
            end = self._token(text, at, wait=not final and len(text) - at < _MAX_PENDING_CHARACTERS)
            if end is None:
                break
            self._advance(text, at, end)
            at = end
            if len(self._fields) > _MAX_FIELDS or self._ready:
                yield from self._emit()
        self._rest = text[at:]
        if final:
            while self._tables:
                self._end_table()
            self._flush()
            yield from self._emit()
            yield from self._batch.end()

    def _emit(self) -> Iterator[RecordChunk]:
        if len(self._fields) > _MAX_FIELDS:
            self._flush()
        ready, self._ready = self._ready, []
        for record in ready:
            yield from self._batch.add(record)

    def _flush(self) -> None:
        if self._fields:
            self._ready.append(tuple(self._fields))
            self._fields = []

    def _token(self, text: str, at: int, *, wait: bool) -> int | None:
        """Process the token at ``at`` and return its end; None when it may continue in the next block."""
        if self._raw:
            return self._script(text, at, wait=wait)
        found = None if self._is_unterminated(text, at) else _TOKEN.match(text, at)
        if found is None:
            if wait:
                return None
            self._take_text(text[at : at + 1], 0)
            return at + 1
        if wait and found.end() == len(text) and found["text"] is not None:
            return None
        if found["tag"] is not None:
            self._tag(found["tag"], found["name"])
        elif found["aside"] is not None:
            self._add_raw(found["aside"])
        else:
            group = "text" if found["cdata"] is None else "cdata"
            if group == "text" and found.end() - at > _MAX_VALUE_CHARACTERS:
                end = text.rfind("\n", at, at + _MAX_VALUE_CHARACTERS) + 1 or found.end()
                self._take_text(text[at:end], 0)
                return end
            self._take_text(found[group], found.start(group) - at)
        return found.end()

    def _is_unterminated(self, text: str, at: int) -> bool:
        """Whether a comment or similar construct begins at ``at`` without an end within the limit."""
        terminator = next((end for opening, end in _TERMINATORS if text.startswith(opening, at)), None)
        if terminator is None:
            return False
        end = self._terminators.get(terminator, -1)
        if end < at:
            # searched once, however many constructs begin before it
            found = text.find(terminator, at)
            end = self._terminators[terminator] = len(text) if found < 0 else found
        return end == len(text) or end - at > _MAX_VALUE_CHARACTERS

    def _script(self, text: str, at: int, *, wait: bool) -> int | None:
        found = _RAW_END.search(text, at)
        if found is None and wait:
            return None
        end = len(text) if found is None else found.start()
        self._raw = found is None
        if end - at > _MAX_VALUE_CHARACTERS and (cut := text.rfind("\n", at, at + _MAX_VALUE_CHARACTERS) + 1):
            end, self._raw = cut, True
        self._add_raw(text[at:end])
        return end

    def _tag(self, tag: str, qualified_name: str) -> None:
        name = qualified_name.rpartition(":")[2].lower() if self._html else qualified_name.rpartition(":")[2]
        if tag.startswith("</"):
            self._end(name)
            return
        if "=" in tag:
            self._add_raw(tag)
        if tag.endswith("/>") or (self._html and name in _VOID):
            return
        if len(self._open) >= _MAX_DEPTH:
            del self._open[: _MAX_DEPTH // 2]
        if self._html:
            self._begin_html(name)
            self._open.append(_Open(name, None))
        else:
            if self._open:
                self._open[-1].has_children = True
            named = _NAMED.search(tag)
            self._open.append(_Open(name, named[1] if named else name))

    def _begin_html(self, name: str) -> None:
        if name in _RAW:
            self._raw = True
        elif name == "table":
            if len(self._tables) < _MAX_NESTED_TABLES:
                self._tables.append(_Table())
        elif name == "tr" and self._tables:
            self._end_row()
        elif name in _CELLS and self._tables:
            self._end_cell()
            self._tables[-1].cell, self._tables[-1].is_header = [], name == "th"
        elif name not in _INLINE and not self._tables:
            self._flush()

    def _end(self, name: str) -> None:
        for index in range(len(self._open) - 1, max(len(self._open) - 32, -1), -1):
            if self._open[index].name == name:
                ended = self._open[index]
                del self._open[index:]
                break
        else:
            return
        if not self._html:
            if ended.has_children:
                self._flush()
        elif name == "table" and self._tables:
            self._end_table()
        elif name == "tr" and self._tables:
            self._end_row()
        elif name in _CELLS and self._tables:
            self._end_cell()
        elif name not in _INLINE and name != "dt" and not self._tables:
            self._flush()

    def _end_cell(self) -> None:
        table = self._tables[-1]
        if table.cell is not None:
            first = table.cell[0] if table.cell else Field("", LinePlace(self._line))
            table.row.append(Cell(first, table.is_header, tuple(table.cell[1:])))
            table.cell = None
            if len(table.row) > _MAX_FIELDS:
                self._end_row()

    def _end_row(self) -> None:
        self._end_cell()
        table = self._tables[-1]
        if table.row:
            self._ready.extend(table.layout.add(table.row))
            table.row = []

    def _end_table(self) -> None:
        self._end_row()
        self._ready.extend(self._tables.pop().layout.end())

    def _take_text(self, text: str, offset: int) -> None:
        """Add visible text line by line; it begins ``offset`` characters after the current position."""
        line, column = self._line, self._column + offset
        for number, line_text in enumerate(text.split("\n")):
            stripped = line_text.strip()
            if stripped and not (stripped[0] == "\0" and stripped.count("\0") == len(stripped)):
                start = (column if number == 0 else 1) + len(line_text) - len(line_text.lstrip())
                self._add_text(stripped, LinePlace(line + number, start, start))

    def _add_text(self, text: str, place: LinePlace) -> None:
        cell = self._tables[-1].cell if self._tables else None
        if cell is not None and len(text) < _MAX_VALUE_CHARACTERS and len(cell) < _MAX_FIELDS:
            cell.append(Field(text, place))
            return
        within = self._open[-1] if self._open else _Open("", None)
        key = within.key or self._label
        self._add_field(Field(text, place, key))
        labelled = within.name in _LABELS or text.endswith(_COLON)
        short = len(text) <= _LABEL_CHARACTERS
        self._label = (text.rstrip("".join(_COLON)) or None) if self._html and labelled and short else None

    def _add_raw(self, text: str) -> None:
        """Add raw text line by line."""
        for number, line_text in enumerate(text.split("\n")):
            if line_text.strip():
                column = self._column if number == 0 else 1
                self._add_field(Field(line_text, LinePlace(self._line + number, column, column)))

    def _add_field(self, field: Field) -> None:
        """Add a field to the current record; long fields, and those in tables outside cells, stand alone."""
        if self._tables or len(field.text) >= _MAX_VALUE_CHARACTERS:
            self._ready.append((field,))
        else:
            self._fields.append(field)

    def _advance(self, text: str, start: int, end: int) -> None:
        if lines := text.count("\n", start, end):
            self._line += lines
            self._column = end - text.rfind("\n", start, end)
        else:
            self._column += end - start
