"""Names of people under a key: Chinese (a known surname, one or two characters), with a middle dot, or Latin.

``name`` alone also names threads, applications and products: it counts for a Chinese name only where the enclosing
object identifies the owner, or a personal number stands beside it. Misses: names in running text, Chinese names with a
surname outside the table.
"""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.data.surnames import COMPOUND_SURNAMES, NOT_NAMES, SURNAMES
from leakwatch_detectors.data.tables import words
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import HAN

_PERSON_LIST_KEYS = (
    "contacts",
    "users",
    "customers",
    "borrowers",
    "guarantors",
    "applicants",
    "members",
    "employees",
    "persons",
)
"""Keys of lists of people: ``{"contacts": [{"name": …}]}``."""

_KEYS = (
    *terms(
        "real name, true name, full name, cust name, customer name, client name, contact name, "
        "holder name, card holder, cardholder name, user name cn, chinese name, payer name, payee name, "
        "acct name, account name, id name, id card name, cert name, receiver name, receiver, consignee, "
        "borrower, borrower name, applicant, applicant name, guarantor, guarantor name, emp name, "
        "employee name, owner name, sender name, member name, contact person, contact, insured name, "
        "patient name, student name, user name, username, person name, staff name, doctor name, "
        "teacher name, parent name, addressee, legal person, legal name, depositor, beneficiary, "
        "policy holder, emergency contact, consignee name, child name, father name, mother name, "
        "friend name, colleague name, relative name, debtor name, creditor name, lender name, "
        "counterparty name, opp name, acc name"
    ),
    *(f"{people} name" for people in _PERSON_LIST_KEYS),
    *terms(
        "spouse name, name cn, xm, xingming, khxm, linkman, 姓名, 真实姓名, 真實姓名, 户名, 戶名, "
        "持卡人, 借款人, 申请人, 申請人, 联系人, 聯絡人, 聯繫人, 收款人, 付款人, 收货人, 收貨人, 收件人, "
        "寄件人, 客户名称, 客戶名稱, 担保人, 擔保人, 投保人, 被保险人, 被保險人, 受益人, 开户人, 開戶人, "
        "法人, 法定代表人, 配偶, 员工, 員工, 患者, 客户名, 本人, 经办人, 經辦人, 审批人, 負責人, 负责人, "
        "联系人名, 名字"
    ),
)
_NOT_PEOPLE = frozenset(words("not_people.txt"))
_LETTERS = regex.compile(r"[a-z]+")
_LATIN = r"[A-Z][a-z]{1,20}(?:[ \-][A-Z][a-z]{1,20}){1,3}"
_CAPITALS = r"[A-Z]{2,20}(?:[ ,/][ ]?[A-Z]{2,20}){1,3}"


def _valid(value: str) -> bool:
    if value.isascii():
        return _NOT_PEOPLE.isdisjoint(_LETTERS.findall(value.lower()))
    name = value.replace(" ", "").replace("\u3000", "")
    return name not in NOT_NAMES and name[:2] not in NOT_NAMES and name[-1] not in "的了吗为是有号"


DETECTOR = Detector(
    entity="PERSON_NAME",
    region=Region.ANY,
    title=Title("个人姓名", "Person name"),
    severity="low",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(identity=True),
    pattern=(
        rf"""(?<=[:=：＝>"'\[(（ ]|[{HAN}])(?:"""
        rf"(?:{'|'.join(COMPOUND_SURNAMES)}|[{SURNAMES}])[ \u3000]{{0,2}}[{HAN}](?:[ \u3000]?[{HAN}])?(?![{HAN}·])"
        rf"|[{HAN}]{{1,12}}·[{HAN}]{{1,12}}(?:·[{HAN}]{{1,12}})?(?![{HAN}])"
        rf"|{_LATIN}(?![A-Za-z])|{_CAPITALS}(?![A-Za-z])"
        r")(?![*＊○×●•]|[\"']?[ ]?[:：=＝])"
    ),
    prefilter=Prefilter(
        literals=literals(_KEYS), shapes=(rf"(?i:name)[\"'\\]{{0,4}}[ ]?[:=：][ ]?[\"'\\]{{0,4}}[{HAN}]",)
    ),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    validator=_valid,
    canonical=lambda value: value.replace(" ", "").replace("\u3000", "").upper(),
    keys=_KEYS,
    negative_keys=("company name", "product name", "file name", "class name", "thread name", "app name"),
    mask="name",
    advice=Title(
        "日志中用客户编号代替姓名，或只保留姓氏（张*）。",
        "Log a customer id instead of the name, or its first character only.",
    ),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.loan.Apply - 借款人姓名：⟦张三丰⟧，期数12", "key in Chinese"),
        Example('{"realName":"⟦李四⟧","age":30}', "key in JSON"),
        Example("户名=⟦欧阳小明⟧", "a surname of two characters"),
        Example("联系人: ⟦阿卜杜拉·买买提⟧", "a name with a middle dot"),
        Example("持卡人：⟦陳大文⟧，", "traditional script"),
        Example("holderName=⟦Zhang San⟧&cardType=1", "Latin letters"),
        Example("姓名⟦张三⟧(Zhang San)已实名", "Han characters on both sides"),
        Example("User(custName=⟦王小明⟧, level=3)", "a Java toString"),
        Example("INSERT INTO t (id, real_name, app) VALUES (1, '⟦王小明⟧', '王小明')", "under its column name"),
        Example("姓名：⟦张　三⟧", "spaced for alignment"),
        Example("SysUser(userId=7, userName=⟦王小明⟧, deptId=1)", "a user name that is the name of a person"),
        Example('{"borrower":{"id":7,"name":"⟦李小明⟧"}}', "the enclosing object identifies the owner"),
        Example(
            "LoanApply{no=1, guarantors=[GuarantorDTO(name=⟦李小明⟧, rate=1)]}",
            "the class before the bracket identifies the owner",
        ),
        Example('{"name":"⟦李小明⟧","age":30,"mobile":"13900001234"}', "a personal number beside it"),
        Example("name=⟦李小明⟧, idNo=440301********0125", "the number beside it may be masked"),
        Example('{"product":{"id":7,"name":"金多多"},"mobile":"13900001234"}', "a product beside a personal number"),
        Example("name=金多多, rate=3", "not the name of a person"),
        Example("userName=admin logged in", "a login name"),
        Example('{"SubjectUserName":"LOCAL SERVICE"}', "no such name"),
        Example("<th>紧急联系人车牌</th><td>京E00089</td>", "the name of something else that belongs to the contact"),
        Example("姓名：已脱敏", "not a surname"),
        Example("姓名：张*", "already masked"),
        Example("客户名称：王府井百货", "a longer word"),
        Example("custName: 性别", "the next header"),
        Example("联系人关系：父子", "the next key begins like a name"),
        Example("threadName=Quartz Scheduler", "the name of a thread"),
        Example("真实姓名：高兴", "an ordinary word"),
        Example("张三打开了页面", "no key or word names it"),
    ),
)
