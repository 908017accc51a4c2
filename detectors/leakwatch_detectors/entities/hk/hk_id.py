"""Hong Kong identity card: one or two letters, six digits and a check character, in brackets as printed.

Without brackets nine in a hundred random tokens of this form pass, and lower-case letters occur in encoded text: then a
key or a word must name it.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, DigitRun, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import IDENTITY_KEYS, IDENTITY_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import hkid

_UNPRINTED_SCORES = Scores(bare=0.0, key=0.9, context=0.7)


def _canonical(value: str) -> str:
    return "".join(char for char in value if char not in " ()（）[]").upper()


def _valid(value: str) -> bool:
    return hkid(_canonical(value))


def _scores(value: str) -> Scores:
    return DETECTOR.scores if value[-1] in ")）]" and value[:2].upper() == value[:2] else _UNPRINTED_SCORES


DETECTOR = Detector(
    entity="HK_ID",
    region=Region.HK,
    title=Title("香港身份证号", "Hong Kong identity card number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=LEFT + r"[A-Za-z]{1,2}[0-9]{6}(?:[ ]?[(（\[][0-9A][)）\]]|[0-9A]" + RIGHT + ")",
    prefilter=Prefilter(digits=6, digit_runs=(DigitRun(6, after_letters=True), DigitRun(7, after_letters=True))),
    scores=Scores(bare=0.85, key=0.98, context=0.95, negative=0.1),
    scores_for=_scores,
    validator=_valid,
    canonical=_canonical,
    keys=(*IDENTITY_KEYS, "hkid", "hkid no", "hkic", "hkic no", "hk id", "香港身份证", "香港身份證"),
    words=(*IDENTITY_WORDS, "hkid"),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.hk.Kyc - 客戶身份證⟦A123456(3)⟧已核實", "Han characters on both sides"),
        Example('{"idNo":"⟦WX000000(9)⟧","region":"HK"}', "two letters"),
        Example("香港身份證號碼：⟦Z683365（A）⟧", "full-width brackets, check character A"),
        Example("hkid=⟦K0000000⟧", "without brackets, under its key"),
        Example("身份證⟦A1234563⟧號", "without brackets after a Han key"),
        Example("身份證 A123456(4)", "wrong check character"),
        Example("身份證 A12345(3)", "five digits"),
        Example("ref ABC123456(3)", "three letters"),
        Example("sku A1234563", "no brackets and no key"),
        Example("ref a123456(3)", "lower-case letters occur in encoded text"),
        Example("身份證：A123456(*)", "already masked"),
    ),
)
