"""Military identity documents: 军字第…号 as printed, or the number under a key. Their format is not public."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_DIGITS_ONLY_SCORES = Scores(bare=0.0, key=0.7, context=0.0)


def _scores(value: str) -> Scores:
    return DETECTOR.scores if "字" in value else _DIGITS_ONLY_SCORES


_KEYS = terms(
    "military id, military id no, officer id, officer no, soldier id, 军官证, 軍官證, 士兵证, 士兵證, "
    "军人身份证, 军人证, 軍人證, 文职干部证, 警官证"
)
_WORDS = ("军官证", "軍官證", "士兵证", "军人证")
_PRINTED = r"[军軍兵士文职職武警海空政参參后後装裝总總联聯广廣南北东東西中沈兰蘭成济濟]字第?[0-9A-Za-z]{4,9}[号號]"

DETECTOR = Detector(
    entity="CN_MILITARY_ID",
    region=Region.CN,
    title=Title("军人证件号", "Military identity document number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades={"gbt45574": "specific-identity", "pipl28": "harm-clause"},
    pattern=(
        rf"(?:(?<![字第]){_PRINTED}"
        rf"|{LEFT}(?=[0-9A-Za-z]{{0,8}}[0-9]{{4}})[0-9A-Za-z]{{6,12}}{RIGHT})"
    ),
    prefilter=Prefilter(literals=literals((*_KEYS, *_WORDS)), shapes=(_PRINTED,), needs_key=True),
    scores=Scores(bare=0.8, key=0.9, context=0.85, negative=0.3),
    scores_for=_scores,
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 证件 ⟦军字第00000001号⟧ 已核", "as printed on the document"),
        Example("军官证：⟦00000001⟧，已登记", "digits under the key"),
        Example("客户持军官证⟦武字第0000002號⟧办理", "Han characters on both sides"),
        Example("文字第一行", "no number"),
        Example("字第123号", "the leading character is missing"),
        Example("军官证：已审核", "no number"),
        Example("ref 00000001", "no key or word names it"),
    ),
)
