"""Who is right: predicted spans against labelled ones.

A prediction counts when it overlaps a labelled span of its entity and covers at least 80 % of it. A tool whose label
says less than ours (``PHONE_NUMBER``) may mean any of several entities; when it is wrong, the first that it claims is
blamed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from accuracy.sample import Sample, Span

COVERED = 0.8
SECRET = "SECRET"
"""Any credential: corpora of secrets ask for no more."""
OTHER = "OTHER"
"""Labelled, but not as any entity that we have: not asked for, and what is found there is no false alarm."""

# What is truly found inside another value: an e-mail's local part may be a mobile number, a track holds a card. Neither
# asked for nor a false alarm.
_INSIDE = {
    "CARD_TRACK_DATA": {"BANK_CARD", "CARD_EXPIRY", "PERSON_NAME"},
    "EMAIL_ADDRESS": {"CN_MOBILE", "QQ_NUMBER"},
    "ALIPAY_ACCOUNT": {"EMAIL_ADDRESS", "CN_MOBILE"},
    "CN_DRIVING_LICENSE": {"CN_RESIDENT_ID"},
    "CN_SOCIAL_SECURITY_NO": {"CN_RESIDENT_ID"},
    "SECRET_CONN_STRING": {"SECRET_PASSWORD", "EMAIL_ADDRESS"},
    "SECRET_WEBHOOK": {"SECRET_TOKEN"},
    "SECRET_TOKEN": {"SECRET_CLOUD_KEY"},
    "SECRET_CLOUD_KEY": {"SECRET_TOKEN"},
}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a tool found: ``[start, end)`` is one of ``entities``."""

    start: int
    end: int
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one entity. ``strict`` are the hits whose ends are exact."""

    candidates: int = 0
    misses: int = 0
    false_alarms: int = 0
    strict: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.candidates + other.candidates,
            self.misses + other.misses,
            self.false_alarms + other.false_alarms,
            self.strict + other.strict,
        )

    @property
    def precision(self) -> float | None:
        """None when nothing was found."""
        return self.candidates / (self.candidates + self.false_alarms) if self.candidates + self.false_alarms else None

    @property
    def recall(self) -> float | None:
        """None when there is nothing to find."""
        return self.candidates / (self.candidates + self.misses) if self.candidates + self.misses else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; 0 when everything was missed."""
        total = 2 * self.candidates + self.misses + self.false_alarms
        return 2 * self.candidates / total if total else None


@dataclass(frozen=True, slots=True)
class Fault:
    """A miss or a false alarm, to be shown."""

    sample: Sample
    span: Span
    missed: bool


def score(
    samples: Sequence[Sample], guesses: Sequence[Sequence[Guess]], claims: Collection[str]
) -> tuple[dict[str, Score], list[Fault]]:
    """The scores by entity of a tool that says it finds ``claims``; what it does not claim is not held against it."""
    scores: dict[str, Score] = defaultdict(Score)
    faults: list[Fault] = []
    for sample, found in zip(samples, guesses, strict=True):
        if sample.count is not None:
            _count(sample, found, claims, scores, faults)
        else:
            _compare(sample, found, claims, scores, faults)
    return scores, faults


def _count(
    sample: Sample, found: Sequence[Guess], claims: Collection[str], scores: dict[str, Score], faults: list[Fault]
) -> None:
    assert sample.asked is not None
    assert sample.count is not None
    if not any(_asked(sample.asked, claim) for claim in claims):
        return
    seen = len({(one.start, one.end) for one in found if any(_asked(sample.asked, entity) for entity in one.entities)})
    if sample.asked == SECRET:
        seen = min(seen, 1)
    candidates = min(seen, sample.count)
    scores[sample.asked] += Score(candidates, sample.count - candidates, seen - candidates, candidates)
    if seen != sample.count:
        faults.append(Fault(sample, Span(0, len(sample.text), sample.asked), missed=seen < sample.count))


def _compare(
    sample: Sample, found: Sequence[Guess], claims: Collection[str], scores: dict[str, Score], faults: list[Fault]
) -> None:
    used: set[Guess] = set()
    for span in sample.spans:
        covering = [one for one in found if span.entity in one.entities and _overlap(span, one)]
        if span.entity in claims:
            covering = [one for one in covering if _overlap(span, one) >= COVERED * (span.end - span.start)]
            if covering:
                exact = any((one.start, one.end) == (span.start, span.end) for one in covering)
                scores[span.entity] += Score(candidates=1, strict=int(exact))
            else:
                scores[span.entity] += Score(misses=1)
                faults.append(Fault(sample, span, missed=True))
        used.update(covering)
    for guess in found:
        told = next((one for one in guess.entities if one in claims and sample.asked in {None, one}), None)
        if told is None or guess in used or _excused(guess, sample.spans):
            continue
        scores[told] += Score(false_alarms=1)
        faults.append(Fault(sample, Span(guess.start, guess.end, told), missed=False))


def _asked(asked: str, entity: str) -> bool:
    return entity == asked or (asked == SECRET and entity.startswith("SECRET_"))


def total(scores: Iterable[Score]) -> Score:
    """All counts added up."""
    return sum(scores, Score())


def _overlap(span: Span, guess: Guess) -> int:
    return max(0, min(span.end, guess.end) - max(span.start, guess.start))


def _excused(guess: Guess, spans: Sequence[Span]) -> bool:
    return any(
        _overlap(span, guess) and (span.entity == OTHER or _INSIDE.get(span.entity, set()) & set(guess.entities))
        for span in spans
    )
