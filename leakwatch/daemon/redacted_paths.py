"""Names of files as they may be stored, logged and sent."""

from __future__ import annotations

from leakwatch.core.errors import AnalysisError
from leakwatch.detection.analyze import Analyzer
from leakwatch.pipeline import WITHHELD


def shown(analyzer: Analyzer, name: str) -> str:
    """A name with its values masked; one that no detector can judge is withheld, since it may hold some."""
    try:
        return analyzer.redact(name)
    except AnalysisError:
        return WITHHELD
