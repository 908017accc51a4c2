"""The table of formats, and how one is recognised."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers.archives import compressed, seven_zip, tar_archive, zip_archive
from leakwatch.readers.documents import mail, ole, pdf
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import FormatReader, Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables import delimited, parquet, spreadsheet, sqlite
from leakwatch.readers.text import json_records, markup, plain_text, sql_dump
from leakwatch.text.charset import looks_binary


def _refuse(_feed: InputStream, _origin: Origin, _reading: ReadContext) -> Iterator[Item]:
    raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT)


def _never(_head: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Format:
    """One format: by how its content begins, by a closer look at it, or, for text, by how its names end.

    ``apart`` is for parsers that a hostile file could crash, hang or take over: they run in a worker process. ``needs``
    names an optional module and the extra that brings it.
    """

    name: str
    reader: FormatReader
    magic: tuple[bytes, ...] = ()
    suffixes: tuple[str, ...] = ()
    looks: Callable[[bytes], bool] = _never
    apart: bool = False
    needs: tuple[str, str] | None = None

    def missing(self) -> str | None:
        """The extra that has to be installed before this format can be read; None when nothing has to."""
        if self.needs is None or importlib.util.find_spec(self.needs[0]) is not None:
            return None
        return self.needs[1]


FORMATS = (
    Format("zip", zip_archive.read, magic=(b"PK\x03\x04", b"PK\x05\x06"), apart=True),
    Format("gzip", compressed.read_gzip, magic=(b"\x1f\x8b\x08",)),
    Format("bzip2", compressed.read_bzip2, looks=compressed.looks_bzip2),
    Format("xz", compressed.read_xz, magic=(b"\xfd7zXZ\0",)),
    Format("zstandard", compressed.read_zstandard, magic=(b"\x28\xb5\x2f\xfd",)),
    Format("lz4", compressed.read_lz4, magic=(b"\x04\x22\x4d\x18",), needs=("lz4", "lz4")),
    Format("pdf", pdf.read, magic=(pdf.MAGIC,), apart=True, needs=("pypdfium2", "pdf")),
    Format("sqlite", sqlite.read, magic=(sqlite.MAGIC,), apart=True),
    Format("parquet", parquet.read, looks=parquet.looks_parquet, apart=True, needs=("pyarrow", "parquet")),
    Format("tar", tar_archive.read, looks=tar_archive.looks_tar, apart=True),
    Format("7z", seven_zip.read, magic=(seven_zip.MAGIC,), apart=True),
    Format("xls", spreadsheet.read_xls, magic=(ole.MAGIC,), apart=True),
    Format("mail", mail.read, suffixes=(".eml", ".mht", ".mhtml"), apart=True),
    Format("delimited", delimited.read, suffixes=(".csv", ".tsv", ".psv", ".tab")),
    Format("sql", sql_dump.read, magic=sql_dump.DUMPS, suffixes=(".sql",)),
    Format("html", markup.read, looks=markup.looks_html, suffixes=markup.HTML_SUFFIXES),
    Format("xml", markup.read, magic=(b"<?xml ",), suffixes=(".xml",)),
    Format("json", json_records.read, suffixes=(".json", ".jsonl", ".ndjson", ".geojson", ".har")),
)
TEXT = Format("text", plain_text.read)
UNSUPPORTED = Format("unsupported", _refuse)
_TABLE_BY_CONTENT = Format("table", delimited.read)
# Names of plain data files that may hold a table; a ``.log`` never does.
_PERHAPS_TABLE = (".txt", ".dat", ".out", ".unl", ".del")

# Formats without a reader whose beginning could pass for text.
_FOREIGN = (
    b"ORC",
    b"Obj\x01",
    b"Rar!\x1a\x07",
    b"\x7fELF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\xca\xfe\xba\xbe",
)


def recognise(head: bytes, name: str) -> Format:
    """The format of an input that begins with ``head`` and has that name."""
    for candidate in FORMATS:
        if head.startswith(candidate.magic) or candidate.looks(head):
            return candidate
    if head.startswith(_FOREIGN) or looks_binary(head):
        return UNSUPPORTED
    lower = name.lower()
    for candidate in FORMATS:
        if lower.endswith(candidate.suffixes):
            return candidate
    base = lower.rsplit("/", 1)[-1]
    if (lower.endswith(_PERHAPS_TABLE) or "." not in base) and delimited.looks_delimited(head):
        return _TABLE_BY_CONTENT
    return TEXT
