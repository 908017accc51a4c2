"""Taiwan unified business number: eight digits; one date in five passes its check: only by key or hint."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import ORGANISATION
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import tw_ubn

_KEYS = ("ubn", "ban", "vat no", "tax id", "tax id no", "统一编", "統一編", "統編", "统编", "营利事业", "營利事業")
_WORDS = ("統編", "統一編號", "统一编号")


DETECTOR = Detector(
    entity="TW_UBN",
    region=Region.TW,
    title=Title("台湾统一编号", "Taiwan unified business number"),
    severity="info",
    grades={},
    pattern=(LEFT + r"[0-9]{8}" + RIGHT),
    prefilter=Prefilter(digits=8, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.8, context=0.6),
    validator=tw_ubn,
    keys=_KEYS,
    words=_WORDS,
    mask="generic",
    advice=ORGANISATION,
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Inv - 統一編號：⟦04595252⟧ 開立發票", "key in traditional script"),
        Example("ubn=⟦10458574⟧", "the seventh digit is 7"),
        Example("公司統編⟦10458570⟧已登記", "Han characters touch both sides"),
        Example("ref 04595252", "nothing names it"),
        Example("統編：04595253", "the check digit is wrong"),
        Example("ubn=1045857", "seven digits"),
        Example("orderNo=04595252", "its key names an order"),
    ),
)
