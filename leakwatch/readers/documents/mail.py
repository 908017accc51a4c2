"""MIME mail (eml, mht): headers, and each decoded part with its own format and charset.

A header has its line in the file. A part is a member, named by its file name or its number.
"""

from __future__ import annotations

import codecs
import email
import email.errors
import email.header
import io
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message

from leakwatch.core.model import Field, Origin, RecordChunk, Skipped, SkipReason
from leakwatch.core.places import LinePlace
from leakwatch.readers.input_stream import MAX_BUFFERED_BYTES, InputStream
from leakwatch.readers.read_context import Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted

_SUFFIXES = {"text/html": ".html", "text/csv": ".csv", "application/json": ".json", "text/xml": ".xml"}
_ENCRYPTED_TYPES = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
_PARSE_ERRORS = (ValueError, LookupError, TypeError, AttributeError, AssertionError)


def read(stream: InputStream, origin: Origin, context: ReadContext) -> Iterator[Item]:
    """A mail with its attachments and attached mails. ``ReadAborted`` beyond 64 MiB."""
    data = stream.seekable().read(MAX_BUFFERED_BYTES + 1)
    if len(data) > MAX_BUFFERED_BYTES:
        raise ReadAborted(SkipReason.TOO_LARGE)
    try:
        message = email.message_from_bytes(data)
        parts = list(message.walk())
    except RecursionError:
        raise ReadAborted(SkipReason.TOO_DEEP) from None
    except _PARSE_ERRORS:
        raise ReadAborted(SkipReason.DAMAGED) from None
    yield from _headers(message, origin, _header_lines(data))
    for number, part in enumerate(parts, 1):
        context.budget.check_time()
        if part.is_multipart():
            if part.get_content_type() == "message/rfc822":
                for read_member in part.get_payload():
                    yield from _headers(read_member, origin.member(f"part {number}"), [])
            continue
        context.budget.count_member()
        yield from _part(part, number, origin, context)
        if context.budget.exhausted:
            raise ReadAborted(context.budget.exhausted)


def _headers(message: Message | str, origin: Origin, lines: list[int]) -> Iterator[Item]:
    """The header fields as one record, on the given lines; without ``lines``, numbered."""
    if isinstance(message, str):
        return
    fields = []
    for index, (name, value) in enumerate(message.items()):
        line = lines[index] if index < len(lines) else index + 1
        text = _decode_header(str(value))
        if text.strip():
            fields.append(Field(text, LinePlace(line).span(len(name) + 2, len(name) + 2), name))
    if fields:
        yield RecordChunk(origin, (tuple(fields),))


def _header_lines(data: bytes) -> list[int]:
    """The line on which each header begins."""
    lines = []
    for number, line in enumerate(io.BytesIO(data), 1):
        if not line.strip():
            break
        if line[:1] not in {b" ", b"\t"} and not (number == 1 and line.startswith(b"From ")):
            lines.append(number)
    return lines


def _part(part: Message, number: int, origin: Origin, context: ReadContext) -> Iterator[Item]:
    kind = part.get_content_type()
    try:
        name = _decode_header(part.get_filename() or "")
        payload = part.get_payload(decode=True)
    except _PARSE_ERRORS:
        yield Skipped(origin.member(f"part {number}"), SkipReason.DAMAGED)
        return
    name = name.replace("\\", "/").rsplit("/", 1)[-1] or f"part {number}{_SUFFIXES.get(kind, '')}"
    inside = origin.member(name)
    if not isinstance(payload, bytes) or not payload:
        return
    if kind in _ENCRYPTED_TYPES:
        yield Skipped(inside, SkipReason.ENCRYPTED, len(payload))
        return
    try:
        member = context.for_member(name)
    except ReadAborted as stop:
        yield Skipped(inside, stop.reason, len(payload))
        return
    charset = _charset(part) if kind.startswith("text/") else None
    stream = InputStream(io.BytesIO(payload), context.budget, size=len(payload), unpacked=True)
    yield from context.read_member(stream, inside, replace(member, encoding=charset or context.encoding))


def _charset(part: Message) -> str | None:
    """The declared charset; None if unknown or ASCII, since many mails declare ASCII and contain something else."""
    try:
        name = codecs.lookup(part.get_content_charset() or "").name
    except _PARSE_ERRORS:
        return None
    # mail clients say GB2312 and mean its superset
    return None if name == "ascii" else "gb18030" if name in {"gb2312", "gbk"} else name


def _decode_header(value: str) -> str:
    """A header value as displayed."""
    try:
        words = email.header.decode_header(value)
        return "".join(_decode_word(raw, charset) for raw, charset in words).replace("\n", " ").replace("\r", "")
    except (*_PARSE_ERRORS, email.errors.HeaderParseError):
        return value


def _decode_word(raw: bytes | str, charset: str | None) -> str:
    if isinstance(raw, str):
        return raw.encode("ascii", "surrogateescape").decode("utf-8", "replace") if not raw.isascii() else raw
    name = charset or "utf-8"
    return raw.decode("gb18030" if name.lower() in {"gb2312", "gbk"} else name, "replace")
