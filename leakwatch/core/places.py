"""Where in an input a finding is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class LinePlace:
    """A span of one text line. Lines and columns count from 1, in code points; the end is exclusive."""

    kind: ClassVar[str] = "line"
    line: int
    start_column: int = 1
    end_column: int = 1

    def span(self, start: int, end: int) -> LinePlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return LinePlace(self.line, self.start_column + start, self.start_column + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {"kind": self.kind, "line": self.line, "start_column": self.start_column, "end_column": self.end_column}


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A span of a table cell. The header is row 1; ``column_name`` is redacted."""

    kind: ClassVar[str] = "cell"
    sheet: str | None
    row: int
    column: int
    column_name: str | None
    start: int = 1
    end: int = 1

    def span(self, start: int, end: int) -> CellPlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return CellPlace(self.sheet, self.row, self.column, self.column_name, self.start + start, self.start + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {
            "kind": self.kind,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "column_name": self.column_name,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A span of a structured record (a JSON line, an element of a JSON array), in code points of its raw text."""

    kind: ClassVar[str] = "record"
    record_number: int
    json_path: str
    start: int = 1
    end: int = 1

    def span(self, start: int, end: int) -> RecordPlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return RecordPlace(self.record_number, self.json_path, self.start + start, self.start + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {
            "kind": self.kind,
            "record": self.record_number,
            "json_path": self.json_path,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class PagePlace:
    """A span of the text of one page."""

    kind: ClassVar[str] = "page"
    page: int
    start: int = 1
    end: int = 1

    def span(self, start: int, end: int) -> PagePlace:
        """The place of ``[start, end)`` (0-based, relative to the beginning of this place)."""
        return PagePlace(self.page, self.start + start, self.start + end)

    def record(self) -> dict[str, Any]:
        """The ``place`` object of the public record."""
        return {"kind": self.kind, "page": self.page, "start": self.start, "end": self.end}


Place = LinePlace | CellPlace | RecordPlace | PagePlace
