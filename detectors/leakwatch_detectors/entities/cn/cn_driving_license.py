"""Driving licences: the file number (12 digits) and the licence number, which equals the driver's identity number.

Without a key of the licence the latter is found as an identity number.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Example, Region, Scores, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.resident_id import IDENTITY_NUMBER, is_identity_number

_LICENCE_SCORES = Scores(bare=0.0, key=0.995, context=0.0)


def _scores(value: str) -> Scores:
    return DETECTOR.scores if len(value) == 12 else _LICENCE_SCORES


DETECTOR = keyed_number(
    entity="CN_DRIVING_LICENSE",
    region=Region.CN,
    title=Title("驾驶证号或档案编号", "Driving licence number or file number"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + rf"(?:[0-9]{{12}}|{IDENTITY_NUMBER})" + RIGHT,
    digits=12,
    validator=lambda value: len(value) == 12 or is_identity_number(value),
    scores_for=_scores,
    keys=terms(
        "dl file no, license file no, licence file no, driving license file no, 档案编, 檔案編, "
        "驾驶证档案编, 驾驶证档案, driver license, drivers license, driving license, driver licence, "
        "driving licence, dl no, driver license no, driving license no, license no, jszh, jsz, 驾驶证, "
        "駕駛證, 驾照, 駕照, 駕駛執照, 驾驶执照"
    ),
    words=terms("驾驶证档案, 駕駛證檔案, 档案编号, 檔案編號"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.auto.Loan - 档案编号：⟦440300000001⟧ 已核", "key in Chinese"),
        Example('{"dlFileNo":"⟦110000000000⟧"}', "key in JSON"),
        Example("駕駛證檔案編號⟦330100000002⟧有效", "traditional script, Han characters on both sides"),
        Example('{"driverLicense":"⟦440301190808080125⟧"}', "the number of the licence"),
        Example("驾驶证号⟦33010219050505005X⟧有效", "the same with Han characters on both sides"),
        Example("driver_license_no=440301190808080126", "wrong check character"),
        Example("身份证 440301190808080125", "an identity number"),
        Example("ref 440300000001", "no key or word names it"),
        Example("档案编号：44030000000", "eleven digits"),
        Example("档案编号：4403000000011", "thirteen digits"),
        Example("orderNo=440300000001", "the key names an order"),
    ),
)
