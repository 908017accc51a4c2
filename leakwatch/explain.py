"""Why a text is, or is not, reported: every candidate with its evidence and what was decided. Values only masked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that looked like an entity. ``start`` and ``end`` count code points of the given text from 0.

    ``valid`` is the validator's verdict (None: there is none), ``evidence`` one of key, context, none, negative;
    ``decision`` is the public word for what became of it and ``by`` the entity or rule that decided, if any.
    """

    detector: str
    entity: str
    start: int
    end: int
    masked: str
    valid: bool | None
    evidence: str | None
    key: str | None
    score: float
    threshold: float
    decision: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All candidates of a text in their order, and the text with their values masked."""

    shown: str
    candidates: tuple[Candidate, ...]
