"""Inputs in, findings out: open, read, analyse, count; in this process or in several."""

from leakwatch.pipeline.analyzers import active_detectors, engine, reading_prose
from leakwatch.pipeline.crew import Crew
from leakwatch.pipeline.looking import Input
from leakwatch.pipeline.run import WITHHELD, Pipeline

__all__ = ["WITHHELD", "Crew", "Input", "Pipeline", "active_detectors", "engine", "reading_prose"]
