"""Numbers of loans, contracts and promissory notes. Each company has its own format, so only the key identifies one."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import ACCOUNT
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

_KEYS = terms(
    "loan no, loan id, loan acct, loan account, loan account no, contract no, contract number, "
    "due bill no, duebill no, iou no, loan contract no, htbh, jjh, 合同, 合同编, 合同編, 借据, 借據, "
    "借据编, 借據編, 贷款账, 贷款编, 貸款帳, 貸款編, 契約編, 合約, 合約編, 借款合同, 贷款合同"
)


DETECTOR = Detector(
    entity="LOAN_CONTRACT_NO",
    region=Region.ANY,
    title=Title("贷款合同号", "Loan or contract number"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    traits=Traits(raised_by_identity=True),
    pattern=(LEFT + r"(?=[0-9A-Za-z\-]{0,28}[0-9]{4})[0-9A-Za-z](?:-?[0-9A-Za-z]){5,31}" + RIGHT),
    prefilter=Prefilter(digits=4, literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.75, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=ACCOUNT,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.loan.Contract - 合同编号：⟦HT20240000001⟧ 已签署", "key in Chinese"),
        Example("loanNo=⟦LN-0000-00012345⟧", "with dashes"),
        Example("客户借据号⟦JJ00001234⟧逾期", "Han characters on both sides"),
        Example("合約編號：⟦HT20240000002⟧", "the term used in Hong Kong and Taiwan"),
        Example("ref HT20240000001", "no key or word names it"),
        Example("合同号：待生成", "an empty value"),
        Example("loanNo=abc", "too short"),
        Example("contractType=HT20240000001", "a different key"),
        Example("合同号：****", "already masked"),
    ),
)
