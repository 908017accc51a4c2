"""datafog with its expressions, which are its default."""

import datafog
from protocol import Spans, serve


def find(text: str) -> Spans:
    """All that it finds."""
    return [(one.start, one.end, one.type) for one in datafog.scan(text, engine="regex").entities]


serve(find)
