"""Inputs in, findings out: open, read, analyse, count; in this process or in several."""

from leakwatch.pipeline.analyzers import active_detectors, add_ner, engine, scanning, watching
from leakwatch.pipeline.pool import ALONE_BYTES, Pool
from leakwatch.pipeline.scan_pipeline import WITHHELD, Pipeline
from leakwatch.pipeline.task import ChunkResult, Input, Task

__all__ = [
    "ALONE_BYTES",
    "WITHHELD",
    "ChunkResult",
    "Input",
    "Pipeline",
    "Pool",
    "Task",
    "active_detectors",
    "add_ner",
    "engine",
    "scanning",
    "watching",
]
