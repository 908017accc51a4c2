"""Inputs in, findings out: open, read, analyse, count; in this process or in several."""

from leakwatch.pipeline.analyzers import active_detectors, engine, reading_prose
from leakwatch.pipeline.run import WITHHELD, Input, Pipeline

__all__ = ["WITHHELD", "Input", "Pipeline", "active_detectors", "engine", "reading_prose"]
