"""Alipay logins: an e-mail address or a mobile number under an Alipay key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.advice import ACCOUNT
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = terms(
    "alipay, alipay account, alipay login, alipay logon id, logon id, buyer logon id, zfb, zfbzh, "
    "zfb account, 支付宝, 支付寶, 支付宝账, 支付寶帳, 支付宝登录账"
)


DETECTOR = Detector(
    entity="ALIPAY_ACCOUNT",
    region=Region.ANY,
    title=Title("支付宝账号", "Alipay account"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    pattern=(
        r"(?:"
        + LEFT
        + r"1[3-9][0-9]{9}"
        + RIGHT
        + r"|(?<![A-Za-z0-9._%+\-*])[A-Za-z0-9._%+\-]{1,64}"
        + r"@(?:[A-Za-z0-9\-]{1,63}\.){1,4}[A-Za-z]{2,18}(?![A-Za-z0-9\-])(?!\.[0-9A-Za-z]))"
    ),
    prefilter=Prefilter(literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.97, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=ACCOUNT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.pay.Bind - alipayAccount=⟦zhang@example.com⟧ bound", "an e-mail address"),
        Example('{"buyerLogonId":"⟦13900001234⟧"}', "a mobile number"),
        Example("支付宝账号⟦13900001234⟧已绑定", "Han characters on both sides"),
        Example("ref 13900001234", "no key or word names it"),
        Example("支付宝：已开通", "not an account"),
        Example("支付宝账号：139****1234", "already masked"),
        Example("alipayTradeNo=13900001234", "a different key"),
    ),
)
