"""What becomes of a hit: too weak, masked already, a placeholder, part of another one, suppressed, or a finding."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from leakwatch.errors import ConfigError
from leakwatch.model import Finding, Severity
from leakwatch_detectors.context import Evidence
from leakwatch_detectors.contract import Detector, Region, Role

STRONG = 0.8
"""From this score on a hit is strong: a weaker one never swallows it, however long."""

PLACEHOLDERS = frozenset(
    {
        *("13800138000", "13800000000", "13812345678", "13888888888", "13912345678", "18888888888", "18812345678"),
        *("12345678901", "15912345678", "13012345678", "15012345678", "18612345678", "13512345678", "13712345678"),
        *("11010519491231002X", "110101199003070000", "123456789012345678", "110101190001010000"),
        *("4111111111111111", "4242424242424242", "5555555555554444", "6222020000000000000", "1234567890123456"),
        *("A123456789", "A1234563", "A123456A", "1234567890", "123456789", "12345678", "123456"),
    }
)
"""Values that everybody writes into examples and tests: nobody's."""

_EXPIRY = "CARD_EXPIRY"
_CARDS = {"BANK_CARD", "CARD_CVV", "CARD_TRACK_DATA"}
_IDENTIFY_TOGETHER = {"PERSON_NAME", "DATE_OF_BIRTH"}
_NOT_A_PERSON = {"IP_ADDRESS", "MAC_ADDRESS", "CN_USCC", "CN_ORG_CODE", "TW_UBN", "CN_TAX_ID"}
_IDENTITIES = {
    *("CN_RESIDENT_ID", "CN_RESIDENT_ID_15", "CN_RESIDENCE_PERMIT", "CN_FOREIGN_PERMANENT_RESIDENT_ID", "CN_PASSPORT"),
    *("HK_ID", "MO_BIR", "TW_NATIONAL_ID", "TW_RESIDENT_CERT", "PERSON_NAME", "CN_MOBILE", "BANK_CARD"),
}

_MASK_SIGNS = "*＊●•○◯█"
_MASKED_INSIDE = re.compile(rf"[{_MASK_SIGNS}]|[#×]{{2}}|[xX]{{3}}(?=.)")
_MASKED_SECRET = re.compile(rf"[{_MASK_SIGNS}]{{3}}|^[xX]+$")
_MASKED_BEFORE = re.compile(rf"(?:[{_MASK_SIGNS}]{{2}}|[#×]{{3}}|[xX]{{3}})$")
_MASKED_AFTER = re.compile(rf"(?:[{_MASK_SIGNS}]{{2}}|[#×]{{3}}|[xX]{{3}})")
_OTHER_SIGNS = re.compile(r"[^0-9A-Za-z]")
_GLOB = re.compile(r"/\*\*/|\*\*/?|\*|\?|\[!?[^\]]*\]|[^*?\[]+|.")


class Decision(enum.StrEnum):
    """What became of a hit, in the words that ``detectors explain`` uses."""

    REPORTED = "reported"
    REFUSED = "refused-by-validator"
    LOW_SCORE = "low-score"
    MASKED = "masked"
    PLACEHOLDER = "placeholder"
    NEGATIVE = "named-otherwise"
    OVERLAPPED = "overlapped"
    ALONE = "alone"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Hit:
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


@dataclass(frozen=True, slots=True)
class Ruling:
    """A hit with its decision. ``by`` is the entity that overlaps or rules it out."""

    hit: Hit
    decision: Decision
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """A rule that keeps findings quiet. What is None matches anything; ``expires`` is the first day it is void.

    ``path`` is a glob over the path as it was found (``**`` crosses folders), ``fingerprint`` the digest of one value.
    """

    id: str
    reason: str = ""
    owner: str = ""
    entity: str | None = None
    path: str | None = None
    fingerprint: str | None = None
    expires: date | None = None

    def matches(self, entity: str, path: str, fingerprint: str, today: date | None) -> bool:
        """Whether the rule holds for this finding on this day (None: rules do not expire)."""
        return (
            (self.expires is None or today is None or today < self.expires)
            and (self.entity is None or self.entity == entity)
            and (self.fingerprint is None or self.fingerprint == fingerprint)
            and (self.path is None or glob(self.path).fullmatch(path) is not None)
        )


def select(detectors: Sequence[Detector], regions: Collection[str], disabled: Collection[str]) -> tuple[Detector, ...]:
    """The detectors that run: on by default, of these regions (or of any), and not disabled by id."""
    chosen = tuple(
        one
        for one in detectors
        if one.default and (one.region is Region.ANY or one.region.value in regions) and one.id not in disabled
    )
    if not any(one.role is Role.REPORT for one in chosen):
        raise ConfigError("no detector is active: detect.regions and detect.disable leave none")
    return chosen


def decide(text: str, hits: Iterable[Hit], min_score: float) -> list[Ruling]:
    """What becomes of the hits of one text (a line, a field), in the order of their places."""
    rulings: list[Ruling] = []
    ruling_out: list[Hit] = []
    open_hits: list[Hit] = []
    for hit in hits:
        if hit.detector.role is Role.NEGATIVE:
            if hit.score >= min_score:
                ruling_out.append(hit)
        elif hit.score < min_score:
            rulings.append(Ruling(hit, Decision.LOW_SCORE))
        elif _is_masked(text, hit):
            rulings.append(Ruling(hit, Decision.MASKED))
        elif _is_placeholder(hit):
            rulings.append(Ruling(hit, Decision.PLACEHOLDER))
        else:
            open_hits.append(hit)
    kept: list[Hit] = []
    for hit in sorted(open_hits, key=_rank):
        negative = next((other for other in ruling_out if _rules_out(other, hit)), None)
        if negative is not None:
            rulings.append(Ruling(hit, Decision.NEGATIVE, negative.detector.entity))
            continue
        above = next((other for other in kept if _overlap(other, hit) and not _both(other, hit)), None)
        if above is not None:
            rulings.append(Ruling(hit, Decision.OVERLAPPED, above.detector.entity))
            continue
        kept.append(hit)
        rulings.append(Ruling(hit, Decision.REPORTED))
    return sorted(rulings, key=lambda ruling: (ruling.hit.start, ruling.hit.end, ruling.hit.detector.entity))


def combined(findings: list[Finding]) -> list[Finding]:
    """The findings of one record, each raised for what stands beside it.

    A name or a birthday alone says little; together with another value it identifies a person. A loan is as bad as the
    identity it belongs to. An expiry date counts beside a card only.
    """
    entities = {finding.entity for finding in findings}
    return [_raised(one, entities - {one.entity}) for one in findings if stands(one.entity, entities)]


def stands(entity: str, beside: Collection[str]) -> bool:
    """Whether a finding of ``entity`` counts in a record with these entities."""
    return entity != _EXPIRY or not _CARDS.isdisjoint(beside)


def _raised(finding: Finding, beside: set[str]) -> Finding:
    if finding.entity in _IDENTIFY_TOGETHER and any(other not in _NOT_A_PERSON for other in beside):
        return replace(finding, severity=max(finding.severity, Severity.MEDIUM))
    if finding.entity == "LOAN_CONTRACT_NO" and beside & _IDENTITIES:
        return replace(finding, severity=max(finding.severity, Severity.HIGH))
    return finding


def _rank(hit: Hit) -> tuple[bool, int, float, str]:
    """Strong before weak, then the longest, then the strongest; entities decide the rest, so that order is stable."""
    return hit.score < STRONG, hit.start - hit.end, -hit.score, hit.detector.entity


def _overlap(one: Hit, other: Hit) -> bool:
    return one.start < other.end and other.start < one.end


def _both(one: Hit, other: Hit) -> bool:
    """An e-mail address and the phone number in its local part are two values."""
    mail, phone = (one, other) if one.detector.mask == "email" else (other, one)
    if mail.detector.mask != "email" or phone.detector.mask != "phone":
        return False
    return mail.start <= phone.start and phone.end <= mail.start + mail.value.rfind("@")


def _rules_out(negative: Hit, hit: Hit) -> bool:
    """A hotline is nobody's number, unless a key says that it is something else than a phone number."""
    inside = negative.start <= hit.start and hit.end <= negative.end
    return inside and (hit.evidence is not Evidence.KEY or hit.detector.mask == "phone")


def _is_masked(text: str, hit: Hit) -> bool:
    if hit.detector.mask == "secret":
        return _MASKED_SECRET.search(hit.value) is not None
    if hit.detector.mask == "name" and text[hit.end : hit.end + 1] in tuple(_MASK_SIGNS):
        return True
    return bool(
        _MASKED_INSIDE.search(hit.value)
        or _MASKED_BEFORE.search(text[max(hit.start - 4, 0) : hit.start])
        or _MASKED_AFTER.match(text[hit.end : hit.end + 4])
    )


def _is_placeholder(hit: Hit) -> bool:
    if hit.detector.mask == "secret":
        return False
    canonical = hit.detector.canonical(hit.value) if hit.detector.canonical else hit.value
    bare = _OTHER_SIGNS.sub("", hit.value).upper()
    if bare in PLACEHOLDERS or canonical.upper() in PLACEHOLDERS:
        return True
    return len(bare) >= 6 and bare.isdecimal() and len(set(bare)) == 1


@functools.lru_cache(maxsize=1024)
def glob(pattern: str) -> re.Pattern[str]:
    """A path glob: ``*`` and ``?`` stay within a name, ``**`` crosses folders.

    >>> bool(glob("/var/log/**/ivr*.log").fullmatch("/var/log/a/b/ivr-1.log"))
    True
    """
    pieces = []
    for piece in _GLOB.findall(pattern):
        if piece == "/**/":
            pieces.append("/(?:.*/)?")
        elif piece.startswith("**"):
            pieces.append(".*")
        elif piece == "*":
            pieces.append("[^/]*")
        elif piece == "?":
            pieces.append("[^/]")
        elif piece.startswith("[") and len(piece) > 2:
            pieces.append(
                f"[{'^' if piece[1] == '!' else ''}{re.escape(piece.lstrip('[!')[:-1]).replace(chr(92) + '-', '-')}]"
            )
        else:
            pieces.append(re.escape(piece))
    return re.compile("".join(pieces), re.DOTALL)
