"""Labelled texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A value of ``entity`` at ``text[start:end]``; offsets are code points from 0."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One input. ``kind`` is its format or trap, ``name`` a file name whose suffix selects the reader.

    ``target``: only this entity is scored. ``count``: the number of its values when their positions are unknown.
    """

    corpus: str
    kind: str
    text: str
    spans: tuple[Span, ...] = ()
    name: str = "app.log"
    target: str | None = None
    count: int | None = None


@dataclass
class Line:
    """A builder of a text that records the spans of its values."""

    text: str = ""
    spans: list[Span] = field(default_factory=list)

    def append(self, text: str) -> Line:
        """Append text without values."""
        self.text += text
        return self

    def append_value(self, value: str, entity: str | None) -> Line:
        """Append a value; without an entity it is a decoy. The host of a connection string is no part of the secret."""
        if entity is not None:
            secret = value[: value.index("@") + 1] if entity == "SECRET_CONN_STRING" else value
            self.spans.append(Span(len(self.text), len(self.text) + len(secret), entity))
        return self.append(value)

    def extend(self, other: Line) -> Line:
        """Append another text with its spans."""
        self.spans += [Span(len(self.text) + one.start, len(self.text) + one.end, one.entity) for one in other.spans]
        return self.append(other.text)

    def escaped(self, escape: Callable[[str], str]) -> Line:
        """The text with each character escaped, and the spans moved along."""
        escaped = [escape(char) for char in self.text]
        places = [0]
        for part in escaped:
            places.append(places[-1] + len(part))
        return Line("".join(escaped), [Span(places[one.start], places[one.end], one.entity) for one in self.spans])

    def sample(self, corpus: str, kind: str, name: str = "app.log") -> Sample:
        """The finished sample."""
        return Sample(corpus, kind, self.text, tuple(self.spans), name)
