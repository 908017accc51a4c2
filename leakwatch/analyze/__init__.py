"""From a chunk to findings: gate, views, Presidio on what is left, policy, redaction. Plaintext ends here."""

from leakwatch.analyze.analysis import Analysis
from leakwatch.analyze.analyzer import Analyzer
from leakwatch.analyze.explain import Considered, Explanation

__all__ = ["Analysis", "Analyzer", "Considered", "Explanation"]
