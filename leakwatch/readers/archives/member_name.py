"""Names of archive members: bytes without a declared encoding, most often GBK when written on Chinese Windows."""

from __future__ import annotations

from leakwatch.text.charset import sniff


def decode_name(raw: bytes) -> str:
    """The decoded name with forward slashes; undecodable bytes become U+FFFD."""
    name = raw.decode("utf-8", "replace") if raw.isascii() else raw.decode(sniff(raw, at_end=True), "replace")
    return name.replace("\\", "/")
