"""From a chunk to findings: prefilter, views, detectors, policy, redaction. Plaintext does not leave this package."""

from leakwatch.detection.analyze.analysis import Analysis
from leakwatch.detection.analyze.analyzer import Analyzer
from leakwatch.detection.analyze.explain import Considered, Explanation

__all__ = ["Analysis", "Analyzer", "Considered", "Explanation"]
