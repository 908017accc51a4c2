"""A Presidio recogniser pack for Chinese-speaking consumer finance. It knows nothing of leakwatch.

``catalog.detectors()`` returns all detectors; ``presidio.build_engine(...)`` builds an ``AnalyzerEngine`` with
``presidio.LANGUAGE`` as its only language. A detector is one file that includes its own examples.
"""
