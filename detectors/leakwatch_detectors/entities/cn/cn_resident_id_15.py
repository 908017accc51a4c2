"""First-generation identity number: 15 digits, no check digit, births before 2000; only with a key or word."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.data.provinces import PROVINCES
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.evidence.shared_keys import IDENTITY_KEYS, IDENTITY_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.dates import is_birth_date


def _valid(value: str) -> bool:
    return is_birth_date(f"19{value[6:12]}")


DETECTOR = Detector(
    entity="CN_RESIDENT_ID_15",
    region=Region.CN,
    title=Title("第一代身份证号（15 位）", "First-generation identity number (15 digits)"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=(LEFT + PROVINCES + r"[0-9]{4}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}" + RIGHT),
    prefilter=Prefilter(digits=15, literals=literals((*IDENTITY_KEYS, *IDENTITY_WORDS))),
    scores=Scores(bare=0.0, key=0.85, context=0.6),
    validator=_valid,
    keys=IDENTITY_KEYS,
    words=IDENTITY_WORDS,
    negative_keys=("imei", "imsi"),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Old - 身份证：⟦440301080808012⟧ 升位", "key in Chinese"),
        Example('{"idNo":"⟦110105491231002⟧"}', "key in JSON"),
        Example("老客户身份证⟦310101040229003⟧待换证", "Han characters on both sides"),
        Example("ref 440301080808012", "no key or word names it"),
        Example("身份证：440301081308012", "month 13"),
        Example("idNo=170105491231002", "17 is not a province"),
        Example("身份证：310101030229003", "1903 was not a leap year"),
        Example("imsi=460001234567890", "a subscriber number"),
        Example("身份证：440301080808****", "already masked"),
        Example("orderNo=440301080808012", "the key names an order"),
    ),
)
