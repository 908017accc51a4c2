"""Organisation code (GB 11714): eight characters and a check character; only with a key or word. Off by default."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import ORGANISATION
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import org_code

DETECTOR = keyed_number(
    entity="CN_ORG_CODE",
    region=Region.CN,
    title=Title("组织机构代码", "Organisation code"),
    category=ORGANISATION,
    pattern=LEFT + r"[0-9A-Z]{8}-?[0-9X]" + RIGHT,
    validator=lambda value: org_code(value.replace("-", "")),
    canonical=lambda value: value.replace("-", ""),
    keys=terms("org code, organization code, org inst code, zzjgdm, 组织机构代码, 組織機構代碼, 机构代码"),
    words=terms("组织机构代码, 組織機構代碼"),
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.biz.Kyb - 组织机构代码：⟦D2143569-X⟧ 核验通过", "key in Chinese"),
        Example("orgCode=⟦MA0000007⟧", "without separators"),
        Example("組織機構代碼⟦123456788⟧已登記", "traditional script, Han characters on both sides"),
        Example("组织机构代码：D2143569-1", "wrong check character"),
        Example("orgCode=MA000000", "too short"),
        Example("ref D2143569-X", "no key or word names it"),
    ),
)
