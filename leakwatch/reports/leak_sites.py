"""Short forms of places, and which findings of one file share a leak site."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leakwatch.core.model import Finding
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, Place, RecordPlace

_INDEX = re.compile(r"\[[0-9]+\]")
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class LeakSite:
    """One kind of value in one column, JSON member or log line template of a file."""

    entity: str
    path: str
    inside: tuple[str, ...]
    where: str

    @classmethod
    def of(cls, finding: Finding) -> LeakSite:
        """The site of a finding. Line numbers do not count: they move."""
        return cls(finding.entity, finding.path, finding.inside, _where(finding))


def _where(finding: Finding) -> str:
    match finding.place:
        case CellPlace(sheet=sheet, column=column):
            return f"column:{sheet or ''}:{column}"
        case RecordPlace(json_path=path):
            return f"member:{_INDEX.sub('[]', path)}"
        case _:
            return f"template:{finding.template}:{finding.key or ''}"


def short_place(place: Place) -> str:
    """The short form of a place, the same in any language: ``12:5``, ``Sheet1!B3``, ``#3 $.user.phone``, ``p. 2``."""
    match place:
        case LinePlace(line=line, start_column=column):
            return f"{line}:{column}"
        case CellPlace(sheet=sheet, row=row, column=column):
            return (f"{sheet}!" if sheet else "") + f"{letters(column)}{row}"
        case RecordPlace(record_number=number, json_path=path):
            return f"#{number} {path}".rstrip()
        case PagePlace(page=page):
            return f"p. {page}"


def letters(column: int) -> str:
    """The spreadsheet name of a column, counted from 1.

    >>> letters(1), letters(26), letters(27), letters(703)
    ('A', 'Z', 'AA', 'AAA')
    """
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, _LETTERS)
        name = chr(ord("A") + rest) + name
    return name
