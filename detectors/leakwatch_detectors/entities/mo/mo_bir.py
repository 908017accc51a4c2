"""Macau resident identity card: seven digits beginning with 1, 5 or 7 and a check digit whose rule is not public."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = (
    "bir",
    "bir no",
    "mo id",
    "macau id",
    "macao id",
    "澳门身份证",
    "澳門身份證",
    "澳门居民身份证",
    "澳門居民身份證",
    "身份证",
    "身份證",
    "id no",
    "id card",
    "id card no",
)
_WORDS = ("澳门", "澳門", "身份证", "身份證")


DETECTOR = Detector(
    entity="MO_BIR",
    region=Region.MO,
    title=Title("澳门居民身份证号", "Macau resident identity card"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=(
        r"(?:(?<![0-9A-Za-z/])(?<![0-9]\.)[157]"
        r"(?:/[0-9]{6}/[0-9](?![0-9A-Za-z/])(?!\.[0-9])|[0-9]{6}[ ]?[(（][0-9][)）])|"
        + LEFT
        + r"[157][0-9]{7}"
        + RIGHT
        + ")"
    ),
    prefilter=Prefilter(digits=6, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    canonical=lambda value: "".join(char for char in value if char.isdigit()),
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.mo.Kyc - 澳門居民身份證：⟦12345678⟧ 已核", "written as one"),
        Example("birNo=⟦5000000(1)⟧", "with brackets"),
        Example("澳门居民身份证⟦1/000000/0⟧有效", "with slashes, Han characters touch both sides"),
        Example("ref 12345678", "nothing names it"),
        Example("澳門身份證 2/000000/0", "2 is not issued"),
        Example("澳門身份證 1/00000/0", "five digits"),
        Example("GET /1/123456/7 HTTP/1.1", "a path"),
        Example("date 5000000(1)", "brackets, and nothing names it"),
        Example("澳門身份證 1/000000/01", "goes on"),
    ),
)
