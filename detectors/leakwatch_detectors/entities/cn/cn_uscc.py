"""Unified social credit code (GB 32100): 17 characters out of 31 and a check character. Off by default.

Codes that begin with 92 belong to sole traders, and so to persons. One all-digit number in thirty passes the check, so
a key or a word must name those.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.advice import ORGANISATION
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import uscc

_DIGITS_ONLY_SCORES = Scores(bare=0.0, key=0.85, context=0.7)


def _scores(value: str) -> Scores:
    return _DIGITS_ONLY_SCORES if value.isdigit() else DETECTOR.scores


DETECTOR = Detector(
    entity="CN_USCC",
    region=Region.CN,
    title=Title("统一社会信用代码", "Unified social credit code"),
    severity="info",
    grades={},
    pattern=(LEFT + r"[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}" + RIGHT),
    prefilter=Prefilter(digits=6),
    scores=Scores(bare=0.85, key=0.95, context=0.9, negative=0.2),
    validator=uscc,
    scores_for=_scores,
    keys=terms(
        "uscc, credit code, social credit code, biz license no, license no, business license no, tax no, "
        "taxpayer id, 统一社会信用代码, 統一社會信用代碼, 社会信用代码, 信用代码, 营业执照, 營業執照, "
        "纳税人识别, 納稅人識別, 税"
    ),
    words=("信用代码", "信用代碼", "营业执照", "營業執照", "纳税人", "企业"),
    mask="generic",
    advice=ORGANISATION,
    default=False,
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.biz.Kyb - 统一社会信用代码：⟦91110000MA00000077⟧ 核验通过", "key in Chinese"
        ),
        Example('{"creditCode":"⟦91330100MA2A0000XC⟧"}', "key in JSON"),
        Example("企业⟦91350100M000100Y43⟧已注销", "Han characters on both sides"),
        Example("统一社会信用代码 91110000MA00000078", "wrong check character"),
        Example("统一社会信用代码 91110000MA0000007", "17 characters"),
        Example("统一社会信用代码 9111000OMA00000077", "the letter O is not used"),
        Example("统一社会信用代码 01110000MA00000077", "there is no registry 0"),
        Example("ref 914403001922038216", "digits only, no key"),
        Example("orderNo=914403001922038216", "the key names an order"),
    ),
)
