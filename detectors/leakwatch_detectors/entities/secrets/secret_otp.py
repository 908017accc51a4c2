"""One-time codes: four to eight digits, under a key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import CREDENTIAL
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = terms(
    "otp, otp code, sms code, verify code, verification code, auth code, captcha, check code, "
    "dynamic code, totp, yzm, vcode, sms captcha, security code, 验证码, 驗證碼, 校验码, 校驗碼, "
    "动态密码, 動態密碼, 动态口令, 动态码, 短信码, 短信密码"
)


DETECTOR = Detector(
    entity="SECRET_OTP",
    region=Region.ANY,
    title=Title("验证码", "One-time code"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    traits=Traits(subject=False, linkable=False),
    pattern=(LEFT + r"[0-9]{4,8}" + RIGHT),
    prefilter=Prefilter(digits=4, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.85, context=0.0),
    keys=_KEYS,
    mask="secret",
    advice=CREDENTIAL,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.sms.Send - 验证码：⟦123456⟧ 已下发", "key in Chinese"),
        Example("smsCode=⟦1234⟧&mobile=", "four digits"),
        Example("您的驗證碼是 ⟦654321⟧", "a sentence in traditional script"),
        Example("【某银行】验证码⟦00001111⟧，5分钟内有效", "Han characters beside the value"),
        Example("Your verification code is ⟦246810⟧.", "a sentence in English"),
        Example("验证码错误", "no digits"),
        Example("smsCode=****", "already masked"),
        Example("ref 123456", "no key or word names it"),
        Example("verifyCode=200", "three digits"),
        Example("验证码有效期300000毫秒", "a duration"),
        Example("smsCodeLength=123456", "a different key"),
    ),
)
