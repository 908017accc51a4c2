"""From a chunk to findings: gate, views, Presidio on what is left, policy, redaction. Plaintext ends here."""

from leakwatch.analyze.analyzer import Analysis, Analyzer
from leakwatch.analyze.explain import Considered, Explanation

__all__ = ["Analysis", "Analyzer", "Considered", "Explanation"]
