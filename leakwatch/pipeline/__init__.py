"""Reads inputs and analyses them, in this process or in a pool of workers."""

from leakwatch.pipeline.analyzers import active_detectors, add_ner, engine, scan_analyzers, watch_analyzers
from leakwatch.pipeline.pool import INLINE_BYTES, Pool
from leakwatch.pipeline.scan_pipeline import WITHHELD, Pipeline
from leakwatch.pipeline.task import ChunkResult, Input, Task

__all__ = [
    "INLINE_BYTES",
    "WITHHELD",
    "ChunkResult",
    "Input",
    "Pipeline",
    "Pool",
    "Task",
    "active_detectors",
    "add_ner",
    "engine",
    "scan_analyzers",
    "watch_analyzers",
]
