"""Residence permit for people from Hong Kong, Macau and Taiwan: the format of GB 11643 under 810000, 820000, 830000."""

from __future__ import annotations

from leakwatch_detectors.contract import (
    Detector,
    Example,
    Prefilter,
    Region,
    Requirement,
    Scores,
    Title,
    Traits,
    digit_runs,
)
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import IDENTITY_KEYS, IDENTITY_WORDS
from leakwatch_detectors.values.boundaries import RIGHT, left
from leakwatch_detectors.values.checksums import mod_11_2
from leakwatch_detectors.values.dates import is_birth_date


def _canonical(value: str) -> str:
    return value.replace(" ", "").replace("-", "").upper()


def _valid(value: str) -> bool:
    number = _canonical(value)
    return mod_11_2(number) and is_birth_date(number[6:14])


DETECTOR = Detector(
    entity="CN_RESIDENCE_PERMIT",
    region=Region.CN,
    title=Title("港澳台居民居住证号", "Residence permit number for Hong Kong, Macau and Taiwan residents"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True, birth_date_at=6),
    pattern=(
        left("id", "idcard", "idno", "sfz", "sfzh")
        + r"8[123]0000(?P<s>[ \-]?)(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?P=s)[0-9]{3}[0-9Xx]"
        + RIGHT
    ),
    prefilter=Prefilter(digits=17, digit_runs=digit_runs((17, 18), "8", Requirement.DATE)),
    scores=Scores(bare=0.85, key=0.99, context=0.95, negative=0.6),
    validator=_valid,
    canonical=_canonical,
    keys=(*IDENTITY_KEYS, "residence permit", "residence permit no", "permit no", "居住证", "居住證"),
    words=(*IDENTITY_WORDS, "居住证", "居住證"),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example('{"residencePermitNo":"⟦810000190303030014⟧","name":"-"}', "Hong Kong, key in JSON"),
        Example("港澳居民居住证⟦82000019000101001X⟧号待核验", "Macau, Han characters on both sides"),
        Example("台湾居民居住证号码：⟦830000190303030085⟧", "Taiwan is 83 here, not 71"),
        Example("INSERT INTO kyc VALUES (3,'⟦810000 19030303 0014⟧')", "no key, grouped by spaces"),
        Example("居住证号 810000190303030015", "wrong check character"),
        Example("居住证号 840000190303030014", "84 is not issued"),
        Example("居住证号 830000190313030085", "month 13"),
        Example("居住证号 810100190303030014", "the county digits must be zero"),
        Example("居住证号 8100001903030300145", "part of a longer run of digits"),
    ),
)
