"""Categories of numbers that share severity, classes, mask and advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leakwatch_detectors.contract import Title
from leakwatch_detectors.data import advice, grades


@dataclass(frozen=True, slots=True)
class Category:
    """The fields of a ``Detector`` of the same names."""

    severity: str
    grades: Mapping[str, str]
    profile_grades: Mapping[str, str]
    mask: str
    advice: Title


IDENTITY_DOCUMENT = Category(
    "high", {"jrt0171": "C2", "gbt35273": "sensitive"}, grades.IDENTITY_DOCUMENT, "id", advice.DOCUMENT
)
FINANCIAL_ACCOUNT = Category(
    "high", {"jrt0171": "C2", "gbt35273": "sensitive"}, grades.FINANCIAL_ACCOUNT, "id", advice.ACCOUNT
)
CARD_AUTHENTICATION = Category(
    "critical",
    {"jrt0171": "C3", "gbt35273": "sensitive"},
    grades.FINANCIAL_ACCOUNT,
    "secret",
    advice.CARD_AUTHENTICATION,
)
DEVICE = Category("low", {"jrt0171": "C1", "gbt35273": "pi"}, grades.ORDINARY, "generic", advice.DEVICE)
MESSENGER_ACCOUNT = Category("low", {"jrt0171": "C1", "gbt35273": "pi"}, grades.ORDINARY, "generic", advice.ATTRIBUTE)
ORGANISATION = Category("info", {}, {}, "generic", advice.ORGANISATION)
