"""Agreement of leakwatch with check digits and dates of published test values, with a reason for each difference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accuracy.corpora import Vector
from accuracy.report import table
from accuracy.scoring import COVERED, Prediction
from leakwatch.privacy.redaction import mask
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.data.provinces import PLATE_PROVINCES

NOT_EXPLAINED = "NOT EXPLAINED"
NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why values of ``entity`` that match ``pattern`` are missed or, if not ``missed``, found against the claim."""

    entity: str
    missed: bool
    pattern: str
    text: str


_REASONS = (
    _Reason("CN_LANDLINE", True, "[0-9]{7,8}", "no area code: seven or eight bare digits may be a date or an amount"),
    _Reason(
        "TW_LANDLINE", True, "00?80[0-9].*", "a toll-free number (0800, 00800, 00801, 00809): it belongs to a company"
    ),
    _Reason("CN_MOBILE", True, "[^1].*", "mainland mobile numbers begin with 1"),
    _Reason("CN_MOBILE", False, r"(?:\+|00)86-1[3-9].*", "a mobile number; the peer's rule allows no dash after +86"),
    _Reason("CN_RESIDENT_ID", True, "[0-9]{6}18.*", "born before 1900 (the specimen of GB 11643): no living person"),
    _Reason(
        "CN_RESIDENCE_PERMIT",
        True,
        "8[123](?!0000).*",
        "permits have 810000, 820000 or 830000; this is a different code",
    ),
    _Reason("TW_RESIDENT_CERT", True, "[A-Z][0-7].*", "the second character is not issued (only 8, 9, A to D are)"),
    _Reason("BANK_CARD", True, "[0-9]{20,}", "longer than any card number (ISO/IEC 7812: 19 digits)"),
    _Reason("BANK_CARD", True, "1.*", "bank cards do not begin with 1"),
    _Reason("CN_PASSPORT", True, "[A-Z]{2}[0-9]{6}", "not a format of mainland passports (E, G, D, S, P, 14, 15)"),
    _Reason("HK_PASSPORT", True, "[KHkh].*", "not a series of Hong Kong passports"),
    _Reason("MO_PASSPORT", True, "[Mm].*", "Macau passports begin with MA or MB"),
    _Reason("CN_LICENSE_PLATE", True, f"[^{PLATE_PROVINCES}].*", "does not begin with a province"),
    _Reason("EMAIL_ADDRESS", False, ".* .*", "in running text the address begins after the space, and is valid"),
)


_MASKS = {one.entity: one.mask for one in detectors()}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A vector that leakwatch decides differently, masked. ``missed``: labelled valid and not found."""

    entity: str
    checked: bool
    missed: bool
    reason: str
    masked: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """The number of vectors of an entity, and of those that leakwatch decides as labelled."""

    checked: bool
    vectors: int
    agreed: int


def compare(
    vectors: Sequence[Vector], predictions: Sequence[Sequence[Prediction]]
) -> tuple[dict[str, Agreement], list[Disagreement]]:
    """The agreement by entity (``NO_DATA``: values of no entity), and each disagreement."""
    decided: dict[str, list[bool]] = {}
    checked: dict[str, bool] = {}
    disagreements: list[Disagreement] = []
    for vector, found in zip(vectors, predictions, strict=True):
        entity = vector.entity or NO_DATA
        agreed = _is_found(vector, found) == vector.valid
        checked[entity] = vector.checked
        decided.setdefault(entity, []).append(agreed)
        if not agreed:
            reason = _reason(entity, vector.value, missed=vector.valid)
            shown = mask(vector.value, _MASKS.get(entity, "generic"))
            disagreements.append(Disagreement(entity, vector.checked, vector.valid, reason, shown))
    by_entity = {
        entity: Agreement(checked[entity], len(flags), sum(flags)) for entity, flags in sorted(decided.items())
    }
    return by_entity, disagreements


def _is_found(vector: Vector, found: Iterable[Prediction]) -> bool:
    if vector.entity is None:
        return any(True for _ in found)
    least = COVERED * len(vector.value) if vector.valid else 1
    mine = (one for one in found if vector.entity in one.entities)
    return any(one.end - one.start >= least for one in mine)


def _reason(entity: str, value: str, *, missed: bool) -> str:
    for one in _REASONS:
        if (one.entity, one.missed) == (entity, missed) and re.fullmatch(one.pattern, value):
            return one.text
    return NOT_EXPLAINED


def markdown(by_entity: Mapping[str, Agreement], disagreements: Sequence[Disagreement]) -> str:
    """Two tables: the agreement by entity, and the disagreements by reason."""
    rows = [[entity, *_row(one)] for entity, one in by_entity.items()]
    for checked, title in ((True, "all with a check digit"), (False, "all without a check digit")):
        among = [one for one in by_entity.values() if one.checked is checked]
        whole = Agreement(checked, sum(one.vectors for one in among), sum(one.agreed for one in among))
        rows.append([title, *_row(whole)])
    causes: dict[tuple[str, bool, bool, str], list[str]] = {}
    for one in disagreements:
        causes.setdefault((one.entity, one.checked, one.missed, one.reason), []).append(one.masked)
    explained = [
        [
            entity,
            "check digit" if checked else "a peer's claim",
            "missed" if missed else "found",
            reason,
            ", ".join(shown),
        ]
        for (entity, checked, missed, reason), shown in sorted(causes.items())
    ]
    return (
        "## Validator vectors: agreement with check digits and dates\n\n"
        + table(["entity", "truth", "vectors", "agreed", "per cent"], rows)
        + "\n\n### Each disagreement, masked\n\n"
        + (table(["entity", "truth", "leakwatch", "reason", "masked"], explained) if explained else "None.")
    )


def _row(one: Agreement) -> list[str]:
    share = f"{one.agreed / one.vectors * 100:.2f}" if one.vectors else ""
    return ["check digit" if one.checked else "a peer's claim", str(one.vectors), str(one.agreed), share]
