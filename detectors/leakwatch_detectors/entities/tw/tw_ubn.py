"""Taiwan unified business number: eight digits; one date in five passes its check, so only with a key or word."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import ORGANISATION
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT
from leakwatch_detectors.values.checksums import tw_ubn

DETECTOR = keyed_number(
    entity="TW_UBN",
    region=Region.TW,
    title=Title("台湾统一编号", "Taiwan unified business number"),
    category=ORGANISATION,
    pattern=LEFT + r"[0-9]{8}" + RIGHT,
    digits=8,
    validator=tw_ubn,
    keys=terms("ubn, ban, vat no, tax id, tax id no, 统一编, 統一編, 統編, 统编, 营利事业, 營利事業"),
    words=terms("統編, 統一編號, 统一编号"),
    default=False,
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.tw.Inv - 統一編號：⟦04595252⟧ 開立發票", "key in traditional script"),
        Example("ubn=⟦10458574⟧", "the seventh digit is 7"),
        Example("公司統編⟦10458570⟧已登記", "Han characters on both sides"),
        Example("ref 04595252", "no key or word names it"),
        Example("統編：04595253", "wrong check digit"),
        Example("ubn=1045857", "seven digits"),
        Example("orderNo=04595252", "the key names an order"),
    ),
)
