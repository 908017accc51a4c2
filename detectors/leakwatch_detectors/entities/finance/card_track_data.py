"""Magnetic stripe data (ISO/IEC 7813): track 2 with an equals sign, track 1 with carets; Luhn confirms it."""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.advice import CARD_AUTHENTICATION
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.values.checksums import luhn

_PAN = regex.compile(r"[0-9]{13,19}")


def _valid(value: str) -> bool:
    pan = _PAN.search(value)
    return pan is not None and luhn(pan[0])


DETECTOR = Detector(
    entity="CARD_TRACK_DATA",
    region=Region.ANY,
    title=Title("银行卡磁道信息", "Card track data"),
    severity="critical",
    grades={"jrt0171": "C3", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    traits=Traits(card=True),
    pattern=(r"(?:;[0-9]{13,19}=[0-9]{7,30}\??|%?B[0-9]{13,19}\^[A-Za-z /.\-]{2,26}\^[0-9]{7,60}\??)"),
    prefilter=Prefilter(digits=13),
    scores=Scores(bare=0.95, key=0.99, context=0.99, negative=0.9),
    validator=_valid,
    keys=("track", "track data", "track1 data", "track2 data", "磁道", "磁道信息"),
    words=("磁道", "track"),
    mask="secret",
    advice=CARD_AUTHENTICATION,
    examples=(
        Example("2026-03-01 10:00:00 DEBUG pos.read ⟦;6200000000000005=30121010000?⟧ ok", "track 2"),
        Example("磁道2：⟦;4111111111111111=30121010000?⟧已读", "Han characters on both sides"),
        Example("track1=⟦%B4111111111111111^ZHANG/SAN^30121010000?⟧", "track 1"),
        Example(";6200000000000006=30121010000?", "wrong Luhn digit"),
        Example("a;6200000000000005=301", "too short after the separator"),
        Example("x;1=2", "not a card number"),
        Example("磁道2：;6200****0005=****", "already masked"),
    ),
)
