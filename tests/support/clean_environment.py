"""The environment for a child process that must not depend on the developer's own."""

from __future__ import annotations

import os

INHERITED = {name: value for name, value in os.environ.items() if name == "PYTHONPATH" or name.startswith("COV")}
"""What a child needs to import the sources under test and to report its coverage."""
