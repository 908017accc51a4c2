"""Tables that people lay out: names of values stand above their columns, or beside their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leakwatch.core.model import CellPlace, Field, Record
from leakwatch.readers.tables.row_table import HEADER_ROWS, header_index

# What tells a name of a value from a value that could be a name: "姓名 | 甲" beside "姓名 | 手机".
_TELLING = re.compile(
    r"(?:姓名|名字|名称|名稱|客户|客戶|联系人|聯絡人|性别|性別|手机|手機|电话|電話|身份证|身份證|身分證|证件|證件|[编号號]码?|地址|住址|邮箱|郵箱|邮件"
    r"|卡号|卡號|账号|帳號|账户|生日|出生日期|年龄|民族|籍贯|职业|单位|部门|密码|备注"
    r"|name|phone|mobile|tel|e-?mail|address|id[ _]?(?:card|no|number)|account|card|birthday|gender"
    r"|password)[*＊ ]*[:：]?$",
    re.IGNORECASE,
)
_COLON = (":", "：")
_FORM_FIELDS = 200


def tells(name: str) -> bool:
    """Whether a name says by itself which personal thing it names."""
    return _TELLING.search(name.strip()) is not None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``label`` when it is marked as a name (``<th>``), ``more`` when its text comes in several pieces."""

    field: Field
    label: bool = False
    more: tuple[Field, ...] = ()


class Grid:
    """Rows in, records with keys out. The first rows are held until it is clear where the names stand.

    A row with names above it is a record. Rows with names beside their values are one (a form is about one person),
    until a name comes again.
    """

    def __init__(self) -> None:
        self._held: list[Sequence[Cell]] | None = []
        self._beside = False
        self._names: list[str | None] = []
        self._form: list[Field] = []
        self._asked: set[str] = set()

    def add(self, row: Sequence[Cell]) -> Iterator[Record]:
        """Take one row; the records that can be told now."""
        if self._held is None:
            yield from self._told(row)
            return
        self._held.append(row)
        if len(self._held) >= HEADER_ROWS:
            yield from self._decided()

    def end(self) -> Iterator[Record]:
        """The records that were held."""
        if self._held is not None:
            yield from self._decided()
        yield from self._form_so_far()

    def _decided(self) -> Iterator[Record]:
        rows, self._held = self._held or [], None
        texts = [[cell.field.text for cell in row] for row in rows]
        header = _marked(rows)
        if header is None and not any(cell.label for row in rows for cell in row):
            self._beside = _named_beside(texts)
            header = None if self._beside else header_index(texts)
        for index, row in enumerate(rows):
            yield from self._told(row)
            if index == header:
                self._names = [text.strip() or None for text in texts[index]]

    def _told(self, row: Sequence[Cell]) -> Iterator[Record]:
        fields, asked = self._read(row)
        if not asked or not self._asked.isdisjoint(asked) or len(self._form) > _FORM_FIELDS:
            yield from self._form_so_far()
        if asked:
            self._form += fields
            self._asked |= asked
        else:
            yield tuple(fields)

    def _form_so_far(self) -> Iterator[Record]:
        if self._form:
            yield tuple(self._form)
        self._form, self._asked = [], set()

    def _read(self, row: Sequence[Cell]) -> tuple[list[Field], set[str]]:
        """The fields of a row, and the names that stand beside values in it."""
        marked = any(cell.label for cell in row) and not all(cell.label for cell in row)
        fields: list[Field] = []
        asked: set[str] = set()
        beside: str | None = None
        for index, cell in enumerate(row):
            text = cell.field.text.strip()
            is_label = cell.label if marked else self._beside and index % 2 == 0
            above = self._names[index] if index < len(self._names) else None
            key = None if is_label else above or beside
            if key and not above:
                asked.add(key)
            if is_label or (not marked and text.endswith(_COLON)):
                beside = text.rstrip("".join(_COLON) + "*＊ ") or None
            fields.extend(_named(one, key) for one in (cell.field, *cell.more) if one.text.strip())
        return fields, asked


def _named(field: Field, key: str | None) -> Field:
    place = replace(field.place, column_name=key) if isinstance(field.place, CellPlace) else field.place
    return Field(field.text, place, key)


def _marked(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The first row that is all names, when something below it is not."""
    full = (index for index, row in enumerate(rows) if row and all(cell.label for cell in row))
    return next(full, None)


def _named_beside(texts: Sequence[Sequence[str]]) -> bool:
    """Whether every other cell names the next one."""
    pairs = [row for row in texts if len(row) % 2 == 0 and row]
    if not pairs or len(pairs) * 4 < len(texts) * 3:
        return False
    beside = sum(tells(cell) for row in pairs for cell in row[::2])
    above = sum(tells(cell) for cell in texts[0])
    lone = len(texts) == 1 and any(not tells(cell) for cell in texts[0][1::2])
    return beside > above or (beside == above == 1 and len(texts[0]) == 2 and lone) or (lone and beside > 0)
