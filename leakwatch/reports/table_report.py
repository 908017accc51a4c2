"""Report for people: file by file, one line per leak site, with its first place and one masked sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style

from leakwatch.core.model import Finding, Severity, Skipped
from leakwatch.detection.rules import detector_of
from leakwatch.reports.leak_sites import LeakSite, short_place
from leakwatch.reports.render_options import RenderOptions, printable
from leakwatch.reports.text_columns import pad_columns, truncate
from leakwatch.text.messages import message

ROWS_PER_FILE = 200
ROWS_PER_ENTITY = 5
"""Further leak sites of one file, or of one entity in it, are only counted."""

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
_SYMBOLS = {
    Severity.INFO: "·",
    Severity.LOW: "·",
    Severity.MEDIUM: "!",
    Severity.HIGH: "‼",
    Severity.CRITICAL: "✗",
}


@dataclass(slots=True)
class _Row:
    first: Finding
    count: int = 1


class TableReport:
    """Prints a file when the next one begins, so that it holds the leak sites of one file only."""

    def __init__(self, stream: TextIO, options: RenderOptions) -> None:
        self._stream = stream
        self._options = options
        self._file: tuple[str, tuple[str, ...]] | None = None
        self._rows: dict[LeakSite, _Row] = {}
        self._rows_per_entity: Counter[str] = Counter()
        self._unlisted = 0
        self._printed = False
        self._skipped: list[Skipped] = []
        self._skipped_unlisted = 0

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        file = (finding.path, finding.inside)
        if file != self._file:
            self._flush()
            self._file = file
        site = LeakSite.of(finding)
        row = self._rows.get(site)
        if row is not None:
            row.count += 1
        elif len(self._rows) < ROWS_PER_FILE and self._rows_per_entity[finding.entity] < ROWS_PER_ENTITY:
            self._rows[site] = _Row(finding)
            self._rows_per_entity[finding.entity] += 1
        else:
            self._unlisted += 1

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        if len(self._skipped) < SKIPPED_SHOWN:
            self._skipped.append(skipped)
        else:
            self._skipped_unlisted += 1

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``. The counts of the summary go to standard error, not into this report."""
        self._flush()
        lang = self._options.lang
        if not self._printed and summary["complete"]:
            self._write_line(message("report.no_findings", lang))
        if self._skipped:
            if self._printed:
                self._write_line("")
            self._write_line(message("report.skipped", lang), _HEADING)
            self._write_rows(
                [
                    (_file_name(item.origin.path, item.origin.inside), message(f"skip_reason.{item.reason}", lang))
                    for item in self._skipped
                ]
            )
        if self._skipped_unlisted:
            self._write_line("  " + message("report.more_skipped", lang, count=self._skipped_unlisted))
        self._stream.flush()

    def _flush(self) -> None:
        if self._file is None:
            return
        if self._printed:
            self._write_line("")
        self._printed = True
        self._write_line(_file_name(*self._file), _HEADING)
        rows = sorted(self._rows.values(), key=lambda row: -row.first.severity)
        self._write_rows([self._cells(row) for row in rows], [_STYLES[row.first.severity] for row in rows])
        if self._unlisted:
            self._write_line("  " + message("report.more_findings", self._options.lang, count=self._unlisted))
        self._rows = {}
        self._rows_per_entity.clear()
        self._unlisted = 0

    def _cells(self, row: _Row) -> tuple[str, ...]:
        """The cells of a row; what a narrow terminal must not cut off comes first."""
        finding = row.first
        lang = self._options.lang
        detector = detector_of(finding.entity)
        return (
            f"{_SYMBOLS[finding.severity]} {message(f'severity.{finding.severity.label}', lang)}",
            finding.detector,
            f"{row.count}×",
            short_place(finding.place) + (" …" if row.count > 1 else ""),
            finding.masked,
            finding.key or "",
            finding.entity if detector is None else getattr(detector.title, lang),
        )

    def _write_rows(self, rows: Sequence[Sequence[str]], first_cell_styles: Sequence[Style] = ()) -> None:
        padded = pad_columns([[printable(cell) for cell in row] for row in rows])
        for number, (first, *rest) in enumerate(padded):
            style = first_cell_styles[number] if first_cell_styles else _PLAIN
            self._write_line("  " + "  ".join(rest).rstrip(), prefix=f"  {first}", prefix_style=style)

    def _write_line(self, text: str, style: Style = _PLAIN, *, prefix: str = "", prefix_style: Style = _PLAIN) -> None:
        """Write one line, truncated to the terminal; the prefix is never truncated."""
        width = self._options.width
        text = truncate(text, None if width is None else max(width - cell_len(prefix), 1))
        self._stream.write(self._styled(prefix, prefix_style) + self._styled(text, style) + "\n")

    def _styled(self, text: str, style: Style) -> str:
        return style.render(text, color_system=ColorSystem.STANDARD) if self._options.color else text


def _file_name(path: str, inside: tuple[str, ...]) -> str:
    return " › ".join(printable(part) for part in (path, *inside))
