"""The gate: which lines can hold anything at all? Decides on bytes, and never loses what a pattern would find.

A detector is led by literals (a key, ``@``, a prefix) or by the shape of its value, which is made of its own pattern.
Both are Hyperscan databases that run over whole blocks: nothing is decoded or split into lines before.
Patterns look at the *view* of a line (``unescape``); a line whose view differs goes through the gate as its view too.
"""

from leakwatch.detection.prefilter.gate import CandidateLine, Gate
from leakwatch.detection.prefilter.hyperscan_db import Literals
from leakwatch.detection.prefilter.pattern_set import PatternSet

__all__ = ["CandidateLine", "Gate", "Literals", "PatternSet"]
