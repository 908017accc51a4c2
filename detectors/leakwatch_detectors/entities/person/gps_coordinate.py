"""A latitude or longitude with at least four decimals (about eleven metres), or a pair of them, under a key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import ATTRIBUTE
from leakwatch_detectors.evidence.key_names import literals

_KEYS = terms(
    "lat, lng, lon, latitude, longitude, location, gps, coordinate, lat lng, lng lat, jd, wd, position, "
    "纬度, 緯度, 经度, 經度, 坐标, 座標, 定位, 位置"
)


def _valid(value: str) -> bool:
    return all(abs(float(part)) <= 180 for part in value.replace("，", ",").split(","))


DETECTOR = Detector(
    entity="GPS_COORDINATE",
    region=Region.ANY,
    title=Title("精确位置（经纬度）", "Precise location"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades={"gbt45574": "precise-location", "pipl28": "whereabouts"},
    traits=Traits(subject=False, linkable=False),
    pattern=(
        r"(?<![0-9A-Za-z.])(?:-?(?:[0-8]?[0-9]|90)\.[0-9]{4,15}"
        r"(?:[ ]?[,，][ ]?-?[0-9]{1,3}\.[0-9]{4,15})?"
        r"|(?<!(?i:lat(?:itude)?|[纬緯]度)[\"'\\ ]{0,3}[:=：＝][\"'\\ ]{0,3})-?1?[0-9]{2}\.[0-9]{4,15}"
        r"(?:[ ]?[,，][ ]?-?[0-9]{1,2}\.[0-9]{4,15})?)"
        r"(?![0-9A-Za-z])(?!\.[0-9])"
    ),
    prefilter=Prefilter(digits=5, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    validator=_valid,
    keys=_KEYS,
    mask="generic",
    advice=ATTRIBUTE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.risk.Loc - lat=⟦22.543210⟧ accepted", "latitude"),
        Example('{"latitude":⟦39.9087⟧,"longitude":⟦116.397500⟧}', "both coordinates of a JSON object"),
        Example("客户位置：纬度⟦31.23040⟧，经度⟦121.47370⟧", "Han characters beside the value"),
        Example("location=⟦116.397500,39.908700⟧", "a pair"),
        Example("lat=22.5", "too few decimals"),
        Example("latency=22.543210", "a longer word"),
        Example("lat=95.123456", "out of range for a latitude"),
        Example("ref 22.543210", "no key or word names it"),
        Example("ratio=0.543210", "a different key"),
        Example("lng=181.123456", "out of range for a longitude"),
    ),
)
