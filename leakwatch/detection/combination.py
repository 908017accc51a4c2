"""Raises the severity of findings by the other values in their record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from leakwatch.core.model import Finding, Severity
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, Place, RecordPlace
from leakwatch_detectors.catalog import traits_of
from leakwatch_detectors.values.dates import is_birth_date

CHILD_YEARS = 14
"""All personal data of people younger than this is sensitive (PIPL, article 28)."""

_SEVERITIES = tuple(Severity)


def combine(findings: Sequence[Finding], *, child: bool = False) -> list[Finding]:
    """The findings of one record with their severity raised by each other.

    Two linkable values of different entities identify a person together: both rise one step, up to high (critical is
    reserved for what opens an account by itself). A loan is high beside an identity. An expiry date is dropped unless
    card data is beside it. In the record of a ``child`` all personal data rises one step.
    """
    return [one for one in combined(findings, child=child) if one is not None]


def combined(findings: Sequence[Finding], *, child: bool = False) -> list[Finding | None]:
    """The same, in the places of the findings given: None for one that is dropped."""
    if len(findings) == 1 and not child and not traits_of(findings[0].entity).needs_card:
        return list(findings)  # nothing to combine it with
    entities = {finding.entity for finding in findings}
    kept = [one if counts_beside(one.entity, entities) else None for one in findings]
    linked = {one.entity for one in _linkable_values(one for one in kept if one is not None)}
    return [
        one and _raised(one, (linked if _is_linkable(one) else set()) - {one.entity}, entities, child) for one in kept
    ]


def counts_beside(entity: str, beside: Collection[str]) -> bool:
    """Whether a finding of ``entity`` counts in a record with these entities."""
    return not traits_of(entity).needs_card or any(traits_of(other).card for other in beside)


def has_birth_date(entity: str) -> bool:
    """Whether values of the entity contain a birth date."""
    return traits_of(entity).birth_date_at is not None


def is_child(entity: str, value: str, today: date) -> bool:
    """Whether the canonical form ``value`` contains a birth date less than 14 years before ``today``."""
    start = traits_of(entity).birth_date_at
    digits = "" if start is None else value[start : start + 8]
    if len(digits) != 8 or digits <= _born_after(today) or not digits.isdecimal():
        return False
    return is_birth_date(digits, today)


def find_children(entity: str, values: Sequence[str], today: date) -> list[int]:
    """The positions of those canonical forms for which ``is_child`` is true."""
    start, after = traits_of(entity).birth_date_at, _born_after(today)
    if start is None:
        return []
    return [
        at for at, value in enumerate(values) if value[start : start + 8] > after and is_child(entity, value, today)
    ]


def _born_after(today: date) -> str:
    return f"{(today.year - CHILD_YEARS) * 10_000 + today.month * 100 + today.day:08}"


def _raised(finding: Finding, beside: set[str], entities: set[str], child: bool) -> Finding:
    severity = finding.severity
    if beside and severity < Severity.HIGH:
        severity = _SEVERITIES[severity + 1]
    if traits_of(finding.entity).raised_by_identity and any(traits_of(other).identity for other in entities):
        severity = max(severity, Severity.HIGH)
    grade = finding.grade
    if child and _is_personal(finding):
        severity = _SEVERITIES[min(severity + 1, Severity.CRITICAL)]
        grade = {**grade, "gbt35273": "sensitive"}
    return finding.regraded(severity, grade)


def _is_personal(finding: Finding) -> bool:
    return "jrt0171" in finding.grade or "gbt35273" in finding.grade


def _is_linkable(finding: Finding) -> bool:
    return finding.grade.get("jrt0171") in {"C1", "C2"} and traits_of(finding.entity).linkable


def _linkable_values(findings: Iterable[Finding]) -> list[Finding]:
    """The linkable findings, without phone numbers that are part of an e-mail address."""
    linkable = [one for one in findings if _is_linkable(one)]
    mails: dict[object, list[tuple[int, int]]] = {}
    for one in linkable:
        if traits_of(one.entity).email:
            text, start, end = _text_span(one.place)
            mails.setdefault(text, []).append((start, end))
    if not mails:
        return linkable

    def inside_mail(one: Finding) -> bool:
        text, start, end = _text_span(one.place)
        return any(low <= start and end <= high for low, high in mails.get(text, ()))

    return [one for one in linkable if not traits_of(one.entity).email_local_part or not inside_mail(one)]


def _text_span(place: Place) -> tuple[object, int, int]:
    """The text that a place is in, and its start and end there."""
    match place:
        case LinePlace():
            return place.line, place.start_column, place.end_column
        case CellPlace():
            return (place.sheet, place.row, place.column), place.start, place.end
        case RecordPlace():
            return (place.record_number, place.json_path), place.start, place.end
        case PagePlace():
            return place.page, place.start, place.end
