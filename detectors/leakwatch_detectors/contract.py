"""What a detector is: plain data with its own examples, and a factory for the Presidio recogniser.

Importing this module, or any detector, does not import Presidio. Whatever decides without Presidio (prefilter,
validators, context, examples) reads the same data as the recogniser does.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


class Region(enum.StrEnum):
    """Regions that can be switched on and off; ``ANY`` is always on."""

    CN = "cn"
    HK = "hk"
    MO = "mo"
    TW = "tw"
    ANY = "any"


class Role(enum.StrEnum):
    """A ``REPORT`` detector reports findings; a ``NEGATIVE`` one only suppresses overlapping matches of others."""

    REPORT = "report"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Title:
    """A text for people in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Scores:
    """Confidence (0 to 1) by the evidence around a value.

    ``bare``: none; 0 means that the value is reported only with a key or context. ``key``: its own key names it.
    ``context``: a word near it in the raw text does. ``negative``: its key names something else.
    """

    bare: float
    key: float
    context: float
    negative: float = 0.0


@dataclass(frozen=True, slots=True)
class Traits:
    """What a value means for the person it belongs to and for the other values in its record.

    ``subject``: it stands for one person, so distinct values are counted as data subjects.
    ``linkable``: beside another such value it singles out a person, and both become more severe.
    ``identity``: it identifies a person by itself. ``raised_by_identity``: it is high beside such a value.
    ``card``: payment card data. ``needs_card``: reported only in a record that has card data.
    ``email``: an e-mail address. ``email_local_part``: inside an e-mail address it is not a second value.
    ``birth_date_at``: offset of a birth date (YYYYMMDD) in the canonical form; None: it has none.
    """

    subject: bool = True
    linkable: bool = True
    identity: bool = False
    raised_by_identity: bool = False
    card: bool = False
    needs_card: bool = False
    email: bool = False
    email_local_part: bool = False
    birth_date_at: int | None = None


NO_TRAITS = Traits()
"""The traits of an entity that states none, such as that of a user's rule."""


class Requirement(enum.Enum):
    """What a run of digits must have, besides its length, to be a candidate. Values are bit flags.

    ``LUHN``: it ends with the check digit of cards. ``NAME``: a key or a word of the detector is near.
    ``DATE``: a birth date begins at its seventh digit.
    """

    NOTHING = 1
    LUHN = 2
    NAME = 4
    DATE = 8


@dataclass(frozen=True, slots=True)
class DigitRun:
    """An unbroken run of ``length`` ASCII digits, the first one of ``first``.

    It stands alone or directly after a word of letters; with ``after_letters`` only after one. A run that lacks
    ``requires`` is no value of the detector, or never reported.
    """

    length: int
    first: str = "0123456789"
    requires: Requirement = Requirement.NOTHING
    after_letters: bool = False


def digit_runs(
    lengths: Sequence[int], first: str = "0123456789", requires: Requirement = Requirement.NOTHING
) -> tuple[DigitRun, ...]:
    """A run for each of the lengths."""
    return tuple(DigitRun(length, first, requires) for length in lengths)


@dataclass(frozen=True, slots=True)
class Prefilter:
    """What a line must contain for the pattern to match at all: necessary, never sufficient.

    ``digits``: at least that many digits in a row, with one or two separators between them allowed (0: no condition).
    ``literals``: at least one of them occurs; ASCII ones in any case, others exactly.
    ``shapes``: or at least one of these patterns matches, where a literal is too common (``sk-`` in ``task-9``).
    When ``digits`` and the others are given, both are needed. With none of them the detector runs on every line.
    ``digit_runs``: every value contains one of these runs, the only runs of six or more digits it can have. Exceptions:
    a separator and a digit stand before it (``+86 755…``), it is written in groups (three of at least three digits, or
    two of which the first has at least four), or one of ``shapes`` matches. Excludes ``literals``.
    ``needs_key``: a value without any of ``shapes``, and without a literal that is not itself a key, is reported only
    under a key, and no letter stands directly before it.
    """

    digits: int = 0
    literals: tuple[str, ...] = ()
    shapes: tuple[str, ...] = field(default=(), repr=False)
    digit_runs: tuple[DigitRun, ...] = ()
    needs_key: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A realistic line with the values to be found in ⟦marks⟧; in a line without marks nothing may be found.

    ``why`` states what the line proves (for a line without marks: which check rejects it).
    """

    line: str
    why: str

    def values(self) -> list[str]:
        """The marked values."""
        text, spans = unmark(self.line)
        return [text[start:end] for start, end in spans]


def terms(text: str) -> tuple[str, ...]:
    """The keys or words of a comma-separated list."""
    return tuple(text.split(", "))


def unmark(line: str) -> tuple[str, list[tuple[int, int]]]:
    """The line without its marks, and the span of each marked value in it (from 0, end exclusive)."""
    text, spans, start = "", [], 0
    for char in line:
        if char == "⟦":
            start = len(text)
        elif char == "⟧":
            spans.append((start, len(text)))
        else:
            text += char
    return text, spans


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Why a value that fails its check may be real after all, and its score when its key names it."""

    score: float
    reason: Title


@dataclass(frozen=True, slots=True)
class NerSpan:
    """``text[start:end]`` as found by a model in running text; score 0: it is certainly something else."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Detector:
    r"""One entity: what it looks like, what proves it, what it means.

    ``grades`` are its classes by profile that every finding carries; ``profile_grades`` its classes in the other
    profiles, which a finding carries only while that profile is selected.
    ``pattern`` finds the *value* (never its key) in normalised text, in the syntax of the ``regex`` module, compiled
    without IGNORECASE. It uses ASCII classes only (no ``\\d \\w \\s \\b``), takes linear time and never crosses NUL or
    a newline. ``validator`` gets the matched text and returns False to reject it.
    ``keys`` are names of the value in its record, lower case, words split by single spaces ("id card no"); they match
    on word boundaries at the end of the real key. ``words`` are searched for in the raw text around the value.
    ``negative_keys`` and ``negative_words`` name something else; the words count only where no key names it.
    ``canonical`` maps all spellings of a value to one, from which its fingerprint is computed.
    ``scores_for`` gives the scores of a spelling that proves more or less than usual; None: always ``scores``.
    ``tolerance_of`` is called for what the validator rejects: a tolerated value is reported under its key, only there.
    ``batch_validator`` accepts values of the plainest spelling many at a time (see ``values/vectorized.py``).
    ``ner`` finds further values in running text with a model.
    ``mask`` is the kind of redaction; ``recognizer`` replaces the Presidio recogniser built from this data.
    """

    entity: str
    region: Region
    title: Title
    severity: str
    grades: Mapping[str, str]
    pattern: str = field(repr=False)
    prefilter: Prefilter
    scores: Scores
    advice: Title
    examples: tuple[Example, ...] = field(repr=False)
    validator: Callable[[str], bool] | None = None
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    negative_keys: tuple[str, ...] = ()
    negative_words: tuple[str, ...] = ()
    canonical: Callable[[str], str] | None = None
    scores_for: Callable[[str], Scores] | None = None
    batch_validator: Callable[[Any], Any] | None = None
    tolerance_of: Callable[[str], Tolerance | None] | None = None
    mask: str = "generic"
    default: bool = True
    role: Role = Role.REPORT
    recognizer: Callable[[Detector], EntityRecognizer] | None = None
    ner: Callable[[str], Sequence[NerSpan]] | None = None
    profile_grades: Mapping[str, str] = field(default_factory=dict)
    traits: Traits = NO_TRAITS

    @property
    def id(self) -> str:
        """The entity in kebab case."""
        return self.entity.lower().replace("_", "-")

    def tolerance(self, value: str) -> Tolerance | None:
        """Why the value may be real although the validator rejects it; None also for one that it accepts."""
        if self.tolerance_of is None or self.validator is None or self.validator(value):
            return None
        return self.tolerance_of(value)

    def rejects(self, value: str) -> bool:
        """Whether the validator rejects the value and nothing makes up for that."""
        if self.validator is None or self.validator(value):
            return False
        return self.tolerance_of is None or self.tolerance_of(value) is None

    def canonical_form(self, value: str) -> str:
        """The canonical form of the value, from which fingerprints are computed."""
        return self.canonical(value) if self.canonical else value
