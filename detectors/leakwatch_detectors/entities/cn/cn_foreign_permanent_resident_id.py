"""Permanent residence card of foreigners: 18 characters starting with 9 (since 2023), check character of GB 11643.

The older card (three letters, twelve digits) has no public check digit, so a key or a word must name it.
"""

from __future__ import annotations

from leakwatch_detectors.contract import (
    Detector,
    DigitRun,
    Example,
    Prefilter,
    Region,
    Requirement,
    Scores,
    Title,
    Traits,
    digit_runs,
    terms,
)
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.data.provinces import PROVINCES
from leakwatch_detectors.evidence.shared_keys import IDENTITY_KEYS, IDENTITY_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import mod_11_2
from leakwatch_detectors.values.dates import is_birth_date

_OLD_CARD_SCORES = Scores(bare=0.0, key=0.75, context=0.6)


def _valid(value: str) -> bool:
    return value[0].isalpha() or (mod_11_2(value) and is_birth_date(value[6:14]))


def _scores(value: str) -> Scores:
    return _OLD_CARD_SCORES if value[0].isalpha() else DETECTOR.scores


DETECTOR = Detector(
    entity="CN_FOREIGN_PERMANENT_RESIDENT_ID",
    region=Region.CN,
    title=Title("外国人永久居留身份证号", "Permanent resident identity card number of foreigners"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True, birth_date_at=6),
    pattern=(
        LEFT
        + rf"(?:9{PROVINCES}[0-9]{{3}}(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}[0-9Xx]"
        + r"|[A-Z]{3}[0-9]{12})"
        + RIGHT
    ),
    prefilter=Prefilter(
        digits=12, digit_runs=(*digit_runs((17, 18), "9", Requirement.DATE), DigitRun(12, after_letters=True))
    ),
    scores=Scores(bare=0.85, key=0.99, context=0.95, negative=0.6),
    validator=_valid,
    scores_for=_scores,
    canonical=str.upper,
    keys=(
        *IDENTITY_KEYS,
        *terms("prc no, pr no, green card, green card no, fpr no, 永久居留, 永居证, 永久居留身份证, 永久居留证"),
    ),
    words=(*IDENTITY_WORDS, "永居", "永久居留"),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.kyc.Fpr - 永久居留身份证：⟦932682198501010017⟧ 核验通过",
            "published specimen, male",
        ),
        Example('{"certNo":"⟦911124198108030024⟧"}', "published specimen, female"),
        Example("外籍客户永居证⟦944276190501020061⟧已登记", "Han characters on both sides"),
        Example("prcNo=⟦SAU110000000001⟧", "the older card under its key"),
        Example("永久居留 932682198501010018", "wrong check character"),
        Example("永久居留 996682198501010017", "96 is not a province"),
        Example("永久居留 932682198513010017", "month 13"),
        Example("ref SAU110000000001", "the older form without a key"),
        Example("永久居留 9326821985010100171", "part of a longer run of digits"),
    ),
)
