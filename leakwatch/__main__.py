"""``python -m leakwatch``."""

from leakwatch.cli import entry

entry()
