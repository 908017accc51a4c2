"""One watch of kind ``export``."""

from __future__ import annotations

from dataclasses import dataclass

from leakwatch.detection.analyze import Analyzer
from leakwatch.files.finished_exports import FinishedExports
from leakwatch.state.incidents import Watched


@dataclass(slots=True)
class ExportWatch:
    """One watch of kind ``export``. ``since`` (epoch seconds) is its first start: what is older is backlog."""

    watched: Watched
    exports: FinishedExports
    since: float
    encoding: str
    backlog: bool = False
    analyzer: Analyzer | None = None
    """Its own analyzer; None: the one of the scanner."""
