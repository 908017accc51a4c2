"""Report formats. A format is one module, ``<name>_report.py``, and one line in ``REPORT_FORMATS``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TextIO

from leakwatch.core.errors import UsageError
from leakwatch.core.model import Report
from leakwatch.reports.render_options import RenderOptions


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A report format: its name, the class in ``<name>_report.py``, and what help and suffix lookup need.

    A streaming format writes findings while the scan runs; the others write when it ends. The module is imported when
    a report is opened, so that ``--help`` and a scan in another format do not pay for it.
    """

    name: str
    class_name: str
    suffixes: tuple[str, ...]
    description: str
    streams: bool

    def open(self, stream: TextIO, options: RenderOptions) -> Report:
        """Begin a report on ``stream``."""
        module = import_module(f"leakwatch.reports.{self.name}_report")
        report: Report = getattr(module, self.class_name)(stream, options)
        return report


_ALL = (
    ReportFormat("table", "TableReport", (), "for people: leaks grouped by file", streams=True),
    ReportFormat("json", "JsonReport", (".json",), "a single JSON document", streams=True),
    ReportFormat("jsonl", "JsonLinesReport", (".jsonl",), "one JSON record per line", streams=True),
    ReportFormat(
        "sarif", "SarifReport", (".sarif", ".sarif.json"), "SARIF 2.1.0, for code hosts and editors", streams=False
    ),
)

REPORT_FORMATS: Mapping[str, ReportFormat] = MappingProxyType({report.name: report for report in _ALL})
"""The formats by name, in the order in which help lists them."""


def format_for_path(path: str) -> ReportFormat:
    """The format chosen by a file's suffix; ``UsageError`` names the known suffixes."""
    suffixes = [(suffix, report) for report in REPORT_FORMATS.values() for suffix in report.suffixes]
    for suffix, report in sorted(suffixes, key=lambda item: -len(item[0])):
        if path.lower().endswith(suffix):
            return report
    known = ", ".join(suffix for suffix, _ in suffixes)
    raise UsageError(f"{path}: unknown report suffix; use one of {known}")
