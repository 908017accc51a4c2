"""Alipay user ids: 2088 and twelve digits, not a card even where Luhn passes."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import ACCOUNT
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import RIGHT, left

_KEYS = (
    "buyer id",
    "seller id",
    "alipay user id",
    "alipay uid",
    "alipay id",
    "buyer user id",
    "partner",
    "partner id",
    "zfb user id",
    "支付宝用户",
    "支付宝用户编",
)
_WORDS = ("支付宝", "支付寶", "alipay")


DETECTOR = Detector(
    entity="ALIPAY_USER_ID",
    region=Region.ANY,
    title=Title("支付宝用户号", "Alipay user id"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    pattern=(left("id", "uid", "userid") + r"2088[0-9]{12}" + RIGHT),
    prefilter=Prefilter(digits=16, literals=literals((*_KEYS, *_WORDS))),
    scores=Scores(bare=0.0, key=0.9, context=0.8),
    keys=_KEYS,
    words=_WORDS,
    mask="id",
    advice=ACCOUNT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.pay.Notify - buyer_id=⟦2088000000000002⟧ paid", "key of a notification"),
        Example('{"alipayUserId":"⟦2088000000000003⟧"}', "key in JSON"),
        Example("支付宝用户⟦2088000000000001⟧已签约", "Han characters touch both sides"),
        Example("买家支付宝ID⟦2088000000000004⟧；", "the key touches the digits"),
        Example("ref 2088000000000001", "nothing names it"),
        Example("buyer_id=2087000000000001", "another prefix"),
        Example("buyer_id=208800000000001", "fifteen digits"),
        Example("buyer_id=20880000000000011", "seventeen digits"),
    ),
)
