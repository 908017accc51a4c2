"""Inputs in, findings out: open, read, analyse, count; in this process or in several."""

from leakwatch.pipeline.analyzers import active_detectors, engine, reading_prose, scanning, watching
from leakwatch.pipeline.crew import ALONE_BYTES, Crew
from leakwatch.pipeline.looking import Input, Looked, Piece
from leakwatch.pipeline.run import WITHHELD, Pipeline

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
