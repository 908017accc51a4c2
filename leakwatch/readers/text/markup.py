"""HTML and XML as people mean them: texts without their tags, each on its own line and column, under its key.

A key is the head of a table's column, the cell or label before, or the name of an XML element. Tags with attributes,
scripts and comments are looked at as they are written, so nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from leakwatch.core.model import Field, LinePlace, Origin, Record, RecordChunk
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.tables.record_batcher import RecordBatcher
from leakwatch.readers.tables.table_layout import Cell, Grid
from leakwatch.readers.text.plain_text import Decoded

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
# What is written between these is taken whole, if it is no longer than ``_LONG``; else it is text.
_ENDS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">"))
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
_UNFINISHED = 1024 * 1024
_FIELDS = 1000
# So much text is no value of a table or a record; what is held is bounded by it, and by how much is held of anything.
_LONG = 16 * 1024
_DEPTH = 500
_TABLES_DEEP = 16


def looks_html(head: bytes) -> bool:
    """Whether it is a page or a table of HTML, whatever it is called (many an ``.xls`` is one)."""
    return _HTML.match(head) is not None


def read(stream: InputStream, origin: Origin, reading: ReadContext) -> Iterator[Item]:
    """HTML or XML of any size."""
    html = reading.name.lower().endswith(HTML_SUFFIXES) or looks_html(stream.head)
    decoded = Decoded(stream, reading.encoding)
    markup = _Markup(origin, html=html)
    for data in decoded.blocks():
        yield from markup.add(data.decode("utf-8", "replace"), final=False)
    yield from markup.add("", final=True)
    decoded.close()


@dataclass(slots=True)
class _Open:
    """An element being read; ``key`` is what it calls the text in it."""

    name: str
    key: str | None
    inner: bool = False


@dataclass(slots=True)
class _Table:
    grid: Grid = field(default_factory=Grid)
    row: list[Cell] = field(default_factory=list)
    cell: list[Field] | None = None
    marked: bool = False


class _Markup:
    def __init__(self, origin: Origin, *, html: bool) -> None:
        self._batch = RecordBatcher(origin)
        self._html = html
        self._rest = ""
        self._raw = False  # in a script or a style, where tags are none
        self._line = self._column = 1
        self._open: list[_Open] = []
        self._tables: list[_Table] = []
        self._fields: list[Field] = []
        self._ready: list[Record] = []
        self._label: str | None = None
        self._ends: dict[str, int] = {}  # where in the text the next of each end is; its length where there is none

    def add(self, text: str, *, final: bool) -> Iterator[RecordChunk]:
        """The chunks that some more of the text completes."""
        text = self._rest + text
        self._ends.clear()
        at = 0
        while at < len(text):
            end = self._token(text, at, wait=not final and len(text) - at < _UNFINISHED)
            if end is None:
                break
            self._move(text, at, end)
            at = end
            if len(self._fields) > _FIELDS or self._ready:
                yield from self._tell()
        self._rest = text[at:]
        if final:
            while self._tables:
                self._end_table()
            self._flush()
            yield from self._tell()
            yield from self._batch.end()

    def _tell(self) -> Iterator[RecordChunk]:
        if len(self._fields) > _FIELDS:
            self._flush()
        ready, self._ready = self._ready, []
        for record in ready:
            yield from self._batch.add(record)

    def _flush(self) -> None:
        if self._fields:
            self._ready.append(tuple(self._fields))
            self._fields = []

    def _token(self, text: str, at: int, *, wait: bool) -> int | None:
        """Take the token at ``at``; where it ends, or None when it may go on in the next block."""
        if self._raw:
            return self._script(text, at, wait=wait)
        found = None if self._endless(text, at) else _TOKEN.match(text, at)
        if found is None:
            if wait:
                return None
            self._say(text[at : at + 1], 0)
            return at + 1
        if wait and found.end() == len(text) and found["text"] is not None:
            return None
        if found["tag"] is not None:
            self._tag(found["tag"], found["name"])
        elif found["aside"] is not None:
            self._markup(found["aside"])
        else:
            group = "text" if found["cdata"] is None else "cdata"
            if group == "text" and found.end() - at > _LONG:
                end = text.rfind("\n", at, at + _LONG) + 1 or found.end()
                self._say(text[at:end], 0)
                return end
            self._say(found[group], found.start(group) - at)
        return found.end()

    def _endless(self, text: str, at: int) -> bool:
        """Whether a comment or the like begins at ``at`` whose end is far away, or not there."""
        mark = next((end for begin, end in _ENDS if text.startswith(begin, at)), None)
        if mark is None:
            return False
        end = self._ends.get(mark, -1)
        if end < at:
            # looked for once, however many begin before it
            found = text.find(mark, at)
            end = self._ends[mark] = len(text) if found < 0 else found
        return end == len(text) or end - at > _LONG

    def _script(self, text: str, at: int, *, wait: bool) -> int | None:
        found = _RAW_END.search(text, at)
        if found is None and wait:
            return None
        end = len(text) if found is None else found.start()
        self._raw = found is None
        if end - at > _LONG and (cut := text.rfind("\n", at, at + _LONG) + 1):
            end, self._raw = cut, True
        self._markup(text[at:end])
        return end

    def _tag(self, tag: str, written: str) -> None:
        name = written.rpartition(":")[2].lower() if self._html else written.rpartition(":")[2]
        if tag.startswith("</"):
            self._end(name)
            return
        if "=" in tag:
            self._markup(tag)
        if tag.endswith("/>") or (self._html and name in _VOID):
            return
        if len(self._open) >= _DEPTH:
            del self._open[: _DEPTH // 2]
        if self._html:
            self._begin_html(name)
            self._open.append(_Open(name, None))
        else:
            if self._open:
                self._open[-1].inner = True
            named = _NAMED.search(tag)
            self._open.append(_Open(name, named[1] if named else name))

    def _begin_html(self, name: str) -> None:
        if name in _RAW:
            self._raw = True
        elif name == "table":
            if len(self._tables) < _TABLES_DEEP:
                self._tables.append(_Table())
        elif name == "tr" and self._tables:
            self._end_row()
        elif name in _CELLS and self._tables:
            self._end_cell()
            self._tables[-1].cell, self._tables[-1].marked = [], name == "th"
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
            if ended.inner:
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
            table.row.append(Cell(first, table.marked, tuple(table.cell[1:])))
            table.cell = None
            if len(table.row) > _FIELDS:
                self._end_row()

    def _end_row(self) -> None:
        self._end_cell()
        table = self._tables[-1]
        if table.row:
            self._ready.extend(table.grid.add(table.row))
            table.row = []

    def _end_table(self) -> None:
        self._end_row()
        self._ready.extend(self._tables.pop().grid.end())

    def _say(self, text: str, skipped: int) -> None:
        """Take a text that people see, ``skipped`` characters after where we are, line by line."""
        line, column = self._line, self._column + skipped
        for number, piece in enumerate(text.split("\n")):
            bare = piece.strip()
            if bare and not (bare[0] == "\0" and bare.count("\0") == len(bare)):
                start = (column if number == 0 else 1) + len(piece) - len(piece.lstrip())
                self._take(bare, LinePlace(line + number, start, start))

    def _take(self, text: str, place: LinePlace) -> None:
        cell = self._tables[-1].cell if self._tables else None
        if cell is not None and len(text) < _LONG and len(cell) < _FIELDS:
            cell.append(Field(text, place))
            return
        within = self._open[-1] if self._open else _Open("", None)
        key = within.key or self._label
        self._keep(Field(text, place, key))
        labelled = within.name in _LABELS or text.endswith(_COLON)
        short = len(text) <= _LABEL_CHARACTERS
        self._label = (text.rstrip("".join(_COLON)) or None) if self._html and labelled and short else None

    def _markup(self, text: str) -> None:
        """Take a piece as it is written."""
        for number, piece in enumerate(text.split("\n")):
            if piece.strip():
                column = self._column if number == 0 else 1
                self._keep(Field(piece, LinePlace(self._line + number, column, column)))

    def _keep(self, field: Field) -> None:
        """Take a field of the record that is being read; by itself in a table, outside its cells, or if it is long."""
        if self._tables or len(field.text) >= _LONG:
            self._ready.append((field,))
        else:
            self._fields.append(field)

    def _move(self, text: str, start: int, end: int) -> None:
        if lines := text.count("\n", start, end):
            self._line += lines
            self._column = end - text.rfind("\n", start, end)
        else:
            self._column += end - start
