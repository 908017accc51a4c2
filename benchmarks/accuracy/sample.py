"""A labelled text: what it says, what is in it and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)`` of a text is an ``entity``. Offsets are code points from 0."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One input. ``kind`` is its format or trap, ``name`` the file name it would have; the suffix chooses a reader.

    ``asked`` is the only entity it is about, if there is one; ``count`` says how many values of it there are when
    nobody says where.
    """

    corpus: str
    kind: str
    text: str
    spans: tuple[Span, ...] = ()
    name: str = "app.log"
    asked: str | None = None
    count: int | None = None


@dataclass
class Line:
    """A text that grows, and remembers where its values are."""

    text: str = ""
    spans: list[Span] = field(default_factory=list)

    def say(self, text: str) -> Line:
        """Append words that are nobody's."""
        self.text += text
        return self

    def put(self, value: str, entity: str | None) -> Line:
        """Append a value; without an entity it is a decoy. Of a connection string the host is nobody's secret."""
        if entity is not None:
            secret = value[: value.index("@") + 1] if entity == "SECRET_CONN_STRING" else value
            self.spans.append(Span(len(self.text), len(self.text) + len(secret), entity))
        return self.say(value)

    def add(self, other: Line) -> Line:
        """Append another text with its values."""
        self.spans += [Span(len(self.text) + one.start, len(self.text) + one.end, one.entity) for one in other.spans]
        return self.say(other.text)

    def escaped(self, escape: Callable[[str], str]) -> Line:
        """The same text as another notation writes it, character by character."""
        pieces = [escape(char) for char in self.text]
        places = [0]
        for piece in pieces:
            places.append(places[-1] + len(piece))
        return Line("".join(pieces), [Span(places[one.start], places[one.end], one.entity) for one in self.spans])

    def sample(self, corpus: str, kind: str, name: str = "app.log") -> Sample:
        """As it is measured."""
        return Sample(corpus, kind, self.text, tuple(self.spans), name)
