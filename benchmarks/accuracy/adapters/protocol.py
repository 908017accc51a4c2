"""What every adapter speaks: a JSON string a line in, a JSON list of [start, end, label] a line out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable

Spans = Iterable[tuple[int, int, str]]


# Taken away at once: what a library prints, at import or later, goes to standard error.
_answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def serve(find: Callable[[str], Spans]) -> None:
    """Answer until there are no more questions."""
    for line in sys.stdin:
        _answers.write(json.dumps([list(span) for span in find(json.loads(line))]) + "\n")
        _answers.flush()
