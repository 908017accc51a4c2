"""The table of formats, and format detection."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leakwatch.core.model import Origin, SkipReason
from leakwatch.readers.archives import compressed, seven_zip, tar_archive
from leakwatch.readers.archives.zip_archive import ZipDocument, ZipReader
from leakwatch.readers.documents import mail, office, ole, pdf
from leakwatch.readers.input_stream import InputStream
from leakwatch.readers.read_context import FormatReader, Item, ReadContext
from leakwatch.readers.read_limits import ReadAborted
from leakwatch.readers.tables import delimited, parquet, spreadsheet, sqlite
from leakwatch.readers.text import json_records, markup, plain_text, sql_dump
from leakwatch.text.charset import looks_binary


def _refuse(_stream: InputStream, _origin: Origin, _context: ReadContext) -> Iterator[Item]:
    raise ReadAborted(SkipReason.UNSUPPORTED_FORMAT)


def _never(_head: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Format:
    """One format, recognised by its first bytes (``magic`` or ``matches``) or, for text, by file name suffix.

    ``sandboxed`` formats have parsers that a hostile file could crash, hang or exploit; they run in a worker process.
    ``requires`` is an optional module and the package extra that installs it.
    """

    name: str
    reader: FormatReader
    magic: tuple[bytes, ...] = ()
    suffixes: tuple[str, ...] = ()
    matches: Callable[[bytes], bool] = _never
    sandboxed: bool = False
    requires: tuple[str, str] | None = None

    def missing_extra(self) -> str | None:
        """The package extra that has to be installed to read this format; None when nothing is missing."""
        if self.requires is None or importlib.util.find_spec(self.requires[0]) is not None:
            return None
        return self.requires[1]


ZIP_DOCUMENTS = (
    ZipDocument("xlsx", spreadsheet.read_xlsx, spreadsheet.XLSX_MEMBERS),
    ZipDocument("xlsb", spreadsheet.read_xlsb, spreadsheet.XLSB_MEMBERS),
    ZipDocument("ods", spreadsheet.read_ods, spreadsheet.OPEN_DOCUMENT_MEMBERS),
    ZipDocument("docx", office.read_docx, office.DOCX_MEMBERS),
    ZipDocument("pptx", office.read_pptx, office.PPTX_MEMBERS),
)
"""Document formats that are ZIP archives; the first match wins."""

FORMATS = (
    Format("zip", ZipReader(ZIP_DOCUMENTS), magic=(b"PK\x03\x04", b"PK\x05\x06"), sandboxed=True),
    Format("gzip", compressed.read_gzip, magic=(b"\x1f\x8b\x08",)),
    Format("bzip2", compressed.read_bzip2, matches=compressed.is_bzip2),
    Format("xz", compressed.read_xz, magic=(b"\xfd7zXZ\0",)),
    Format("zstandard", compressed.read_zstandard, magic=(b"\x28\xb5\x2f\xfd",)),
    Format("lz4", compressed.read_lz4, magic=(b"\x04\x22\x4d\x18",), requires=("lz4", "lz4")),
    Format("pdf", pdf.read, magic=(pdf.MAGIC,), sandboxed=True, requires=("pypdfium2", "pdf")),
    Format("sqlite", sqlite.read, magic=(sqlite.MAGIC,), sandboxed=True),
    Format("parquet", parquet.read, matches=parquet.is_parquet, sandboxed=True, requires=("pyarrow", "parquet")),
    Format("tar", tar_archive.read, matches=tar_archive.is_tar, sandboxed=True),
    Format("7z", seven_zip.read, magic=(seven_zip.MAGIC,), sandboxed=True),
    Format("xls", spreadsheet.read_xls, magic=(ole.MAGIC,), sandboxed=True),
    Format("mail", mail.read, suffixes=(".eml", ".mht", ".mhtml"), sandboxed=True),
    Format("delimited", delimited.read, suffixes=(".csv", ".tsv", ".psv", ".tab")),
    Format("sql", sql_dump.read, magic=sql_dump.DUMPS, suffixes=(".sql",)),
    Format("html", markup.read, matches=markup.is_html, suffixes=markup.HTML_SUFFIXES),
    Format("xml", markup.read, magic=(b"<?xml ",), suffixes=(".xml",)),
    Format("json", json_records.read, suffixes=(".json", ".jsonl", ".ndjson", ".geojson", ".har")),
)
TEXT = Format("text", plain_text.read)
UNSUPPORTED = Format("unsupported", _refuse)
_TABLE_BY_CONTENT = Format("table", delimited.read)
# File names whose content may be a table; a ``.log`` never is.
_TABLE_SUFFIXES = (".txt", ".dat", ".out", ".unl", ".del")

# Unsupported formats whose first bytes could be taken for text.
_UNSUPPORTED_MAGIC = (
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
    """The format of an input with the first bytes ``head`` and the file name ``name``."""
    for candidate in FORMATS:
        if head.startswith(candidate.magic) or candidate.matches(head):
            return candidate
    if head.startswith(_UNSUPPORTED_MAGIC) or looks_binary(head):
        return UNSUPPORTED
    lower = name.lower()
    for candidate in FORMATS:
        if lower.endswith(candidate.suffixes):
            return candidate
    base = lower.rsplit("/", 1)[-1]
    if (lower.endswith(_TABLE_SUFFIXES) or "." not in base) and delimited.is_delimited(head):
        return _TABLE_BY_CONTENT
    return TEXT
