"""Taxpayer number under a key: a credit code, an identity number, or the older 15 digits (region, organisation)."""

from __future__ import annotations

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import ORGANISATION
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import mod_11_2, org_code, uscc


def _valid(value: str) -> bool:
    return org_code(value[6:]) if len(value) == 15 else uscc(value) or mod_11_2(value)


DETECTOR = keyed_number(
    entity="CN_TAX_ID",
    region=Region.CN,
    title=Title("纳税人识别号", "Taxpayer identification number"),
    category=ORGANISATION,
    pattern=LEFT + r"(?:[0-9A-Z]{18}|[0-9]{6}[0-9A-Z]{9})" + RIGHT,
    validator=_valid,
    keys=terms("tax no, tax id, tin, taxpayer no, taxpayer id, nsrsbh, 纳税人识别, 納稅人識別, 纳税识别, 税, 稅"),
    words=terms("纳税人识别号, 納稅人識別號, 税号"),
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.inv.Issue - 纳税人识别号：⟦91110000MA00000077⟧ 开票", "a credit code"),
        Example("taxNo=⟦110105D2143569X⟧", "the older form"),
        Example("购方税号⟦440301190808080125⟧已开票", "an identity number, Han characters on both sides"),
        Example("ref 91110000MA00000077", "no key or word names it"),
        Example("税号：91110000MA00000078", "wrong check character"),
        Example("taxNo=110105D21435691", "wrong check character of the older form"),
        Example("taxAmount=110105123456788", "a different key"),
    ),
)
