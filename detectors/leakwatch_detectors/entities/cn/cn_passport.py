"""Passports of the People's Republic: one or two letters and digits, no check digit, so only with a key or word."""

from leakwatch_detectors.contract import Example, Region, Title, Traits
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.evidence.shared_keys import PASSPORT_KEYS, PASSPORT_WORDS
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="CN_PASSPORT",
    region=Region.CN,
    title=Title("中国护照号", "Passport number (People's Republic of China)"),
    category=IDENTITY_DOCUMENT,
    traits=Traits(identity=True),
    pattern=LEFT
    + r"(?:[Ee](?:[0-9]{8}|[A-HJ-NP-Za-hj-np-z][0-9]{7})|[Gg][0-9]{8}"
    + r"|[SDPsdp](?:[Ee]?[0-9]{7}|[0-9]{8})|1[45][0-9]{7})"
    + RIGHT,
    digits=7,
    canonical=str.upper,
    keys=PASSPORT_KEYS,
    words=PASSPORT_WORDS,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 护照号码：⟦E00000000⟧ 已上传", "electronic passport"),
        Example("passportNo=⟦EA0000001⟧&country=CHN", "second letter series"),
        Example('{"passport":"⟦G00000000⟧"}', "older booklet in JSON"),
        Example("護照號碼 ⟦SE0000000⟧", "service passport, traditional script"),
        Example("客户持护照⟦E00000001⟧入境", "Han characters on both sides"),
        Example("errorCode=E00000000", "an error code"),
        Example("E00000000 returned by gateway", "no key or word names it"),
        Example("护照：EI0000001", "the letter I is not used"),
        Example("passportNo=E0000000", "seven digits"),
        Example("护照：E0000****", "already masked"),
        Example("护照：E000000001", "nine digits"),
    ),
)
