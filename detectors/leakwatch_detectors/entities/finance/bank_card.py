"""Payment card forms: the issuer's prefix, a length that it issues, and the Luhn check digit.

One random number in ten passes Luhn, so prefix and length must match each other; otherwise a key or a word must name
the number. Some mainland issuers ignore Luhn, and spreadsheets round to 15 digits: then only the key identifies a card.
One random 16-digit number in forty still passes everything.
"""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import (
    Detector,
    Example,
    Prefilter,
    Region,
    Requirement,
    Scores,
    Title,
    Tolerance,
    Traits,
    digit_runs,
    terms,
)
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.shared_keys import ACCOUNT_KEYS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT, left
from leakwatch_detectors.values.checksums import luhn
from leakwatch_detectors.values.dates import is_birth_date
from leakwatch_detectors.values.vectorized import Matrix, are_cards

_ISSUER_IGNORES_LUHN = Tolerance(
    0.6,
    Title(
        "Luhn 校验不通过，但字段名表明是卡号，且个别境内发卡行不遵守该校验。",
        "The Luhn check fails, but the key names a card and some mainland issuers ignore Luhn.",
    ),
)
_WRONG_LUHN_DIGIT = Tolerance(
    0.5,
    Title(
        "Luhn 校验不通过，但前缀、长度和字段名都符合卡号：可信度低。",
        "The Luhn check fails, but prefix, length and key match a card: low confidence.",
    ),
)
_ROUNDED = Tolerance(
    0.5,
    Title(
        "电子表格只保留前 15 位有效数字，卡号已损坏：可信度低。",
        "A spreadsheet has rounded this card number to 15 digits or fewer: low confidence.",
    ),
)


def _canonical(value: str) -> str:
    return value.replace(" ", "").replace("-", "")


def _valid(value: str) -> bool:
    number = _canonical(value)
    return len(set(number)) > 1 and luhn(number)


def _tolerance(value: str) -> Tolerance | None:
    number = _canonical(value)
    if "." in number or (len(number) == 16 and number.endswith("0")) or (len(number) == 19 and number.endswith("0000")):
        return _ROUNDED if len(set(number)) > 1 else None
    if len(set(number)) == 1 or len(number) not in (16, 19) or not _KNOWN_ISSUER.fullmatch(number):
        return None
    return _ISSUER_IGNORES_LUHN if number.startswith("62") else _WRONG_LUHN_DIGIT


_UNIONPAY = r"(?:6[0-9]|81)[0-9]{14}|(?:6[02589]|81)[0-9]{17}|62[0-9]{15,16}"
_LEGACY = r"9558[0-9]{15}|9400[0-9]{12}(?:[0-9]{3})?"
_VISA = r"4[0-9]{15}"
_MASTERCARD = r"(?:5[0-8][0-9]{2}|220[0-4]|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
_JCB = r"(?:35(?:2[89]|[3-8][0-9])[0-9]|2131|1800)[0-9]{11}"
_AMEX = r"3[47][0-9]{13}"
_DINERS = r"3(?:0[0-5]|[689][0-9])[0-9]{11}"
_ISSUED = f"{_UNIONPAY}|{_LEGACY}|{_VISA}|{_MASTERCARD}|{_JCB}|{_AMEX}|{_DINERS}"
_GROUPS_OF_FOUR = r"(?=[2345689])[0-9]{4}(?P<s>[ \-]|[ ]{2})[0-9]{4}(?P=s)[0-9]{4}(?P=s)[0-9]{4}(?:(?P=s)[0-9]{1,3})?"
_ISSUER_AND_REST = r"6[0-9]{5}[ ][0-9]{10,13}"
_AMEX_GROUPED = r"3[47][0-9]{2}(?P<t>[ \-])[0-9]{6}(?P=t)[0-9]{5}"
_ISSUED_FORMS = f"{_ISSUED}|{_GROUPS_OF_FOUR}|{_ISSUER_AND_REST}|{_AMEX_GROUPED}"
# Rare lengths, lengths that Visa abandoned or hardly issues, Maestro and old schemes, and any 16 digits that are no
# timestamp (20…, 17…). These count only under a key.
_KEYED_FORMS = (
    r"(?:6[0589]|81)[0-9]{15,16}|4[0-9]{12}(?:[0-9]{6})?"
    r"|(?:5[06-8]|6[0-9])[0-9]{10,17}|3[0-9]{11,15}|(?:2[1-9]|[78][0-9])[0-9]{14}|9[0-9]{15}(?:[0-9]{3})?"
)
_DIGIT_RUNS = (
    *digit_runs((14, 15), "3", Requirement.LUHN),
    *digit_runs((15,), "12", Requirement.LUHN),
    *digit_runs((16,), "2345689", Requirement.LUHN),
    *digit_runs((17, 18), "6", Requirement.LUHN),
    *digit_runs((19,), "689", Requirement.LUHN),
    *digit_runs(range(12, 20), "23456789", Requirement.NAME),
)
_SCIENTIFIC_NOTATION = r"[3-69]\.[0-9]{5,14}[Ee]\+1[58]"
_KNOWN_ISSUER = regex.compile(_ISSUED)
_UNKNOWN_ISSUER = Scores(bare=0.0, key=0.85, context=0.7)


def _with_boundaries(forms: str) -> str:
    return (
        left("card", "cardno", "pan", "yhk", "yhkh")
        + rf"(?<![0-9A-Fa-f]{{4}}-)(?:{forms})"
        + RIGHT
        + r"(?!-[0-9A-Fa-f]{4})"
    )


_KEYS = (
    *ACCOUNT_KEYS,
    *terms(
        "bank card, bank card no, card no, card num, card number, card, pan, primary account number, "
        "pay card, debit card, credit card, card id, account, account id, acct id, yhkh, yhk, cc no, "
        "cc num, cc number, ccn, 银行卡, 銀行卡, 卡, 借记卡, 信用卡, 储蓄卡"
    ),
)
_WORDS = ("银行卡", "銀行卡", "卡号", "卡號", "信用卡", "借记卡", "储蓄卡", "账号", "帳號", "尾号", "扣款", "还款卡")


def _scores(value: str) -> Scores:
    number = _canonical(value)
    is_identity_like = len(number) == 18 and is_birth_date(number[6:14])  # 62 is also a province
    return DETECTOR.scores if _KNOWN_ISSUER.fullmatch(number) and not is_identity_like else _UNKNOWN_ISSUER


def _batch_valid(chars: Matrix) -> Matrix:
    return are_cards(chars, lambda number: _KNOWN_ISSUER.fullmatch(number) is not None)


DETECTOR = Detector(
    entity="BANK_CARD",
    region=Region.ANY,
    title=Title("银行卡号", "Payment card number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    traits=Traits(identity=True, card=True),
    pattern=f"{_with_boundaries(f'{_ISSUED_FORMS}|{_KEYED_FORMS}')}|{LEFT}{_SCIENTIFIC_NOTATION}{RIGHT}",
    prefilter=Prefilter(digits=6, shapes=(_SCIENTIFIC_NOTATION,), digit_runs=_DIGIT_RUNS),
    scores=Scores(bare=0.55, key=0.95, context=0.85, negative=0.0),
    validator=_valid,
    scores_for=_scores,
    batch_validator=_batch_valid,
    tolerance_of=_tolerance,
    canonical=_canonical,
    keys=_KEYS,
    words=_WORDS,
    negative_keys=terms(
        "id no, id number, cert no, identity no, id card, id card no, 身份证, 身份證, 身分證, 证件, 證件, "
        "id, uid, oid, pk, rowid, code, ref, reference, 编码, 編碼, 编号, 編號, 会员卡, 會員卡, 电话卡, "
        "手机卡, 流量卡, 物联网卡, 购物卡, 礼品卡, 储值卡, 充值卡, 加油卡, 就诊卡, 医保卡, 社保卡, 健保卡, "
        "门禁卡, 校园卡, 交通卡, 公交卡, 积分卡, 优惠卡, 卡密, sim card, gift card, member card, id code, "
        "card code, oil card, fuel card"
    ),
    mask="id",
    advice=Title(
        "日志中只保留前六位和后四位；支付链路中用令牌（token）代替卡号。",
        "Keep the first six and last four digits only; pass a token between services instead of the number.",
    ),
    examples=(
        Example(
            "2026-03-01 12:00:00.001 INFO c.e.pay.Bind - bindCard bankCardNo=⟦6222020000000000000⟧ ok", "19 digits"
        ),
        Example('{"P9_cardNo":"⟦6200000000000005⟧","amt":"100.00"}', "16 digits, numbered parameter"),
        Example("卡号⟦6217000000000000004⟧。", "Han characters beside the number"),
        Example("信用卡：⟦4111 1111 1111 1111⟧", "in four groups"),
        Example("卡号 ⟦6217  0000  0000  0000  004⟧", "two spaces"),
        Example("INSERT INTO t_card VALUES (1,'⟦6205500000000000004⟧');", "no key"),
        Example("credit card ⟦676000000007⟧ declined", "twelve digits under a key"),
        Example("card number: ⟦3521000000000004⟧", "an unknown issuer under a key"),
        Example("inode 4612304612300", "a former length of this scheme"),
        Example("acctNo=⟦622588 0000000001⟧ 还款成功", "issuer prefix and rest separated"),
        Example("debitCard=⟦6222020000000000001⟧", "wrong Luhn digit, tolerated under a card key"),
        Example("信用卡号 ⟦4111111111111112⟧", "wrong Luhn digit, tolerated under a card key with a low score"),
        Example("卡号：⟦6222020000001230000⟧", "rounded to 15 digits by a spreadsheet"),
        Example("cardNo=⟦6.22202E+18⟧", "rounded to six digits by a spreadsheet"),
        Example("card 411111111111112", "wrong Luhn digit, and no card of this scheme has 15 digits"),
        Example("ref 4111111111111112", "wrong Luhn digit without a key"),
        Example("mass 6.22202E+18", "a measurement"),
        Example("ref 6200000000000006", "wrong Luhn digit without a key"),
        Example("id=1700000000000000009", "nanoseconds: no issuer starts with 17"),
        Example("卡号 6222020000000000000000", "22 digits"),
        Example("卡号：622202******0000", "already masked"),
        Example("卡号 0000000000000000", "all one digit"),
        Example('{"idNo":"650102190006139040"}', "the key names an identity number"),
        Example("借记卡号：⟦9000000000000001⟧", "an unknown issuer prefix under a key"),
        Example("借记卡号：9000000000000002", "the same with a wrong Luhn digit"),
        Example("ref 9000000000000001", "the same without a key"),
        Example("task 650000000000000002 done", "18 digits without a key"),
        Example("卡号：2026030112000008", "a timestamp"),
        Example("payCard=⟦4000000000000000006⟧", "19 digits of an issuer that uses 16, under a key"),
        Example("mid 4000000000000000006", "the same without a key"),
        Example('{"n":"620102190006130000"}', "a province and a birth date: a mistyped identity number"),
        Example("orderNo=6222020000000000000", "the key names an order"),
        Example("INSERT INTO t_use (id, coupon_code) VALUES (1, '6222020000000000000')", "in a coupon column"),
        Example(
            '{"id":6222020000000000000,"sku_sn":"6205500000000000004"}', "ids and serial forms that pass by chance"
        ),
        Example("会员卡号：6222020000000000000", "a store card"),
        Example("last bill of cc_number=⟦503800000005⟧ is due", "twelve digits under a key"),
        Example("uuid=62000000-0000-4000-8000-000000000005", "groups of a UUID"),
    ),
)
