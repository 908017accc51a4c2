"""From a chunk to findings: gate, views, Presidio on what is left, policy, redaction. Plaintext ends here."""

from leakwatch.detection.analyze.analysis import Analysis
from leakwatch.detection.analyze.analyzer import Analyzer
from leakwatch.detection.analyze.explain import Considered, Explanation

__all__ = ["Analysis", "Analyzer", "Considered", "Explanation"]
