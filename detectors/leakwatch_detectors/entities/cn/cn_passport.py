"""Passports of the People's Republic: a letter or two and digits without a check digit, so only by key or hint."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = Detector(
    entity="CN_PASSPORT",
    region=Region.CN,
    title=Title("中国护照号", "Passport of the People's Republic of China"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=(
        LEFT
        + r"(?:[Ee](?:[0-9]{8}|[A-HJ-NP-Za-hj-np-z][0-9]{7})|[Gg][0-9]{8}"
        + r"|[SDPsdp](?:[Ee]?[0-9]{7}|[0-9]{8})|1[45][0-9]{7})"
        + RIGHT
    ),
    prefilter=Prefilter(digits=7, literals=literals((*PASSPORT_KEYS, *PASSPORT_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    canonical=str.upper,
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 护照号码：⟦E00000000⟧ 已上传", "electronic passport"),
        Example("passportNo=⟦EA0000001⟧&country=CHN", "letters run on after the digits were used up"),
        Example('{"passport":"⟦G00000000⟧"}', "older booklet in JSON"),
        Example("護照號碼 ⟦SE0000000⟧", "service passport, traditional script"),
        Example("客户持护照⟦E00000001⟧入境", "Han characters touch both sides"),
        Example("errorCode=E00000000", "a code of an error"),
        Example("E00000000 returned by gateway", "nothing names it"),
        Example("护照：EI0000001", "the letter I is not used"),
        Example("passportNo=E0000000", "seven digits"),
        Example("护照：E0000****", "masked already"),
        Example("护照：E000000001", "nine digits"),
    ),
)
