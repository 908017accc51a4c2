"""For people: file by file, one line for each leaking place, with its first place and one masked sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leakwatch.model import Finding, Severity, Skipped
from leakwatch.reports.look import Look, printable
from leakwatch.reports.spots import Spot, brief
from leakwatch_detectors.catalog import detectors

ROWS_PER_FILE = 200
"""More leaking places of one file are only counted."""

SKIPPED_SHOWN = 20

_UNCUT = 100_000
_STYLES = {
    Severity.INFO: "dim",
    Severity.LOW: "cyan",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "red",
    Severity.CRITICAL: "bold red",
}
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
        "more": "… and {count} more findings in further places of this file",
        "none": "No findings.",
        "skipped": "Not scanned:",
        "more_skipped": "… and {count} more (counted by reason in the summary)",
    },
    "zh": {
        "more": "……本文件其他位置还有 {count} 处",
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

    def __init__(self, stream: TextIO, look: Look) -> None:
        self._console = Console(
            file=stream,
            width=look.width or _UNCUT,
            force_terminal=look.color,
            color_system="standard" if look.color else None,
            no_color=not look.color,
            legacy_windows=False,
        )
        self._lang = look.lang
        self._texts = _TEXTS[look.lang]
        self._titles = {detector.entity: getattr(detector.title, look.lang) for detector in detectors()}
        self._at: tuple[str, tuple[str, ...]] | None = None
        self._rows: dict[Spot, _Row] = {}
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
        spot = Spot.of(finding)
        row = self._rows.get(spot)
        if row is not None:
            row.count += 1
        elif len(self._rows) < ROWS_PER_FILE:
            self._rows[spot] = _Row(finding)
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
            self._line(Text(self._texts["none"]))
        if self._skipped:
            if self._found:
                self._line(Text(""))
            self._line(Text(self._texts["skipped"], style="bold"))
            table = _grid()
            for item in self._skipped:
                table.add_row("", _name(item.origin.path, item.origin.inside), Text(item.reason.value))
            self._console.print(table)
        if self._skipped_more:
            self._line(Text("  " + self._texts["more_skipped"].format(count=self._skipped_more)))
        self._console.file.flush()

    def _flush(self) -> None:
        if self._at is None:
            return
        if self._found:
            self._line(Text(""))
        self._found = True
        self._line(_name(*self._at, style="bold"))
        table = _grid()
        for row in sorted(self._rows.values(), key=lambda row: -row.first.severity):
            table.add_row("", *self._cells(row))
        self._console.print(table)
        if self._more:
            self._line(Text("  " + self._texts["more"].format(count=self._more)))
        self._rows = {}
        self._more = 0

    def _cells(self, row: _Row) -> tuple[Text, ...]:
        finding = row.first
        severity = finding.severity
        word = _SEVERITIES_ZH[severity] if self._lang == "zh" else severity.label
        return (
            Text(f"{_MARKS[severity]} {word}", style=_STYLES[severity]),
            Text(self._titles.get(finding.entity, finding.entity)),
            Text(f"{row.count}×", justify="right"),
            Text(printable(brief(finding.place)) + (" …" if row.count > 1 else "")),
            Text(printable(finding.key or "")),
            Text(printable(finding.masked)),
            Text(finding.detector, style="dim"),
        )

    def _line(self, text: Text) -> None:
        self._console.print(text, no_wrap=True, overflow="ellipsis", crop=True)


def _grid() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(8):
        table.add_column(no_wrap=True, overflow="ellipsis")
    return table


def _name(path: str, inside: tuple[str, ...], style: str = "") -> Text:
    return Text(" › ".join(printable(part) for part in (path, *inside)), style=style)
