"""Scores predicted spans against labelled ones.

A prediction counts when it covers at least 80 % of a labelled span of its entity. A tool's label that is less specific
than ours (``PHONE_NUMBER``) may mean any of several entities; a false alarm is charged to the first that it claims.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from accuracy.sample import Sample, Span

COVERED = 0.8
SECRET = "SECRET"
"""Any credential: corpora of secrets do not distinguish kinds."""
OTHER = "OTHER"
"""Labelled as something that is no entity of ours: not scored, and a finding there is no false alarm."""

# Entities that really occur inside another value, such as a mobile number in the local part of an e-mail address. They
# are not scored, and no false alarms.
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
class Prediction:
    """What a tool found: ``text[start:end]`` is one of ``entities``."""

    start: int
    end: int
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one entity; ``exact`` are the hits with exact bounds."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    exact: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.hits + other.hits,
            self.misses + other.misses,
            self.false_alarms + other.false_alarms,
            self.exact + other.exact,
        )

    @property
    def precision(self) -> float | None:
        """None when nothing was found."""
        return self.hits / (self.hits + self.false_alarms) if self.hits + self.false_alarms else None

    @property
    def recall(self) -> float | None:
        """None when there was nothing to find."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; 0 when everything was missed."""
        total = 2 * self.hits + self.misses + self.false_alarms
        return 2 * self.hits / total if total else None


@dataclass(frozen=True, slots=True)
class Fault:
    """A miss or a false alarm."""

    sample: Sample
    span: Span
    missed: bool


def score(
    samples: Sequence[Sample], predictions: Sequence[Sequence[Prediction]], claims: Collection[str]
) -> tuple[dict[str, Score], list[Fault]]:
    """The scores by entity of a tool that claims to find ``claims``; other entities are not scored."""
    scores: dict[str, Score] = defaultdict(Score)
    faults: list[Fault] = []
    for sample, found in zip(samples, predictions, strict=True):
        if sample.count is not None:
            _count(sample, found, claims, scores, faults)
        else:
            _compare(sample, found, claims, scores, faults)
    return scores, faults


def _count(
    sample: Sample, found: Sequence[Prediction], claims: Collection[str], scores: dict[str, Score], faults: list[Fault]
) -> None:
    assert sample.target is not None
    assert sample.count is not None
    if not any(_matches_target(sample.target, claim) for claim in claims):
        return
    seen = len(
        {
            (one.start, one.end)
            for one in found
            if any(_matches_target(sample.target, entity) for entity in one.entities)
        }
    )
    if sample.target == SECRET:
        seen = min(seen, 1)
    hits = min(seen, sample.count)
    scores[sample.target] += Score(hits, sample.count - hits, seen - hits, hits)
    if seen != sample.count:
        faults.append(Fault(sample, Span(0, len(sample.text), sample.target), missed=seen < sample.count))


def _compare(
    sample: Sample, found: Sequence[Prediction], claims: Collection[str], scores: dict[str, Score], faults: list[Fault]
) -> None:
    used: set[Prediction] = set()
    for span in sample.spans:
        covering = [one for one in found if span.entity in one.entities and _overlap(span, one)]
        if span.entity in claims:
            covering = [one for one in covering if _overlap(span, one) >= COVERED * (span.end - span.start)]
            if covering:
                exact = any((one.start, one.end) == (span.start, span.end) for one in covering)
                scores[span.entity] += Score(hits=1, exact=int(exact))
            else:
                scores[span.entity] += Score(misses=1)
                faults.append(Fault(sample, span, missed=True))
        used.update(covering)
    for prediction in found:
        claimed = next((one for one in prediction.entities if one in claims and sample.target in {None, one}), None)
        if claimed is None or prediction in used or _is_excused(prediction, sample.spans):
            continue
        scores[claimed] += Score(false_alarms=1)
        faults.append(Fault(sample, Span(prediction.start, prediction.end, claimed), missed=False))


def _matches_target(target: str, entity: str) -> bool:
    return entity == target or (target == SECRET and entity.startswith("SECRET_"))


def total(scores: Iterable[Score]) -> Score:
    """All counts added up."""
    return sum(scores, Score())


def _overlap(span: Span, prediction: Prediction) -> int:
    return max(0, min(span.end, prediction.end) - max(span.start, prediction.start))


def _is_excused(prediction: Prediction, spans: Sequence[Span]) -> bool:
    return any(
        _overlap(span, prediction)
        and (span.entity == OTHER or _INSIDE.get(span.entity, set()) & set(prediction.entities))
        for span in spans
    )
