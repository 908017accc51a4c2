"""datafog with its regular expressions, the default."""

import datafog
from protocol import Spans, serve


def find(text: str) -> Spans:
    """Everything that it finds."""
    return [(one.start, one.end, one.type) for one in datafog.scan(text, engine="regex").entities]


serve(find)
