"""Numbers of organisations (400, 800, 95xxx …). Recognised so that no other detector reports them as personal."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Role, Scores, Title
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_SHORT_NUMBER_SCORES = Scores(bare=0.0, key=0.9, context=0.8)


def _scores(value: str) -> Scores:
    return _SHORT_NUMBER_SCORES if len(value) < 7 else DETECTOR.scores


DETECTOR = Detector(
    entity="CN_SERVICE_NUMBER",
    region=Region.CN,
    title=Title("企业服务热线", "Service hotline of an organisation"),
    severity="info",
    grades={},
    pattern=(
        LEFT
        + r"(?:[48]00(?P<s>[ \-]?)[0-9]{3}(?P=s)[0-9]{4}|[48]00-[0-9]{4}-[0-9]{3}"
        + r"|95[0-9]{3}|96[0-9]{3,4}|12[0-9]{3}|100(?:00|01|10|11|86))"
        + RIGHT
    ),
    prefilter=Prefilter(digits=5),
    scores=Scores(bare=0.6, key=0.9, context=0.9, negative=0.0),
    scores_for=_scores,
    keys=("hotline", "service tel", "热线", "客服电话", "服务电话", "客服", "熱線", "客服電話"),
    words=("热线", "熱線", "客服", "致电", "拨打", "撥打", "咨询"),
    advice=Title("企业公开号码，无需处理。", "A published number of an organisation; no action needed."),
    role=Role.NEGATIVE,
    examples=(
        Example("如有疑问请拨打⟦400-800-0000⟧咨询", "a 400 number"),
        Example("客服热线：⟦95588⟧", "a bank's short number"),
        Example("hotline=⟦8008100000⟧", "an 800 number without separators"),
        Example("took 12580 ms", "a short number without a key"),
        Example("300-800-0000", "an unknown prefix"),
        Example("400-80-0000", "too short"),
        Example("40080000001", "eleven digits"),
    ),
)
