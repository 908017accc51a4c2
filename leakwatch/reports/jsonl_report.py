"""JSON Lines: one public record a line, written while the scan goes on; the summary is the last line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, TextIO

from leakwatch.core.model import CellPlace, Finding, LinePlace, PagePlace, RecordPlace, Skipped

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NUMBERS = {
    LinePlace: ("line", "start_column", "end_column"),
    CellPlace: ("row", "start", "end"),
    RecordPlace: ("record", "start", "end"),
    PagePlace: ("page", "start", "end"),
}
"""The three numbers that differ from place to place, as the record calls them."""

_NUMBERS_OF = {
    kind: attrgetter(*("record_number" if name == "record" else name for name in names))
    for kind, names in _NUMBERS.items()
}
_SAME_IN_PLACE = {CellPlace: attrgetter("sheet", "column", "column_name"), RecordPlace: attrgetter("json_path")}
_SAME = attrgetter("entity", "path", "inside", "key", "score", "template")
_HOLE = re.compile(r'"\\u0000hole"')
_KEPT = 4096


def line(record: Mapping[str, Any]) -> str:
    """The record as one line of JSON, without its newline. A file name that is no text keeps its bytes as escapes."""
    text = _ENCODER.encode(record)
    return text if _encodable(text) else json.dumps(record, separators=(",", ":"))


class FindingLines:
    """Findings as lines of JSON. What those of one leaking place have in common is made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], tuple[Mapping[str, str], list[str]]] = {}

    def line(self, finding: Finding) -> str:
        """What ``line`` makes of the finding's record."""
        place = finding.place
        kind = type(place)
        same_in_place = _SAME_IN_PLACE.get(kind)
        like = (kind, same_in_place(place) if same_in_place else None, _SAME(finding))
        known = self._known.get(like)
        if known is None or known[0] is not finding.grade:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[like] = finding.grade, _pieces(finding)
        pieces = known[1]
        if len(pieces) != len(_NUMBERS[kind]) + 4:
            return line(finding.record())
        number, start, end = _NUMBERS_OF[kind](place)
        text = (
            f"{pieces[0]}{number}{pieces[1]}{start}{pieces[2]}{end}{pieces[3]}"
            f'"{finding.severity.label}"{pieces[4]}{_ENCODER.encode(finding.masked)}{pieces[5]}'
            f'"{finding.fingerprint}"{pieces[6]}'
        )
        return text if _encodable(text) else line(finding.record())


def _pieces(finding: Finding) -> list[str]:
    """The record without its numbers, severity, mask and fingerprint: what stands between them."""
    record = finding.record()
    hole = "\0hole"
    record["place"] |= dict.fromkeys(_NUMBERS[type(finding.place)], hole)
    return _HOLE.split(_ENCODER.encode(record | dict.fromkeys(("severity", "masked", "fingerprint"), hole)))


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class JsonLinesReport:
    """Writes each record as soon as it is known."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines = FindingLines()

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        self._stream.write(self._lines.line(finding) + "\n")

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        self._write(skipped.record())

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``."""
        self._write(summary)
        self._stream.flush()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._stream.write(line(record) + "\n")
