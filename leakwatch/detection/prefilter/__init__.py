"""The prefilter: which lines can hold a value at all? Works on bytes and never loses what a pattern would find.

A detector is found by literals (a key, ``@``, a prefix) or by the shape of its value, derived from its own pattern.
Both are Hyperscan databases that run over whole blocks: nothing is decoded or split into lines before. Patterns match
the *view* of a line (``unescape``); a line whose view differs is also filtered as its view.
"""

from leakwatch.detection.prefilter.gate import CandidateLine, Gate
from leakwatch.detection.prefilter.hyperscan_db import Literals
from leakwatch.detection.prefilter.pattern_set import PatternSet

__all__ = ["CandidateLine", "Gate", "Literals", "PatternSet"]
