"""What becomes of findings: one module per format, one line per format in ``FORMATS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from leakwatch.core.errors import UsageError
from leakwatch.core.model import Report
from leakwatch.reports.render_options import RenderOptions


def _table(stream: TextIO, look: RenderOptions) -> Report:
    from leakwatch.reports.table_report import TableReport  # noqa: PLC0415  rich is only for people

    return TableReport(stream, look)


def _json(stream: TextIO, _: RenderOptions) -> Report:
    from leakwatch.reports.json_report import JsonReport  # noqa: PLC0415  as above

    return JsonReport(stream)


def _jsonl(stream: TextIO, _: RenderOptions) -> Report:
    from leakwatch.reports.jsonl_report import JsonLinesReport  # noqa: PLC0415  as above

    return JsonLinesReport(stream)


def _sarif(stream: TextIO, _: RenderOptions) -> Report:
    from leakwatch.reports.sarif_report import SarifReport  # noqa: PLC0415  as above

    return SarifReport(stream)


@dataclass(frozen=True, slots=True)
class Format:
    """A report format: what it is for, the file suffixes that choose it, and how a report is begun."""

    summary: str
    suffixes: tuple[str, ...]
    begin: Callable[[TextIO, RenderOptions], Report]


FORMATS: Mapping[str, Format] = {
    "table": Format("for people: leaking places by file", (), _table),
    "json": Format("one document", (".json",), _json),
    "jsonl": Format("one record a line, while scanning", (".jsonl",), _jsonl),
    "sarif": Format("SARIF 2.1.0, for code hosts and editors", (".sarif", ".sarif.json"), _sarif),
}


def format_of(path: str) -> str:
    """The format that a file's suffix chooses; ``UsageError`` names the suffixes there are."""
    suffixes = [(suffix, name) for name, format_ in FORMATS.items() for suffix in format_.suffixes]
    for suffix, name in sorted(suffixes, key=lambda item: -len(item[0])):
        if path.lower().endswith(suffix):
            return name
    known = ", ".join(suffix for suffix, _ in suffixes)
    raise UsageError(f"cannot tell the report format of {path} by its suffix; end it in one of {known}")
