"""JSON Lines: one public record a line, written while the scan goes on; the summary is the last line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TextIO

from leakwatch.model import Finding, Skipped


def line(record: Mapping[str, Any]) -> str:
    """The record as one line of JSON, without its newline. A file name that is no text keeps its bytes as escapes."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(record, separators=(",", ":"))
    return text


class JsonLinesReport:
    """Writes each record as soon as it is known."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        self._write(finding.record())

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        self._write(skipped.record())

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``."""
        self._write(summary)
        self._stream.flush()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._stream.write(line(record) + "\n")
