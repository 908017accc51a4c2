"""Medical insurance number. Each city has its own format, so only the key identifies it."""

from leakwatch_detectors.contract import Example, Region, Scores, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="CN_MEDICAL_INSURANCE_NO",
    region=Region.CN,
    title=Title("医保号", "Medical insurance number"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"(?=[A-Z0-9]{0,19}[0-9]{4})[A-Z0-9]{6,20}" + RIGHT,
    digits=4,
    scores=Scores(bare=0.0, key=0.75, context=0.0),
    keys=terms(
        "medical insurance, medical insurance no, med ins no, medicare no, ybkh, 医保, 醫保, 医保卡, 醫保卡, "
        "醫療保險卡, 医疗保险, 醫療保險, 医保个人编, 医保账"
    ),
    examples=(
        Example("medicalInsuranceNo=⟦00001234567⟧&city=1", "query string"),
        Example("医保卡号：⟦B00000001⟧，门诊", "a letter and digits"),
        Example("患者医保号⟦00001234567⟧已登记", "Han characters on both sides"),
        Example("醫保卡號=⟦00008356579⟧", "traditional script"),
        Example("ref 00001234567", "no key or word names it"),
        Example("医保号：****", "already masked"),
        Example("医保支付12000元", "an amount"),
        Example("medicalInsuranceType=000012", "a different key"),
    ),
)
