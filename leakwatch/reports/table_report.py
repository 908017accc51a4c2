"""For people: file by file, one line for each leaking place, with its first place and one masked sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.style import Style

from leakwatch.core.model import Finding, Severity, Skipped
from leakwatch.detection.rules import detector_of
from leakwatch.reports.leak_sites import LeakSite, brief
from leakwatch.reports.render_options import RenderOptions, printable

ROWS_PER_FILE = 200
ROWS_PER_ENTITY = 5
"""More leaking places of one file, or of one kind of value in it, are only counted."""

SKIPPED_SHOWN = 20

_STYLES = {
    Severity.INFO: Style(dim=True),
    Severity.LOW: Style(color="cyan"),
    Severity.MEDIUM: Style(color="yellow"),
    Severity.HIGH: Style(color="red"),
    Severity.CRITICAL: Style(color="red", bold=True),
}
_HEADING = Style(bold=True)
_PLAIN = Style()
_MARKS = {
    Severity.INFO: "·",
    Severity.LOW: "·",
    Severity.MEDIUM: "!",
    Severity.HIGH: "‼",
    Severity.CRITICAL: "✗",
}
_SEVERITIES_ZH = {
    Severity.INFO: "提示",
    Severity.LOW: "低",
    Severity.MEDIUM: "中",
    Severity.HIGH: "高",
    Severity.CRITICAL: "严重",
}
_TEXTS = {
    "en": {
        "more": "… and {count} more findings in further places of this file (-f jsonl has them all)",
        "none": "No findings.",
        "skipped": "Not scanned:",
        "more_skipped": "… and {count} more (counted by reason in the summary)",
    },
    "zh": {
        "more": "……本文件其他位置还有 {count} 处(-f jsonl 可列出全部)",
        "none": "没有发现。",
        "skipped": "未扫描:",
        "more_skipped": "……还有 {count} 个(汇总中按原因计数)",
    },
}


@dataclass(slots=True)
class _Row:
    first: Finding
    count: int = 1


class TableReport:
    """Prints each file when the next one begins, so that it holds the places of one file only."""

    def __init__(self, stream: TextIO, look: RenderOptions) -> None:
        self._stream = stream
        self._look = look
        self._texts = _TEXTS[look.lang]
        self._at: tuple[str, tuple[str, ...]] | None = None
        self._rows: dict[LeakSite, _Row] = {}
        self._of_entity: Counter[str] = Counter()
        self._more = 0
        self._found = False
        self._skipped: list[Skipped] = []
        self._skipped_more = 0

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        at = (finding.path, finding.inside)
        if at != self._at:
            self._flush()
            self._at = at
        spot = LeakSite.of(finding)
        row = self._rows.get(spot)
        if row is not None:
            row.count += 1
        elif len(self._rows) < ROWS_PER_FILE and self._of_entity[finding.entity] < ROWS_PER_ENTITY:
            self._rows[spot] = _Row(finding)
            self._of_entity[finding.entity] += 1
        else:
            self._more += 1

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        if len(self._skipped) < SKIPPED_SHOWN:
            self._skipped.append(skipped)
        else:
            self._skipped_more += 1

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``. The counts of the summary are not printed here: they are for the standard error."""
        self._flush()
        if not self._found and summary["complete"]:
            self._line(self._texts["none"])
        if self._skipped:
            if self._found:
                self._line("")
            self._line(self._texts["skipped"], _HEADING)
            self._grid([(_name(item.origin.path, item.origin.inside), item.reason.value) for item in self._skipped])
        if self._skipped_more:
            self._line("  " + self._texts["more_skipped"].format(count=self._skipped_more))
        self._stream.flush()

    def _flush(self) -> None:
        if self._at is None:
            return
        if self._found:
            self._line("")
        self._found = True
        self._line(_name(*self._at), _HEADING)
        rows = sorted(self._rows.values(), key=lambda row: -row.first.severity)
        self._grid([self._cells(row) for row in rows], [_STYLES[row.first.severity] for row in rows])
        if self._more:
            self._line("  " + self._texts["more"].format(count=self._more))
        self._rows = {}
        self._of_entity.clear()
        self._more = 0

    def _cells(self, row: _Row) -> tuple[str, ...]:
        """What must not be cut off a narrow terminal comes first."""
        finding = row.first
        severity = finding.severity
        word = _SEVERITIES_ZH[severity] if self._look.lang == "zh" else severity.label
        return (
            f"{_MARKS[severity]} {word}",
            finding.detector,
            f"{row.count}×",
            brief(finding.place) + (" …" if row.count > 1 else ""),
            finding.masked,
            finding.key or "",
            _title(finding.entity, self._look.lang),
        )

    def _title(self, entity: str) -> str:
        detector = detector_of(entity)
        return entity if detector is None else str(getattr(detector.title, self._look.lang))

    def _grid(self, rows: Sequence[tuple[str, ...]], first_cell: Sequence[Style] = ()) -> None:
        """Aligned columns; ``first_cell`` colours the first one of each row."""
        clean = [tuple(map(printable, row)) for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(*clean, strict=True)]
        for number, row in enumerate(clean):
            first, *rest = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
            style = first_cell[number] if first_cell else _PLAIN
            self._line("  " + "  ".join(rest).rstrip(), before=(f"  {first}", style))

    def _line(self, text: str, style: Style = _PLAIN, before: tuple[str, Style] = ("", _PLAIN)) -> None:
        """One line, cut to the terminal; ``before`` is its coloured beginning, which is never cut."""
        room = None if self._look.width is None else max(self._look.width - cell_len(before[0]), 1)
        if room is not None and cell_len(text) > room:
            text = set_cell_size(text, room - 1).rstrip() + "…"
        self._stream.write(self._styled(*before) + self._styled(text, style) + "\n")

    def _styled(self, text: str, style: Style) -> str:
        return style.render(text, color_system=ColorSystem.STANDARD) if self._look.color else text


def _name(path: str, inside: tuple[str, ...]) -> str:
    return " › ".join(printable(part) for part in (path, *inside))


def _title(entity: str, lang: str) -> str:
    detector = detector_of(entity)
    return entity if detector is None else printable(getattr(detector.title, lang))
