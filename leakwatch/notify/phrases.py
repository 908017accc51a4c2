"""Severity symbols, and titles of entities, also of those no detector finds any more."""

from __future__ import annotations

from leakwatch.core.model import Severity
from leakwatch.detection.rules import detector_of
from leakwatch.notify.inert_text import inert

SYMBOLS = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
    Severity.INFO: "⚪",
}


def entity_title(entity: str, lang: str) -> str:
    """The title of an entity; its name if no detector has it any more."""
    detector = detector_of(entity)
    return inert(entity if detector is None else getattr(detector.title, lang))


def entity_severity(entity: str) -> Severity:
    """The severity of an entity by itself; medium if no detector has it any more."""
    detector = detector_of(entity)
    return Severity.MEDIUM if detector is None else Severity.of(detector.severity)
