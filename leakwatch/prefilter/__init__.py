"""The gate: which lines can hold anything at all? Decides on bytes, and never loses what a pattern would find.

A detector is led by literals (a key, ``@``, a prefix) or by the shape of its value, which is made of its own pattern.
Both are Hyperscan databases that run over whole blocks: nothing is decoded or split into lines before.
Patterns look at the *view* of a line (``unescape``); a line whose view differs goes through the gate as its view too.
"""

from leakwatch.prefilter.databases import Shapes
from leakwatch.prefilter.gate import Candidate, Gate
from leakwatch.prefilter.literals import Literals

__all__ = ["Candidate", "Gate", "Literals", "Shapes"]
