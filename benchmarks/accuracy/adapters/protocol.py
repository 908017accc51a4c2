"""The protocol of all adapters: a JSON string per input line, a JSON list of [start, end, label] per output line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable

Spans = Iterable[tuple[int, int, str]]


# stdout is redirected first, so that whatever a library prints goes to stderr
_answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def serve(find: Callable[[str], Spans]) -> None:
    """Answer every input line."""
    for line in sys.stdin:
        _answers.write(json.dumps([list(span) for span in find(json.loads(line))]) + "\n")
        _answers.flush()
