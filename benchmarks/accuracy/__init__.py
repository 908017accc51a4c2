"""Measures precision and recall of leakwatch and its peers on the same texts."""
