"""Counts values that are masked already, so that a clean result differs from a blind one."""

from __future__ import annotations

import re

from leakwatch.core.column_table import Mixed, Tables, parts_of
from leakwatch.core.model import Chunk, TextChunk
from leakwatch.detection.prefilter import Literals

_SIGNS = ("**", "＊＊", "●●", "•••", "██")
_ANY_SIGN = Literals(_SIGNS)
_MASKED = re.compile(
    r"""
      (?<![0-9A-Za-z*]) [A-Za-z]{0,2} [0-9]{2,8} [ -]?
      (?: \*{3,} | (?:＊){3,} | (?:●){3,} | (?:•){3,} | (?:█){3,} )
      [ -]? [0-9]{0,4} [0-9Xx]?
    | (?<![0-9A-Za-z*._-]) [A-Za-z0-9._-]{1,8} \*{2,} [A-Za-z0-9._-]{0,8} @
    """.encode(),
    re.VERBOSE,
)


def masked_in(chunk: Chunk) -> int:
    """The number of numbers and e-mail addresses in a chunk whose middle is replaced by stars, dots or blocks."""
    if isinstance(chunk, TextChunk):
        return _count(chunk.data)
    records = chunk.records
    fields: list[str] = []
    if isinstance(records, Tables):
        fields += [text for table, _ in parts_of(records) for column in table.columns for text in column]
        records = tuple(records.others.values()) if isinstance(records, Mixed) else ()
    fields += [one.text for record in records for one in record]
    if not _ANY_SIGN.occur_in("\n".join(fields).encode("utf-8", "replace")):
        return 0
    return sum(_count(text.encode("utf-8", "replace")) for text in fields)


def _count(data: bytes) -> int:
    """Only lines with a mask character are searched: the pattern is slow, and masks are rare."""
    count = looked_at = 0
    for at in _ANY_SIGN.ends_in(data):
        if at > looked_at:
            start = data.rfind(b"\n", 0, at) + 1
            end = data.find(b"\n", at - 1)
            looked_at = len(data) if end < 0 else end
            count += sum(1 for _ in _MASKED.finditer(data, start, looked_at))
    return count
