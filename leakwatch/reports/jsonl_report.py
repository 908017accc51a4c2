"""JSON Lines: one public record per line, written while the scan runs; the summary is the last line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, TextIO

from leakwatch.core.model import Finding, Skipped
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, RecordPlace
from leakwatch.reports.render_options import RenderOptions

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NUMBERS = {
    LinePlace: ("line", "start_column", "end_column"),
    CellPlace: ("row", "start", "end"),
    RecordPlace: ("record", "start", "end"),
    PagePlace: ("page", "start", "end"),
}
"""Record keys of the three numbers that differ between findings of one leak site."""

_GET_NUMBERS = {
    kind: attrgetter(*("record_number" if name == "record" else name for name in names))
    for kind, names in _NUMBERS.items()
}
_SHARED_PLACE = {CellPlace: attrgetter("sheet", "column", "column_name"), RecordPlace: attrgetter("json_path")}
_SHARED = attrgetter("entity", "path", "inside", "key", "score", "template")
_PLACEHOLDER = "\0hole"
_PLACEHOLDER_JSON = re.compile(r'"\\u0000hole"')
_CACHE_SIZE = 4096


def encode_record(record: Mapping[str, Any]) -> str:
    """The record as one line of JSON, without its newline. A file name that is not valid text is escaped."""
    text = _ENCODER.encode(record)
    return text if _is_utf8(text) else json.dumps(record, separators=(",", ":"))


class FindingEncoder:
    """Encodes findings as lines of JSON; what findings of one leak site share is encoded once."""

    def __init__(self) -> None:
        self._cache: dict[tuple[Any, ...], tuple[Mapping[str, str], list[str]]] = {}

    def encode(self, finding: Finding) -> str:
        """The same line as ``encode_record(finding.record())``, faster."""
        place = finding.place
        kind = type(place)
        shared_place = _SHARED_PLACE.get(kind)
        key = (kind, shared_place(place) if shared_place else None, _SHARED(finding))
        cached = self._cache.get(key)
        if cached is None or cached[0] is not finding.grade:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            cached = self._cache[key] = finding.grade, _split_template(finding)
        parts = cached[1]
        if len(parts) != len(_NUMBERS[kind]) + 4:  # a name contains the placeholder itself
            return encode_record(finding.record())
        number, start, end = _GET_NUMBERS[kind](place)
        text = (
            f"{parts[0]}{number}{parts[1]}{start}{parts[2]}{end}{parts[3]}"
            f'"{finding.severity.label}"{parts[4]}{_ENCODER.encode(finding.masked)}{parts[5]}'
            f'"{finding.fingerprint}"{parts[6]}'
        )
        return text if _is_utf8(text) else encode_record(finding.record())


def _split_template(finding: Finding) -> list[str]:
    """The encoded record, split at its three numbers, severity, mask and fingerprint."""
    record = finding.record()
    record["place"] |= dict.fromkeys(_NUMBERS[type(finding.place)], _PLACEHOLDER)
    record |= dict.fromkeys(("severity", "masked", "fingerprint"), _PLACEHOLDER)
    return _PLACEHOLDER_JSON.split(_ENCODER.encode(record))


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class JsonLinesReport:
    """Writes each record at once."""

    def __init__(self, stream: TextIO, _options: RenderOptions) -> None:
        self._stream = stream
        self._encoder = FindingEncoder()

    def finding(self, finding: Finding) -> None:
        """See ``Report.finding``."""
        self._stream.write(self._encoder.encode(finding) + "\n")

    def skipped(self, skipped: Skipped) -> None:
        """See ``Report.skipped``."""
        self._write(skipped.record())

    def close(self, summary: Mapping[str, Any]) -> None:
        """See ``Report.close``."""
        self._write(summary)
        self._stream.flush()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._stream.write(encode_record(record) + "\n")
