"""Tables in documents and pages: field names stand above their columns or beside their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leakwatch.core.model import Field, Record
from leakwatch.core.places import CellPlace
from leakwatch.readers.tables.row_table import HEADER_ROWS, header_index

# Distinguishes field names from values that could be field names: "姓名 | 甲" from "姓名 | 手机".
_FIELD_NAME = re.compile(
    r"(?:姓名|名字|名称|名稱|客户|客戶|联系人|聯絡人|性别|性別|手机|手機|电话|電話|身份证|身份證|身分證|证件|證件|[编号號]码?|地址|住址|邮箱|郵箱|邮件"
    r"|卡号|卡號|账号|帳號|账户|生日|出生日期|年龄|民族|籍贯|职业|单位|部门|密码|备注"
    r"|name|phone|mobile|tel|e-?mail|address|id[ _]?(?:card|no|number)|account|card|birthday|gender"
    r"|password)[*＊ ]*[:：]?$",
    re.IGNORECASE,
)
_COLON = (":", "：")
_FORM_FIELDS = 200


def is_self_describing(name: str) -> bool:
    """Whether a name by itself identifies the personal data it labels."""
    return _FIELD_NAME.search(name.strip()) is not None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``label`` marks a header cell (``<th>``); ``continuation`` holds further parts of its text."""

    field: Field
    label: bool = False
    continuation: tuple[Field, ...] = ()


class TableLayout:
    """Turns rows into records with keys. The first rows are held until the layout is known.

    With field names above, each row is a record. With field names beside the values, rows form one record (a form
    describes one person) until a field name repeats.
    """

    def __init__(self) -> None:
        self._pending: list[Sequence[Cell]] | None = []
        self._labels_beside = False
        self._names: list[str | None] = []
        self._form: list[Field] = []
        self._form_keys: set[str] = set()

    def add(self, row: Sequence[Cell]) -> Iterator[Record]:
        """Add a row; yields the records that are complete."""
        if self._pending is None:
            yield from self._records_of_row(row)
            return
        self._pending.append(row)
        if len(self._pending) >= HEADER_ROWS:
            yield from self._decide_layout()

    def end(self) -> Iterator[Record]:
        """Yield the remaining records."""
        if self._pending is not None:
            yield from self._decide_layout()
        yield from self._flush_form()

    def _decide_layout(self) -> Iterator[Record]:
        rows, self._pending = self._pending or [], None
        texts = [[cell.field.text for cell in row] for row in rows]
        header = _marked_header(rows)
        if header is None and not any(cell.label for row in rows for cell in row):
            self._labels_beside = _has_labels_beside(texts)
            header = None if self._labels_beside else header_index(texts)
        for index, row in enumerate(rows):
            yield from self._records_of_row(row)
            if index == header:
                self._names = [text.strip() or None for text in texts[index]]

    def _records_of_row(self, row: Sequence[Cell]) -> Iterator[Record]:
        fields, form_keys = self._read(row)
        if not form_keys or not self._form_keys.isdisjoint(form_keys) or len(self._form) > _FORM_FIELDS:
            yield from self._flush_form()
        if form_keys:
            self._form += fields
            self._form_keys |= form_keys
        else:
            yield tuple(fields)

    def _flush_form(self) -> Iterator[Record]:
        if self._form:
            yield tuple(self._form)
        self._form, self._form_keys = [], set()

    def _read(self, row: Sequence[Cell]) -> tuple[list[Field], set[str]]:
        """The fields of a row, and the keys that stand beside values in it."""
        has_labels = any(cell.label for cell in row) and not all(cell.label for cell in row)
        fields: list[Field] = []
        form_keys: set[str] = set()
        label: str | None = None
        for index, cell in enumerate(row):
            text = cell.field.text.strip()
            is_label = cell.label if has_labels else self._labels_beside and index % 2 == 0
            header_key = self._names[index] if index < len(self._names) else None
            key = None if is_label else header_key or label
            if key and not header_key:
                form_keys.add(key)
            if is_label or (not has_labels and text.endswith(_COLON)):
                label = text.rstrip("".join(_COLON) + "*＊ ") or None
            fields.extend(_with_key(one, key) for one in (cell.field, *cell.continuation) if one.text.strip())
        return fields, form_keys


def _with_key(field: Field, key: str | None) -> Field:
    place = replace(field.place, column_name=key) if isinstance(field.place, CellPlace) else field.place
    return Field(field.text, place, key)


def _marked_header(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The first row of header cells only."""
    full = (index for index, row in enumerate(rows) if row and all(cell.label for cell in row))
    return next(full, None)


def _has_labels_beside(texts: Sequence[Sequence[str]]) -> bool:
    """Whether every other cell is the field name of the next one."""
    pairs = [row for row in texts if len(row) % 2 == 0 and row]
    if not pairs or len(pairs) * 4 < len(texts) * 3:
        return False
    beside = sum(is_self_describing(cell) for row in pairs for cell in row[::2])
    above = sum(is_self_describing(cell) for cell in texts[0])
    single_record = len(texts) == 1 and any(not is_self_describing(cell) for cell in texts[0][1::2])
    return (
        beside > above
        or (beside == above == 1 and len(texts[0]) == 2 and single_record)
        or (single_record and beside > 0)
    )
