"""Values that must come out of nowhere, one for each way in, and the search for them in any bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator


def spellings(value: str) -> Iterator[bytes]:
    """The value in the forms in which bytes travel."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = value.encode(encoding)
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + raw)
            # only the characters that do not depend on what stands before and after it
            yield encoded[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
    yield json.dumps(value).strip('"').encode()
    yield value[::-1].encode()


def hits(data: bytes, values: Collection[str]) -> list[str]:
    """Which of the values are in there, in whatever spelling."""
    return [value for value in values if any(spelling in data for spelling in spellings(value))]
