"""Social security numbers: the identity number of the person, or a card number in the format of a city.

Only the key identifies either.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Example, Region, Scores, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.resident_id import is_identity_number

_IDENTITY_NUMBER_SCORES = Scores(bare=0.0, key=0.995, context=0.0)


def _scores(value: str) -> Scores:
    return _IDENTITY_NUMBER_SCORES if is_identity_number(value) else DETECTOR.scores


DETECTOR = keyed_number(
    entity="CN_SOCIAL_SECURITY_NO",
    region=Region.CN,
    title=Title("社会保障卡号", "Social security card number"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"(?=[A-Z0-9]{0,19}[0-9]{4})[A-Z0-9]{6,20}" + RIGHT,
    digits=4,
    scores=Scores(bare=0.0, key=0.75, context=0.0),
    needs_key=True,
    scores_for=_scores,
    keys=terms(
        "social security, social security no, social security card, ss no, sb no, sbkh, shbzh, 社保, 社保卡, "
        "社会保险, 社會保險, 社会保障, 社会保障卡, 社會保障, 社會保障卡, 社保帐, 社保帳, 社保账, 社保编, "
        "社保电脑"
    ),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.hr.Sync - 社保卡号：⟦A00000001⟧ 已同步", "a letter and digits"),
        Example('{"socialSecurityNo":"⟦000012345678⟧"}', "key in JSON"),
        Example("员工社保号⟦000012345678⟧已停缴", "Han characters on both sides"),
        Example("社会保障号码：⟦440301190808080125⟧", "the identity number of the person"),
        Example("'社會保障號': '⟦A00002554⟧'", "traditional script"),
        Example("ref 000012345678", "no key or word names it"),
        Example("社保号：****", "already masked"),
        Example("社保余额12000.00", "an amount"),
        Example("社保卡号：未绑定", "no number"),
    ),
)
