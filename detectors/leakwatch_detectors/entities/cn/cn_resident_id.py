"""The 18-digit identity number (GB 11643): province, birth date and check character prove it without any context.

Made-up or mistyped numbers, and those rounded to 15 digits by a spreadsheet, fail the check: then only their key
identifies them. Misses masked numbers on purpose.
"""

from __future__ import annotations

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
)
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.data.provinces import PROVINCES
from leakwatch_detectors.evidence.shared_keys import IDENTITY_KEYS, IDENTITY_WORDS
from leakwatch_detectors.values.boundaries import LEFT, RIGHT, left
from leakwatch_detectors.values.checksums import mod_11_2
from leakwatch_detectors.values.dates import is_birth_date
from leakwatch_detectors.values.vectorized import are_resident_ids

_OCR_X = str.maketrans("x×Хх", "XXXX")  # OCR writes the X as a multiplication sign or in Cyrillic
_WRONG_CHECK_CHARACTER = Tolerance(
    0.5,
    Title(
        "校验位不正确，但地区、生日和字段名都符合身份证号：可信度低。",
        "The check character is wrong, but region, birth date and key match an identity number: low confidence.",
    ),
)
_ROUNDED = Tolerance(
    0.5,
    Title(
        "电子表格只保留前 15 位有效数字，身份证号已损坏：可信度低。",
        "A spreadsheet has rounded this identity number to 15 digits or fewer: low confidence.",
    ),
)


def _canonical(value: str) -> str:
    if value.isdigit():
        return value
    return value.replace(" ", "").replace("-", "").translate(_OCR_X)


def _valid(value: str) -> bool:
    number = _canonical(value)
    return mod_11_2(number) and is_birth_date(number[6:14])


def _tolerance(value: str) -> Tolerance | None:
    number = _canonical(value)
    if "." in number:
        return _ROUNDED
    if not is_birth_date(number[6:14]):
        return None
    return _ROUNDED if number.endswith("000") else _WRONG_CHECK_CHARACTER


_SCIENTIFIC_NOTATION = r"[1-6]\.[0-9]{5,14}[Ee]\+17"

DETECTOR = Detector(
    entity="CN_RESIDENT_ID",
    region=Region.CN,
    title=Title("居民身份证号", "Mainland China identity number"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    traits=Traits(identity=True, birth_date_at=6),
    pattern=(
        left("id", "idcard", "idno", "sfz", "sfzh")
        + PROVINCES
        + r"(?:[0-9]{4}(?P<s>[ \-]?|[ ]{2})(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?P=s)[0-9]{3}"
        + r"|[0-9]{2}(?P<t>[ \-]|[ ]{2})(?:[0-9]{4}(?P=t)){3}[0-9])[0-9Xx×Хх]"
        + RIGHT
        + f"|{LEFT}"
        + _SCIENTIFIC_NOTATION
        + RIGHT
    ),
    prefilter=Prefilter(
        digits=6, shapes=(_SCIENTIFIC_NOTATION,), digit_runs=digit_runs((17, 18), "1234567", Requirement.DATE)
    ),
    scores=Scores(bare=0.85, key=0.99, context=0.95, negative=0.6),
    validator=_valid,
    tolerance_of=_tolerance,
    batch_validator=are_resident_ids,
    canonical=_canonical,
    keys=IDENTITY_KEYS,
    words=IDENTITY_WORDS,
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example(
            "2026-03-01 09:00:01.002 INFO c.e.kyc.IdService - idCardNo=⟦440301190808080125⟧ verified", "logfmt key"
        ),
        Example('{"P8_idCardNo":"⟦650102190112310185⟧","result":"00"}', "a numbered parameter of a payment gateway"),
        Example("身份证⟦440301190808080125⟧号已过期", "Han characters on both sides"),
        Example("公民身份号码：⟦110105 19491231 002X⟧", "grouped by spaces as on the card"),
        Example("idNo: ⟦3301 0219 0505 0500 5X⟧", "grouped by fours"),
        Example("身份证 ⟦3301  0219  0505  0500  5X⟧", "two spaces"),
        Example("INSERT INTO t_cust VALUES (7,'⟦33010219050505005x⟧','A');", "no key, lower-case x"),
        Example("<certNo>⟦650102190112310185⟧</certNo>", "an XML element"),
        Example("身份证号 ⟦110105194912310021⟧", "wrong check character, tolerated under its key"),
        Example("身份证号：⟦440301190808080000⟧", "rounded to 15 digits by a spreadsheet"),
        Example("身份证号=⟦4.40301E+17⟧", "rounded to six digits by a spreadsheet"),
        Example("ref 110105194912310021", "wrong check character without a key"),
        Example("订单号 440301190808080000", "the same under the key of an order"),
        Example("mass 4.40301E+17", "a measurement"),
        Example("身份证号 11010519490230002X", "there is no 30 February"),
        Example("身份证号 17010519491231002X", "17 is not a province"),
        Example("身份证号 1101051949123100", "sixteen digits"),
        Example("证件号=11010519491231002X5", "part of a longer token"),
        Example("身份证号：110105********002X", "already masked"),
        Example("orderNo=201803071234567890", "an order number that starts with its date"),
        Example("uuid 44030119080808012555aabbccddeeff", "the start of a hexadecimal token"),
    ),
)
