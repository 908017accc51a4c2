"""Taiwan mobile numbers: 09 and eight digits."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, digit_runs
from leakwatch_detectors.data.advice import PHONE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.shared_keys import PHONE_KEYS, PHONE_WORDS
from leakwatch_detectors.values.boundaries import RIGHT, left


def _canonical(value: str) -> str:
    return "".join(char for char in value if char.isdigit())[-9:]


DETECTOR = Detector(
    entity="TW_MOBILE",
    region=Region.TW,
    title=Title("台湾手机号", "Taiwan mobile number"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(email_local_part=True),
    pattern=(
        left("tel", "phone", "mobile")
        + r"(?:(?:\+|00)?886[ \-]?0?9|\(?09)[0-9]{2}\)?(?:[0-9]{6}|-[0-9]{3}-?[0-9]{3}| [0-9]{3} ?[0-9]{3})"
        + RIGHT
        + r"(?!-[0-9])"
    ),
    prefilter=Prefilter(digits=9, digit_runs=(*digit_runs((10, 14, 15), "0"), *digit_runs((12, 13), "8"))),
    scores=Scores(bare=0.6, key=0.95, context=0.9, negative=0.1),
    canonical=_canonical,
    keys=PHONE_KEYS,
    words=PHONE_WORDS,
    mask="phone",
    advice=PHONE,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Sms - 手機：⟦0900-000-001⟧ 已發送", "with dashes"),
        Example('{"mobile":"⟦0900000001⟧"}', "key in JSON"),
        Example("客戶手機⟦+886 900 000 001⟧停話", "country prefix, Han characters on both sides"),
        Example('INSERT INTO m VALUES (1,"⟦0900000002⟧")', "no key"),
        Example("手機 0800-000-00", "not a mobile prefix"),
        Example("手機 090000000", "nine digits"),
        Example("手機 09000000011", "eleven digits"),
        Example("traceId=0900000001", "the key names a trace"),
        Example("0.0900000001", "a decimal fraction"),
    ),
)
