"""The segments of a chunk to analyse, as views, and the way back to their places."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from leakwatch.core.model import Chunk, Field, RecordChunk, TextChunk
from leakwatch.core.places import LinePlace, Place
from leakwatch.detection.prefilter import Gate
from leakwatch.text.unescape import View, view

_ONE_LINE = str.maketrans("\n\0", "\v\ufffd")
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

_CROWDED_LINES = 256
_CROWDED_SHARE = 4
_CROWDED_CHUNKS = 8
"""A chunk is dense if this many lines, and one in this many, pass; then this many chunks are taken for dense."""

_HOLE_BEGINS = bytes(8)
_HOLE = re.compile(rb"\0{8,}")


@dataclass(slots=True)
class Segment:
    """A line, a window of a long line, or a field, that may hold values of ``detectors`` (ids).

    ``record`` is the index of its record within the chunk. Values count if they begin within ``owned`` (code points of
    the segment). ``lead`` is the length of the text before a field (its key and ``=``).
    """

    view: View = field(repr=False)
    detectors: frozenset[str]
    record: int
    owned: tuple[int, int]
    origin: Place
    offset: int = 0
    lead: int = 0
    field_key: str | None = field(default=None, repr=False)

    def place(self, start: int, end: int) -> Place:
        """Where ``view.text[start:end]`` is."""
        start, end = self.view.original(start, end)
        return self.origin.span(start + self.offset - self.lead, end + self.offset - self.lead)

    def owns(self, start: int, end: int) -> bool:
        """Whether a value there belongs to this segment, and not to the key or a neighbouring window."""
        begin, _ = self.view.original(start, end)
        return self.owned[0] <= begin < self.owned[1] and begin + self.offset >= self.lead


def segments(chunk: Chunk, gate: Gate) -> list[Segment]:
    """The segments of a chunk that pass the gate."""
    return _of_text(chunk, gate) if isinstance(chunk, TextChunk) else list(_of_records(chunk, gate))


def one_line(text: str) -> str:
    """The text of a field or a name for patterns, of the same length: one line, without NUL, encodable."""
    return text.translate(_ONE_LINE).translate(_LONE_SURROGATES) if not text.isascii() or "\n" in text else text


def _of_text(chunk: TextChunk, gate: Gate) -> list[Segment]:
    block = _without_holes(valid(chunk.data))
    lines = block.count(b"\n")
    if gate.crowded and lines >= _CROWDED_LINES and chunk.first_column == 1:
        gate.crowded -= 1
        if (found := _of_crowded(chunk.first_line, block, gate)) is not None:
            return found
    found = list(_of_sparse(chunk, block, gate))
    if len(found) >= _CROWDED_LINES and len(found) * _CROWDED_SHARE >= lines:
        gate.crowded = _CROWDED_CHUNKS
    return found


def _of_crowded(first_line: int, block: bytes, gate: Gate) -> list[Segment] | None:
    """The segments of text that is full of values; None when it has a long line."""
    from leakwatch.detection.analyze.dense_text import lines_of  # noqa: PLC0415 (numpy, only if needed)

    found = lines_of(block, gate)
    if found is None:
        return None
    return [
        Segment(seen, names, first_line + at, (0, len(text)), LinePlace(first_line + at))
        for at, text, seen, names in found
    ]


def _of_sparse(chunk: TextChunk, block: bytes, gate: Gate) -> Iterator[Segment]:
    line, line_start, at, column = chunk.first_line, 0, 0, 0
    for found in gate.scan(block):
        if found.line[0] != line_start or not at:
            line += block.count(b"\n", line_start, found.line[0])
            line_start = at = found.line[0]
            column = chunk.first_column - 1 if line == chunk.first_line else 0
        column += len(block[at : found.start].decode())
        at = found.start
        head = len(block[found.start : found.owned[0]].decode())
        owned = head, head + len(block[found.owned[0] : found.owned[1]].decode())
        text = block[found.start : found.end].decode()
        yield Segment(view(text), found.detectors, line, owned, LinePlace(line), offset=column)


def _of_records(chunk: RecordChunk, gate: Gate) -> Iterator[Segment]:
    fields: list[tuple[int, Field]] = [
        (number, one) for number, record in enumerate(chunk.records) for one in record if one.text
    ]
    leads = [one_line(one.key) + "=" if one.key else "" for _, one in fields]
    lines = [(lead + one_line(one.text)).encode() for lead, (_, one) in zip(leads, fields, strict=True)]
    starts = []
    at = 0
    for raw in lines:
        starts.append(at)
        at += len(raw) + 1
    block = _without_holes(b"\n".join(lines))
    for found in gate.scan(block):
        index = bisect_right(starts, found.line[0]) - 1
        record, one = fields[index]
        text = block[found.start : found.end].decode()
        head = offset = 0
        length = len(text)
        if found.owned != found.line:
            head = len(block[found.start : found.owned[0]].decode())
            length = len(block[found.owned[0] : found.owned[1]].decode())
            offset = len(block[found.line[0] : found.start].decode())
        yield Segment(
            view(text), found.detectors, record, (head, head + length), one.place, offset, len(leads[index]), one.key
        )


def _without_holes(block: bytes) -> bytes:
    """Replace runs of NUL by blanks: a truncated log or a sparse file may hold gigabytes of them."""
    return _HOLE.sub(lambda hole: b" " * len(hole[0]), block) if _HOLE_BEGINS in block else block


def valid(data: bytes) -> bytes:
    """The bytes with U+FFFD for invalid UTF-8; the same object if all of it is valid."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").encode()
    return data
