"""One JSON document with the same records as JSON Lines. Findings go out at once; skipped inputs wait in a spool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from leakwatch.core.model import SCHEMA, Finding, Skipped
from leakwatch.reports.jsonl_report import FindingLines, line
from leakwatch.reports.spool import Spool


class JsonReport:
    """Writes ``{schema, findings[], skipped[], summary}``, one record a line, in bounded memory."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines = FindingLines()
        self._findings = 0
        self._skipped = Spool()
        self._stream.write(f'{{"schema":"{SCHEMA}","findings":[')

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        self._stream.write(("," if self._findings else "") + "\n" + self._lines.line(finding))
        self._findings += 1

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        self._skipped.append(line(skipped.record()))

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``."""
        self._stream.write('\n],"skipped":[')
        for number, text in enumerate(self._skipped):
            self._stream.write(("," if number else "") + "\n" + text)
        self._stream.write('\n],"summary":' + line(summary) + "}\n")
        self._stream.flush()
