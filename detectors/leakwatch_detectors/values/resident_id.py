"""The 18-digit identity number where it also serves as the number of a licence or an insurance."""

from __future__ import annotations

from leakwatch_detectors.data.provinces import PROVINCES
from leakwatch_detectors.values.checksums import mod_11_2
from leakwatch_detectors.values.dates import is_birth_date

IDENTITY_NUMBER = PROVINCES + r"[0-9]{4}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
"""The pattern of the number without separators."""


def is_identity_number(value: str) -> bool:
    """Whether birth date and check character of an 18-character number are right."""
    return mod_11_2(value) and is_birth_date(value[6:14])
