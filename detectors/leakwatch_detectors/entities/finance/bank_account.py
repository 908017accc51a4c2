"""Bank account numbers other than card numbers: 8 to 30 digits without a check digit, so only under a key."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.advice import ACCOUNT
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.evidence.shared_keys import ACCOUNT_KEYS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = Detector(
    entity="BANK_ACCOUNT",
    region=Region.ANY,
    title=Title("银行账号", "Bank account number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    pattern=(LEFT + r"[0-9](?:[ \-]?[0-9]){7,29}" + RIGHT),
    prefilter=Prefilter(digits=8, literals=literals(ACCOUNT_KEYS)),
    scores=Scores(bare=0.0, key=0.75, context=0.0),
    canonical=lambda value: value.replace(" ", "").replace("-", ""),
    keys=ACCOUNT_KEYS,
    negative_keys=terms(
        "cnaps, bank no, branch no, 联行, 支行, user account, login account, qq account, 公积金账, 公积金帐, "
        "公積金帳, 公積金賬, 社保帐, 社保帳, 医保帐, 醫保帳, 微信帳, 社保账, 医保账, 支付宝账, 支付寶帳, "
        "微信账, 登录账, 用户账, 登入帳, 登錄帳"
    ),
    mask="id",
    advice=ACCOUNT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.pay.Payout - 银行账号：⟦0000 1111 2222⟧ 打款", "in groups"),
        Example("acctNo=⟦000011112222⟧&amt=1", "key in camel case"),
        Example("收款账号⟦000011112222⟧已核验", "Han characters on both sides"),
        Example("帳號 ⟦004-000000000001⟧", "with the bank code"),
        Example("ref 000011112222", "no key or word names it"),
        Example("账号：zhangsan", "a login name"),
        Example("账号：****2222", "already masked"),
        Example("公积金账号：000011112222", "an account of a different kind"),
        Example("cnaps=102100099996", "a branch code"),
    ),
)
