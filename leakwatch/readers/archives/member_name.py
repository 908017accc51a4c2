"""Names of archive members: bytes of no declared encoding, more often GBK than anything else on Chinese Windows."""

from __future__ import annotations

from leakwatch.text.charset import sniff


def decode_name(raw: bytes) -> str:
    """The name for people and for choosing a reader; what cannot be decoded becomes U+FFFD."""
    name = raw.decode("utf-8", "replace") if raw.isascii() else raw.decode(sniff(raw, at_end=True), "replace")
    return name.replace("\\", "/")
