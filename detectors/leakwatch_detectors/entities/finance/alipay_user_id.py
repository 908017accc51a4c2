"""Alipay user ids: 2088 and twelve digits. Never a card number, even where Luhn passes."""

from leakwatch_detectors.contract import Example, Region, Scores, Title, terms
from leakwatch_detectors.data.categories import FINANCIAL_ACCOUNT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import RIGHT, left

DETECTOR = keyed_number(
    entity="ALIPAY_USER_ID",
    region=Region.ANY,
    title=Title("支付宝用户号", "Alipay user id"),
    category=FINANCIAL_ACCOUNT,
    pattern=left("id", "uid", "userid") + r"2088[0-9]{12}" + RIGHT,
    digits=16,
    scores=Scores(bare=0.0, key=0.9, context=0.8),
    keys=terms(
        "buyer id, seller id, alipay user id, alipay uid, alipay id, buyer user id, partner, partner id, "
        "zfb user id, 支付宝用户, 支付宝用户编"
    ),
    words=terms("支付宝, 支付寶, alipay"),
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.pay.Notify - buyer_id=⟦2088000000000002⟧ paid",
            "the key in a payment notification",
        ),
        Example('{"alipayUserId":"⟦2088000000000003⟧"}', "key in JSON"),
        Example("支付宝用户⟦2088000000000001⟧已签约", "Han characters on both sides"),
        Example("买家支付宝ID⟦2088000000000004⟧；", "the key directly before the digits"),
        Example("ref 2088000000000001", "no key or word names it"),
        Example("buyer_id=2087000000000001", "a different prefix"),
        Example("buyer_id=208800000000001", "fifteen digits"),
        Example("buyer_id=20880000000000011", "seventeen digits"),
    ),
)
