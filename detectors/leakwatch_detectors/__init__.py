"""A Presidio recogniser pack for Chinese-speaking consumer finance. It knows nothing of leakwatch.

``catalog.detectors()`` is what there is; ``presidio.build_engine(...)`` makes an ``AnalyzerEngine`` of it, whose one
language is ``presidio.LANGUAGE``. A detector is one file that holds its own proof.
"""
