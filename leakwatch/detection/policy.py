"""Decides what a candidate is: too weak, masked already, a placeholder, part of another, suppressed, or a finding."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from leakwatch.core.errors import ConfigError
from leakwatch_detectors.contract import Detector, Region, Role
from leakwatch_detectors.evidence.context import Evidence

STRONG = 0.8
"""From this score on a candidate is strong: a weaker one never replaces it, however long."""

PLACEHOLDERS = frozenset({"13800138000", "12345678901", "11010519491231002X", "4111111111111111", "A123456789"})
"""Values that are common in examples and tests and belong to no one."""

_MASK_SIGNS = "*＊●•○◯█"
_MASKED_INSIDE = re.compile(rf"[{_MASK_SIGNS}]|[#×]{{2}}|[xX]{{3}}(?=.)")
_MASKED_SECRET = re.compile(rf"[{_MASK_SIGNS}]{{3}}|^[xX]+$")
_MASKED_BEFORE = re.compile(rf"(?:[{_MASK_SIGNS}]{{2}}|[#×]{{3}}|[xX]{{3}})$")
_MASKED_AFTER = re.compile(rf"(?:[{_MASK_SIGNS}]{{2}}|[#×]{{3}}|[xX]{{3}})")
_SIGNS_IN_MASKS = (*_MASK_SIGNS, "##", "××", "#×", "×#", "xx", "xX", "Xx", "XX")
_OTHER_SIGNS = re.compile(r"[^0-9A-Za-z]")
_OTHER_BYTES = bytes(byte for byte in range(256) if not chr(byte).isalnum() or byte > 0x7F).replace(b"\n", b"")
_LONG = 64
_NOBODYS = frozenset(map(str.encode, PLACEHOLDERS)) | {
    b"%d" % digit * n for digit in range(10) for n in range(6, _LONG)
}


class Decision(enum.StrEnum):
    """The decision about a candidate, as ``detectors explain`` names it."""

    REPORTED = "reported"
    REFUSED = "refused-by-validator"
    LOW_SCORE = "low-score"
    MASKED = "masked"
    PLACEHOLDER = "placeholder"
    NEGATIVE = "named-otherwise"
    OVERLAPPED = "overlapped"
    ALONE = "alone"
    SUPPRESSED = "suppressed"


@dataclass(slots=True)  # made for every value of a log, and a frozen one costs three times as much
class Candidate:
    """A value that a detector found in a text: ``text[start:end]``. Plaintext: it does not leave analysis.

    ``key`` is the span of the key that names it, if one was seen.
    """

    detector: Detector
    start: int
    end: int
    value: str = field(repr=False)
    score: float
    evidence: Evidence
    key: tuple[int, int] | None = None


@dataclass(slots=True)  # made for every value of a log, and a frozen one costs three times as much
class Verdict:
    """A candidate with its decision. ``by`` is the entity that overlaps it or excludes it."""

    candidate: Candidate
    decision: Decision
    by: str | None = None


def select(
    detectors: Sequence[Detector], regions: Collection[str], disabled: Collection[str], enabled: Collection[str] = ()
) -> tuple[Detector, ...]:
    """The detectors that run: on by default and of these regions (or of any), or enabled by id; none disabled."""
    chosen = tuple(
        one
        for one in detectors
        if one.id not in disabled
        and (one.id in enabled or (one.default and (one.region is Region.ANY or one.region.value in regions)))
    )
    if not any(one.role is Role.REPORT for one in chosen):
        raise ConfigError("no detector is active: detect.regions and detect.disable leave none")
    return chosen


def decide(text: str, candidates: Iterable[Candidate], min_score: float) -> list[Verdict]:
    """The verdicts about the candidates of one text (a line, a field), in the order of their positions."""
    verdicts: list[Verdict] = []
    excluding: list[Candidate] = []
    open_hits: list[Candidate] = []
    for candidate in candidates:
        if candidate.detector.role is Role.NEGATIVE:
            if candidate.score >= min_score:
                excluding.append(candidate)
        elif (decision := _by_itself(text, candidate, min_score)) is not None:
            verdicts.append(Verdict(candidate, decision))
        else:
            open_hits.append(candidate)
    if len(open_hits) == 1 and not excluding and not verdicts:
        return [Verdict(open_hits[0], Decision.REPORTED)]
    kept: list[Candidate] = []
    for candidate in sorted(open_hits, key=_rank):
        negative = next((other for other in excluding if _rules_out(other, candidate)), None)
        if negative is not None:
            verdicts.append(Verdict(candidate, Decision.NEGATIVE, negative.detector.entity))
            continue
        above = next((other for other in kept if _overlap(other, candidate) and not _both(other, candidate)), None)
        if above is not None:
            verdicts.append(Verdict(candidate, Decision.OVERLAPPED, above.detector.entity))
            continue
        kept.append(candidate)
        verdicts.append(Verdict(candidate, Decision.REPORTED))
    return sorted(
        verdicts,
        key=lambda verdict: (verdict.candidate.start, verdict.candidate.end, verdict.candidate.detector.entity),
    )


def _by_itself(text: str, candidate: Candidate, min_score: float) -> Decision | None:
    """Why a candidate is no finding, whatever else was found; None if it may be one."""
    if candidate.score < min_score:
        return Decision.LOW_SCORE
    if _is_masked(text, candidate):
        return Decision.MASKED
    return Decision.PLACEHOLDER if _is_placeholder(candidate) else None


def _rank(candidate: Candidate) -> tuple[bool, int, float, str]:
    """Strong before weak, then the longest, then the strongest; entities decide the rest, so that order is stable."""
    return candidate.score < STRONG, candidate.start - candidate.end, -candidate.score, candidate.detector.entity


def _overlap(one: Candidate, other: Candidate) -> bool:
    return one.start < other.end and other.start < one.end


def _both(one: Candidate, other: Candidate) -> bool:
    """An e-mail address and the phone number in its local part are two values."""
    mail, phone = (one, other) if one.detector.mask == "email" else (other, one)
    if mail.detector.mask != "email" or phone.detector.mask != "phone":
        return False
    return mail.start <= phone.start and phone.end <= mail.start + mail.value.rfind("@")


def _rules_out(negative: Candidate, candidate: Candidate) -> bool:
    """A hotline is no personal number, unless its key names something other than a phone number."""
    inside = negative.start <= candidate.start and candidate.end <= negative.end
    return inside and (candidate.evidence is not Evidence.KEY or candidate.detector.mask == "phone")


def _is_masked(text: str, candidate: Candidate) -> bool:
    if candidate.detector.mask == "secret":
        return _MASKED_SECRET.search(candidate.value) is not None
    if not _may_be_masked(text):
        return False
    if candidate.detector.mask == "name" and text[candidate.end : candidate.end + 1] in tuple(_MASK_SIGNS):
        return True
    return bool(
        _MASKED_INSIDE.search(candidate.value)
        or _MASKED_BEFORE.search(text[max(candidate.start - 4, 0) : candidate.start])
        or _MASKED_AFTER.match(text[candidate.end : candidate.end + 4])
    )


def _is_placeholder(candidate: Candidate) -> bool:
    return candidate.detector.mask != "secret" and _is_nobodys(
        candidate.value, candidate.detector.canonical_form(candidate.value)
    )


def _is_nobodys(value: str, canonical: str) -> bool:
    bare = _OTHER_SIGNS.sub("", value).upper()
    if bare in PLACEHOLDERS or canonical.upper() in PLACEHOLDERS:
        return True
    return len(bare) >= 6 and bare.isdecimal() and len(set(bare)) == 1


def masked_among(detector: Detector, before: str, values: Sequence[str]) -> set[int]:
    """The positions of the values of a detector, each alone after ``before``, that are masked already."""
    secret = detector.mask == "secret"
    sign = _MASKED_SECRET if secret else _MASKED_INSIDE
    if not secret and _MASKED_BEFORE.search(before[-4:]):
        return set(range(len(values)))
    if not secret and not _may_be_masked("\n".join(values)):
        return set()
    return {at for at, value in enumerate(values) if sign.search(value)}


def _may_be_masked(text: str) -> bool:
    return any(map(text.__contains__, _SIGNS_IN_MASKS))


def placeholders_among(detector: Detector, values: Sequence[str], canonicals: Sequence[str]) -> set[int]:
    """The positions of the values of a detector, given with their canonical forms, that are placeholders."""
    if detector.mask == "secret":
        return set()
    bare = "\n".join(values).encode().translate(None, _OTHER_BYTES).upper().split(b"\n")
    others = () if canonicals == values else canonicals
    if (
        _NOBODYS.isdisjoint(bare)
        and max(map(len, bare), default=0) < _LONG
        and PLACEHOLDERS.isdisjoint(map(str.upper, others))
    ):
        return set()
    return {at for at, pair in enumerate(zip(values, canonicals, strict=True)) if _is_nobodys(*pair)}
