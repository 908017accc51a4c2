"""Mainland mobile numbers: 11 digits without a check digit. Clean boundaries and an assigned segment prove them.

Misses: segments not assigned today (154, 160, 163, 164, 168, 169, 179, 194 …) without a key.
"""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, digit_runs, terms
from leakwatch_detectors.data.advice import PHONE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.shared_keys import PHONE_KEYS, PHONE_WORDS
from leakwatch_detectors.values.boundaries import RIGHT, left
from leakwatch_detectors.values.vectorized import Matrix, are_mobiles

# new segments are assigned every year, so the table counts only where nothing else identifies the number
_ASSIGNED_SEGMENT = regex.compile(r"1(?:3[0-9]|4[5-9]|5[0-35-9]|6[25-7]|7[0-8]|8[0-9]|9[0-35-9])")
_UNASSIGNED_SCORES = Scores(bare=0.0, key=0.8, context=0.6)


def _canonical(value: str) -> str:
    if len(value) == 11 and value.isascii() and value.isdigit():
        return value
    return "".join(char for char in value if char in "0123456789")[-11:]


def _scores(value: str) -> Scores:
    if "  " in value:  # more likely three columns of a table
        return _UNASSIGNED_SCORES
    return DETECTOR.scores if _ASSIGNED_SEGMENT.match(_canonical(value)) else _UNASSIGNED_SCORES


def _batch_valid(chars: Matrix) -> Matrix:
    return are_mobiles(chars, lambda segment: _ASSIGNED_SEGMENT.match(segment) is not None)


DETECTOR = Detector(
    entity="CN_MOBILE",
    region=Region.CN,
    title=Title("中国大陆手机号", "Mainland China mobile number"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(identity=True, email_local_part=True),
    pattern=(
        left("tel", "phone", "mobile", "sms", "msisdn", "sjh")
        + r"(?:(?:\+|00)?86[ -]?0?|\((?:\+|00)?86\)[ -]?0?)?"
        + r"1[3-9](?:[0-9]{9}|[0-9](?P<s>[ .\-–]|[ ]{2})[0-9]{4}(?P=s)[0-9]{4})"
        + RIGHT
    ),
    prefilter=Prefilter(
        digits=11, digit_runs=(*digit_runs((11,), "1"), *digit_runs((13, 14), "8"), *digit_runs((12, 15, 16), "0"))
    ),
    scores=Scores(bare=0.6, key=0.95, context=0.9, negative=0.2),
    keys=(
        *PHONE_KEYS,
        *terms("msisdn, sjh, sjhm, login name, account, username, user name, 账, 帐, 賬, 帳, 登录名, sms to, sms"),
    ),
    words=PHONE_WORDS,
    canonical=_canonical,
    scores_for=_scores,
    batch_validator=_batch_valid,
    mask="phone",
    advice=PHONE,
    examples=(
        Example(
            "2026-03-01 10:15:32.123 INFO [loan-api] c.e.loan.SmsService - 发送短信成功, mobile=⟦13900001234⟧",
            "logback line, logfmt key",
        ),
        Example('{"userMobilePhone":"⟦16200001234⟧","step":"kyc"}', "camel case key in JSON"),
        Example("客户手机⟦19100001234⟧号已停机", "Han characters on both sides"),
        Example("登录账号：⟦13900001234⟧，来自APP", "a login name"),
        Example("tel⟦13900001234⟧,转人工", "a key directly before the number"),
        Example("联系电话：⟦+86 139 0000 1234⟧（张先生）", "country prefix and spaces"),
        Example("GET /api/sms/send?mobile=⟦13900001234⟧&type=1 HTTP/1.1", "query string"),
        Example("INSERT INTO t_user VALUES (1,'⟦13900001234⟧','⟦16200005678⟧');", "two values without keys in SQL"),
        Example("手机号：⟦13900001234⟧、⟦13900005678⟧", "two adjacent numbers are two findings"),
        Example("手机 ⟦+86-013900001234⟧", "country prefix and trunk zero"),
        Example("手机：⟦139  0000  1234⟧", "two spaces, under a key"),
        Example("150  2000  3000", "columns of a table"),
        Example("lock @13900003211 held", "an object id"),
        Example("push_id 19751624694", "the key names something else"),
        Example("<tr><th>手机号</th><td>⟦13900001234⟧</td></tr>", "a table row"),
        Example("mobile=12900001234", "129 is not a mobile segment"),
        Example("mobile=⟦15400001234⟧", "an unassigned segment, under a key"),
        Example("id 15400001234", "154 is unassigned, and there is no key"),
        Example("手机号 1390000123", "ten digits"),
        Example("traceNo 139000012345678", "part of a longer run of digits"),
        Example("手机号：139****1234", "already masked"),
        Example("amount=13900001234.56", "an amount with decimals"),
        Example("ratio=0.13900001234", "a decimal fraction"),
        Example("sha1=ab13900001234cd99ef00112233445566778899a", "part of a hexadecimal token"),
    ),
)
