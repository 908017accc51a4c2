"""Text as it was meant: escapes undone, look-alike digits made plain, with a map back to the original columns."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class View:
    """A readable form of a text. ``starts`` and ``ends`` map its characters to the original; None: one to one."""

    text: str = field(repr=False)
    starts: list[int] | None = field(default=None, repr=False)
    ends: list[int] | None = field(default=None, repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text (code points, end exclusive) that ``text[start:end]`` stands for."""
        if self.starts is None or self.ends is None or start >= end:
            return start, end
        return self.starts[start], self.ends[end - 1]


def view(text: str) -> View:
    """The view of one line of text."""
    return View(text)
