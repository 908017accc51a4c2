"""The format of a rule file."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from leakwatch.config.section import Level, Section
from leakwatch.core.model import Severity

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

Score = Annotated[float, Field(ge=0, le=1)]


def _word(word: str) -> str:
    if not word.strip():
        raise ValueError("must not be empty")
    return word


Word = Annotated[str, AfterValidator(_word)]


def _id(name: str) -> str:
    if not _ID.fullmatch(name) or len(name) > 64:
        raise ValueError("is not an id; write small letters, digits and dashes, such as staff-no")
    return name


class Names(Section):
    """A text for people, in one language or in both."""

    zh: str = ""
    """Chinese."""
    en: str = ""
    """English."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.zh or self.en):
            raise ValueError("needs zh or en")
        return self


class Band(Section):
    """Scores by evidence, 0 to 1; a value below detect.min_score is not reported."""

    bare: Score = 0.6
    """Nothing names it; 0: never reported so."""
    context: Score = 0.8
    """One of the words is nearby."""
    key: Score = 0.9
    """One of its keys names it."""
    negative: Score = 0.1
    """Its key, or a word near it, names something else."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.negative <= self.context or not self.bare <= self.context <= self.key:
            raise ValueError("must rise: bare, context, key; and negative must not be above context")
        return self


class Examples(Section):
    """The proof of a rule; `leakwatch detectors test` runs it."""

    match: Annotated[tuple[str, ...], Field(min_length=1)]
    """Whole lines with each value to be found in ⟦marks⟧."""
    no_match: Annotated[tuple[str, ...], Field(min_length=1)]
    """Whole lines that must stay silent."""


class Rule(Section):
    """One kind of value."""

    id: Annotated[str, AfterValidator(_id)]
    """Unique among all detectors; the entity is the same in capitals: STAFF_NO."""
    title: Names
    """What people call it."""
    pattern: Annotated[str, Field(min_length=1, max_length=2000)]
    """The value itself, as a regular expression; never its key."""
    borders: bool = True
    """No ASCII letter or digit, and no decimal, may touch the value."""
    validator: str | None = None
    """A check digit that must be right, by its name."""
    keys: tuple[Word, ...] = ()
    """Names of the value in a record, words split by single spaces: staff no. Any spelling of a key is compared."""
    words: tuple[Word, ...] = ()
    """Words nearby that support it."""
    not_keys: tuple[Word, ...] = ()
    """Keys of something else that looks the same."""
    not_words: tuple[Word, ...] = ()
    """Words nearby that contradict it."""
    score: Band = Band()
    """The score for each kind of evidence."""
    severity: Level = Severity.MEDIUM
    """Its severity."""
    jrt0171: Literal["C1", "C2", "C3"] | None = None
    """Class in JR/T 0171-2020, if it is personal financial information."""
    gbt35273: Literal["pi", "sensitive"] | None = None
    """Class in GB/T 35273-2020, if it is personal information."""
    mask: Literal["generic", "id", "phone", "name", "email", "address", "secret"] = "generic"
    """Its mask."""
    advice: Names | None = None
    """What to do about a leak."""
    examples: Examples
    """Its proof."""

    @model_validator(mode="after")
    def _can_be_reported(self) -> Self:
        if not self.score.bare and not self.keys and not self.words:
            raise ValueError("can never be reported: score.bare is 0, and it has no keys and no words")
        return self


class RuleFile(Section):
    """A file of rules."""

    rules: tuple[Rule, ...] = ()
    """The rules."""
