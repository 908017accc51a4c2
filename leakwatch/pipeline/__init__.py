"""Inputs in, findings out: open, read, analyse, count; in this process or in several."""

from leakwatch.pipeline.analyzers import active_detectors, engine, reading_prose, scanning, watching
from leakwatch.pipeline.pool import ALONE_BYTES, Crew
from leakwatch.pipeline.scan_pipeline import WITHHELD, Pipeline
from leakwatch.pipeline.task import Input, Looked, Piece

__all__ = [
    "ALONE_BYTES",
    "WITHHELD",
    "Crew",
    "Input",
    "Looked",
    "Piece",
    "Pipeline",
    "active_detectors",
    "engine",
    "reading_prose",
    "scanning",
    "watching",
]
