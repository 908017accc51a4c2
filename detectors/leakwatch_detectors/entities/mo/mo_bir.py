"""Macau resident identity card: 1, 5 or 7, six digits, and a check digit whose rule is not public."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="MO_BIR",
    region=Region.MO,
    title=Title("澳门居民身份证号", "Macau resident identity card"),
    category=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=r"(?:(?<![0-9A-Za-z/])(?<![0-9]\.)[157]"
    r"(?:/[0-9]{6}/[0-9](?![0-9A-Za-z/])(?!\.[0-9])|[0-9]{6}[ ]?[(（][0-9][)）])|"
    + LEFT
    + r"[157][0-9]{7}"
    + RIGHT
    + ")",
    digits=6,
    canonical=lambda value: "".join(char for char in value if char.isdigit()),
    keys=terms(
        "bir, bir no, mo id, macau id, macao id, 澳门身份证, 澳門身份證, 澳门居民身份证, 澳門居民身份證, "
        "身份证, 身份證, id no, id card, id card no"
    ),
    words=terms("澳门, 澳門, 身份证, 身份證"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.mo.Kyc - 澳門居民身份證：⟦12345678⟧ 已核", "without separators"),
        Example("birNo=⟦5000000(1)⟧", "with brackets"),
        Example("澳门居民身份证⟦1/000000/0⟧有效", "with slashes, Han characters on both sides"),
        Example("ref 12345678", "no key or word names it"),
        Example("澳門身份證 2/000000/0", "2 is not issued"),
        Example("澳門身份證 1/00000/0", "five digits"),
        Example("GET /1/123456/7 HTTP/1.1", "a path"),
        Example("date 5000000(1)", "brackets, but no key"),
        Example("澳門身份證 1/000000/01", "followed by another digit"),
    ),
)
