"""What a detector is: plain data, its own proof, and a factory for the Presidio recogniser.

Importing this module, or any detector, does not import Presidio. Everything that has to decide without Presidio
(gates, validators, context, examples) reads the same data as the recogniser does.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


class Region(enum.StrEnum):
    """Region packs that can be switched; ``ANY`` is always on."""

    CN = "cn"
    HK = "hk"
    MO = "mo"
    TW = "tw"
    ANY = "any"


class Role(enum.StrEnum):
    """A ``REPORT`` detector reports; a ``NEGATIVE`` one only keeps others from reporting."""

    REPORT = "report"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Title:
    """A text for people in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Scores:
    """Confidence by evidence (0 to 1). A ``bare`` of 0 means: reported only with a key or context.

    ``key``: the value's own key names it. ``context``: a word in the raw text near it does. ``negative``: a key that
    names something else.
    """

    bare: float
    key: float
    context: float
    negative: float = 0.0


@dataclass(frozen=True, slots=True)
class Traits:
    """What a value says about the person it belongs to and about the other values in its record.

    ``subject``: it stands for one person, so distinct values are counted as data subjects.
    ``linkable``: beside another such value it singles out a person, and both become more severe.
    ``identity``: it says who a person is. ``raised_by_identity``: it is high beside such a value.
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
"""The traits of an entity that states none, such as one of a user's rule."""


class Need(enum.Enum):
    """What an unbroken run of digits has to have besides its length to be worth a look: a flag each."""

    NOTHING = 1
    LUHN = 2
    NAME = 4
    DATE = 8


class Naming(enum.Enum):
    """By what values have to be named that are not reported otherwise."""

    NOT = "not"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Run:
    """An unbroken run of ASCII digits that a value may have: how many, the first one of ``first``.

    It stands alone, or directly behind one word of letters; with ``after_letters`` only there. ``need``: it is no
    value, or never reported, unless it ends with the check digit of cards, or a key or a word of the detector is near,
    or a date of birth begins with its seventh digit.
    """

    length: int
    first: str = "0123456789"
    need: Need = Need.NOTHING
    after_letters: bool = False


@dataclass(frozen=True, slots=True)
class Anchors:
    """What bytes must be in a line for the pattern to match at all (necessary, never sufficient).

    ``digits``: a run of at least that many digits, one or two separators allowed in between (0: no such need).
    ``literals``: at least one of these must occur (ASCII ones compared without case; others as they are).
    ``shapes``: or at least one of these must match, where a literal would say too little (``sk-`` is in ``task-9``);
    in the syntax of ``pattern``.
    When digits and the others are given, both are needed. With none, the detector runs on every line and says so.
    ``named``: values without any of ``shapes``, and of those ``literals`` that are no names, are not reported unless a
    key names them, and no letter stands before them.
    ``runs``: all unbroken runs of six digits or more of which a value has one, unless a separator and a digit stand
    before it (``+86 755…``); a value without any is written in groups: three of three digits or more, or two of which
    the first has four or more; or one of ``shapes`` matches. With them there are no ``literals``.
    """

    digits: int = 0
    literals: tuple[str, ...] = ()
    shapes: tuple[str, ...] = field(default=(), repr=False)
    runs: tuple[Run, ...] = ()
    named: Naming = Naming.NOT


def runs(lengths: Sequence[int], first: str = "0123456789", need: Need = Need.NOTHING) -> tuple[Run, ...]:
    """The runs of these lengths."""
    return tuple(Run(length, first, need) for length in lengths)


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
class Doubt:
    """Why a value that its check refuses may be real all the same, and the confidence in it where its key names it."""

    score: float
    reason: Title


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` as a reader of prose sees it; ``score`` 0 says that it is surely something else."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Detector:
    r"""One entity: how it looks, what proves it, what it means.

    ``grades`` are its classes by profile that every finding carries; ``profile_grades`` its classes in the other
    profiles, which a finding carries only while that profile is selected.

    ``pattern`` finds the *value* (never the key) in normalised text, in the syntax of the ``regex`` module, compiled
    without IGNORECASE; ASCII classes only, no ``\\d \\w \\s \\b``, linear, and it never crosses NUL or a newline.
    ``validator`` gets the matched text and returns False to refuse it.
    ``keys`` are names of the value in the same record, lower case, words split by single spaces ("id card no"); they
    match on word borders at the end of the real key. ``words`` are looked for in the raw text around the value.
    ``negative_words`` too: where one stands, and no key names the value, it is something else.
    ``canonical`` maps all spellings of one value to one, for the fingerprint.
    ``doubt_of`` is asked about what the validator refuses: a doubtful value is reported under its key, and only there.
    ``prose`` finds more of them in running text, by other means than the pattern; None: nothing does.
    ``many`` is sure of some values of the plainest spelling, given a matrix of them (``plainest.py``); None: of none.
    ``scores_of`` gives the scores of a spelling that proves less, or more, than the usual one; None: always ``scores``.
    """

    entity: str
    region: Region
    title: Title
    severity: str
    grades: Mapping[str, str]
    pattern: str = field(repr=False)
    anchors: Anchors
    scores: Scores
    advice: Title
    examples: tuple[Example, ...] = field(repr=False)
    validator: Callable[[str], bool] | None = None
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    negative_keys: tuple[str, ...] = ()
    negative_words: tuple[str, ...] = ()
    canonical: Callable[[str], str] | None = None
    scores_of: Callable[[str], Scores] | None = None
    many: Callable[[Any], Any] | None = None
    doubt_of: Callable[[str], Doubt | None] | None = None
    mask: str = "generic"
    default: bool = True
    role: Role = Role.REPORT
    recognizer: Callable[[Detector], EntityRecognizer] | None = None
    prose: Callable[[str], Sequence[Span]] | None = None
    profile_grades: Mapping[str, str] = field(default_factory=dict)
    traits: Traits = NO_TRAITS

    @property
    def id(self) -> str:
        """The entity in kebab case."""
        return self.entity.lower().replace("_", "-")

    def doubt(self, value: str) -> Doubt | None:
        """What speaks for a value that the validator refuses; None also for one that it accepts."""
        if self.doubt_of is None or self.validator is None or self.validator(value):
            return None
        return self.doubt_of(value)

    def refuses(self, value: str) -> bool:
        """Whether the validator refuses the value beyond doubt."""
        if self.validator is None or self.validator(value):
            return False
        return self.doubt_of is None or self.doubt_of(value) is None

    def one_spelling(self, value: str) -> str:
        """The one spelling of all that a value can have; fingerprints are made of it."""
        return self.canonical(value) if self.canonical else value
