"""Housing fund account. Each city has its own format, so only the key identifies it."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = terms(
    "gjj, gjj no, gjj acct, gjj zh, housing fund, housing fund no, housing fund account, "
    "provident fund no, 公积金, 公積金, 公积金账, 公积金帐, 公積金帳, 公積金賬, 公积金账户, "
    "住房公积金账, 公积金个人账"
)


DETECTOR = Detector(
    entity="CN_HOUSING_FUND_NO",
    region=Region.CN,
    title=Title("住房公积金账号", "Housing fund account number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    pattern=(LEFT + r"(?=[A-Z0-9]{0,19}[0-9]{4})[A-Z0-9]{6,20}" + RIGHT),
    prefilter=Prefilter(digits=4, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.75, context=0.0),
    keys=_KEYS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.credit.Gjj - 公积金账号：⟦000012345678⟧ 查询成功", "key in Chinese"),
        Example("gjj_no: ⟦110100000012⟧", "pinyin key"),
        Example("客户公积金账号⟦000012345678⟧有效", "Han characters on both sides"),
        Example("公積金帳號=⟦000030495417⟧", "traditional script"),
        Example("ref 000012345678", "no key or word names it"),
        Example("公积金余额12000", "an amount"),
        Example("公积金账号：****", "already masked"),
        Example("gjjAmount=000012345678", "a different key"),
    ),
)
