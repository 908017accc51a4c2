"""Marital status, ethnicity, religion, politics, education, income, credit, health: under a key. Off by default."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.advice import ATTRIBUTE
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.boundaries import HAN
from leakwatch_detectors.values.secret_checks import AFTER_DELIMITER

_KEYS = terms(
    "marital status, marriage, ethnicity, nation, religion, political status, education, degree, "
    "monthly income, annual income, income, salary, credit score, medical history, blood type, 婚姻状况, "
    "婚姻, 民族, 宗教, 宗教信仰, 政治面貌, 学历, 學歷, 月收入, 年收入, 年薪, 工资, 征信评分, 信用评分, "
    "病历, 病史, 血型, 疾病"
)


DETECTOR = Detector(
    entity="PERSONAL_ATTRIBUTE",
    region=Region.ANY,
    title=Title("个人属性", "Personal attribute"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades={"gbt45574": "belief-health-identity", "pipl28": "belief-health-identity"},
    traits=Traits(subject=False, linkable=False),
    pattern=(
        rf"{AFTER_DELIMITER}(?:[{HAN}]{{1,12}}(?![{HAN}])|[0-9]{{3,9}}(?:\.[0-9]{{1,2}})?(?:元|万元|分)?(?![0-9A-Za-z{HAN}]))"
    ),
    prefilter=Prefilter(literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.7, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=ATTRIBUTE,
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Form - 婚姻状况：⟦已婚⟧，学历：⟦本科⟧", "two keys in a line"),
        Example("月收入：⟦12000元⟧", "an amount"),
        Example('{"nation":"⟦汉族⟧"}', "key in JSON"),
        Example("客户已婚", "no key or word names it"),
        Example("婚姻状况：**", "already masked"),
        Example("incomeType=12000", "a different key"),
        Example("学历：null", "an empty value"),
    ),
)
