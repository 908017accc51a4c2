"""Values that must come out of nowhere, one for each way in, and the search for them in any bytes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator

from leakwatch.detection.policy import PLACEHOLDERS
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Role

_SHORT, _PLAIN = 8, 5
"""What is shorter, or of fewer different characters, stands in any file by chance; so do numbers that count up."""

_COUNTING = ("12345678", "123456789")


def kinds() -> dict[str, tuple[str, str]]:
    """A made-up value of every entity that is looked for by default, and the line of a log it stands in."""
    found = {}
    for detector in detectors():
        for example in detector.examples:
            values = re.findall("⟦([^⟧]*)⟧", example.line)
            if detector.role is Role.REPORT and detector.default and values and _is_odd(values[0]):
                found[detector.entity] = values[0], re.sub("[⟦⟧]", "", example.line)
                break
    return found


def _is_odd(value: str) -> bool:
    return len(value) >= _SHORT and len(set(value)) >= _PLAIN and value not in {*PLACEHOLDERS, *_COUNTING}


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


def candidates(data: bytes, values: Collection[str]) -> list[str]:
    """Which of the values are in there, in whatever spelling."""
    return [value for value in values if any(spelling in data for spelling in spellings(value))]
