"""Mainland licence plates (GA 36): province, letter, and five or (new energy) six characters without I and O.

Many of the province characters also begin ordinary words, so a Han character before the plate is accepted only as the
end of a key.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.data.provinces import PLATE_PROVINCES
from leakwatch_detectors.values.boundaries import HAN

_MILITARY_PREFIXES = "军海空沈兰济南北广成"
_MILITARY_SCORES = Scores(bare=0.0, key=0.9, context=0.6)


def _canonical(value: str) -> str:
    return "".join(char for char in value if char not in " ·.-")


def _scores(value: str) -> Scores:
    return DETECTOR.scores if value[0] in PLATE_PROVINCES else _MILITARY_SCORES


DETECTOR = Detector(
    entity="CN_LICENSE_PLATE",
    region=Region.CN,
    title=Title("机动车号牌", "Mainland China licence plate"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    pattern=(
        rf"(?:(?<![{HAN}0-9A-Za-z])|(?<=(?:车牌|車牌|牌照|号牌|車號)(?:号码|號碼|号|號)?[为為是]?))"
        rf"[{PLATE_PROVINCES}][A-HJ-Z][·.\- ]?"
        r"(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])"
        r"(?![0-9A-Za-z])"
        rf"|(?:(?<![{HAN}0-9A-Za-z])|(?<=(?:车牌|車牌|牌照|号牌|車號)(?:号码|號碼|号|號)?[为為是]?))"
        rf"[{_MILITARY_PREFIXES}][A-Z][0-9]{{5}}(?![0-9A-Za-z])"
    ),
    prefilter=Prefilter(literals=tuple(PLATE_PROVINCES + _MILITARY_PREFIXES)),
    scores=Scores(bare=0.6, key=0.95, context=0.9, negative=0.2),
    validator=lambda value: any(char.isdigit() for char in value[2:]),
    scores_for=_scores,
    canonical=_canonical,
    keys=terms(
        "plate, plate no, plate number, license plate, car no, car number, vehicle no, cph, 车牌, 車牌, "
        "牌照, 号牌, 车号, 車號"
    ),
    words=("车牌", "車牌", "车辆", "車輛", "违章", "停车", "牌照"),
    mask="generic",
    advice=Title(
        "车牌可关联到车主，日志中只保留前两位和后两位。",
        "A plate identifies its owner: keep the first two and last two characters only.",
    ),
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.auto.Loan - 车牌号：⟦苏E·00000⟧ 评估完成", "with the dot printed on plates"
        ),
        Example('{"plateNo":"⟦沪AD00000⟧"}', "new energy, six characters"),
        Example("抵押车辆车牌⟦京A00000⟧已登记", "Han characters on both sides"),
        Example("入场 ⟦粤Z0000港⟧ 10:00", "cross-border plate without a key"),
        Example("车牌号：⟦军A00001⟧", "an old military plate under its key"),
        Example("海A00001", "the same without a key"),
        Example("车牌 京I00000", "the letter I is not used"),
        Example("车牌 晥A00000", "not a province"),
        Example("车牌 京A0000", "only four characters"),
        Example("会员 贵ABCDEF 登录", "letters only"),
        Example("最新A股00000点", "an ordinary word"),
        Example("更新E00001完成", "an ordinary word before a code"),
        Example("车牌 京A****0", "already masked"),
    ),
)
