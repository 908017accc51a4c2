"""JSON: each line, each element of an array document, or the whole document is a record.

Invalid JSON is read as text at its own lines and columns, so nothing is lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from leakwatch.core.model import Origin, TextChunk
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.text.json_parts import NotJsonError, fields
from leakwatch.readers.text.json_shapes import RecordCollector
from leakwatch.readers.text.json_split import JsonSplitter, TooLongError, Value
from leakwatch.readers.text.plain_text import DecodedStream, LineChunker, split_long_line
from leakwatch.text.charset import Transcoder

_LINES_SUFFIXES = (".jsonl", ".ndjson")
# Records up to this size are validated and read in one pass; longer ones are validated first, then read in parts.
_SMALL_CHARACTERS = 256 * 1024
_BLANKS = " \t\n\r\v\f"


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """JSON lines, an array document, or other JSON values."""
    decoded = DecodedStream(stream, context.encoding)
    head = Transcoder(context.encoding).stream(stream.head, final=True).decode()
    if context.name.lower().endswith(_LINES_SUFFIXES) or _is_lines(head):
        yield from _read_lines(decoded, origin)
    else:
        yield from _read_values(decoded, origin, head)
    decoded.close()


def _is_lines(head: str) -> bool:
    """Whether the first line is a complete value other than an array document."""
    first, _, more = head.lstrip().partition("\n")
    if not _is_json(first):
        return False
    return first.startswith("{") or (first.startswith("[") and more.lstrip().startswith("["))


def _read_lines(decoded: DecodedStream, origin: Origin) -> Iterator[Item]:
    collector = RecordCollector(origin)
    lines = LineChunker(origin)
    for data in decoded.blocks():
        for chunk in lines.add(data):
            yield from _line_records(chunk, collector)
    for chunk in lines.end():
        yield from _line_records(chunk, collector)
    yield from collector.end()


def _line_records(chunk: TextChunk, collector: RecordCollector) -> Iterator[Item]:
    """One record per line, numbered by its line."""
    long_line, rest = split_long_line(chunk)
    if long_line is not None:
        yield long_line
    for number, line in enumerate(rest.data.decode().split("\n"), rest.first_line):
        if not line.strip(_BLANKS):
            continue
        try:
            yield from collector.add(line, number)
        except NotJsonError:
            yield TextChunk(chunk.origin, line.encode(), number)


def _read_values(decoded: DecodedStream, origin: Origin, head: str) -> Iterator[Item]:
    """The values of a sequence, or the elements of one array, as records."""
    in_array = head.lstrip().startswith("[")
    opening = len(head) - len(head.lstrip()) + in_array
    splitter = JsonSplitter(in_array=in_array, column=opening + 1)
    collector = RecordCollector(origin)
    number = 0
    blocks = (data.decode() for data in decoded.blocks())
    try:
        for block in chain((next(blocks, "")[opening:],), blocks):
            for value in splitter.add(block):
                number += 1
                yield from _record(value, number, origin, collector)
        for value in splitter.end():
            yield from _record(value, number + 1, origin, collector)
    except TooLongError:
        yield from _as_text(splitter.end(), blocks, origin)
    yield from collector.end()


def _record(value: Value, number: int, origin: Origin, collector: RecordCollector) -> Iterator[Item]:
    try:
        if len(value.text) <= _SMALL_CHARACTERS:
            yield from collector.add(value.text, number)
        else:
            deque(fields(value.text, number), maxlen=0)
            yield from collector.add_long(fields(value.text, number))
    except NotJsonError:
        yield from _as_text((value,), (), origin)


def _as_text(values: Iterable[Value], more: Iterable[str], origin: Origin) -> Iterator[TextChunk]:
    """The values and everything after them as text, at their places."""
    for value in values:
        lines = LineChunker(origin, value.line, value.column)
        for text in chain((value.text,), more):
            yield from lines.add(text.encode())
        yield from lines.end()


def _is_json(text: str) -> bool:
    try:
        deque(fields(text, 1), maxlen=0)
    except NotJsonError:
        return False
    return True
