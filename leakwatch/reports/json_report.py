"""One JSON document with the records of JSON Lines. Findings are written at once; skipped inputs are spooled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from leakwatch.core.model import SCHEMA, Finding, Skipped
from leakwatch.reports.jsonl_report import FindingEncoder, encode_record
from leakwatch.reports.render_options import RenderOptions
from leakwatch.reports.spool import Spool


class JsonReport:
    """Writes ``{schema, findings[], skipped[], summary}``, one record per line, in bounded memory."""

    def __init__(self, stream: TextIO, _options: RenderOptions) -> None:
        self._stream = stream
        self._encoder = FindingEncoder()
        self._findings = 0
        self._skipped = Spool()
        self._stream.write(f'{{"schema":"{SCHEMA}","findings":[')

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        self._stream.write(("," if self._findings else "") + "\n" + self._encoder.encode(finding))
        self._findings += 1

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        self._skipped.append(encode_record(skipped.record()))

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``."""
        self._stream.write('\n],"skipped":[')
        for number, text in enumerate(self._skipped):
            self._stream.write(("," if number else "") + "\n" + text)
        self._stream.write('\n],"summary":' + encode_record(summary) + "}\n")
        self._stream.flush()
