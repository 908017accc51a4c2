"""Exit-entry permit for Hong Kong and Macau: C and eight digits, or C, a letter and seven digits; no check digit."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import IDENTITY_DOCUMENT
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

DETECTOR = keyed_number(
    entity="CN_HKM_EXIT_PERMIT",
    region=Region.CN,
    title=Title("往来港澳通行证号", "Exit-entry permit for Hong Kong and Macau"),
    category=IDENTITY_DOCUMENT,
    pattern=LEFT + r"(?:[CWcw][0-9]{8}|[Cc][A-HJ-NP-Za-hj-np-z][0-9]{7})" + RIGHT,
    digits=7,
    canonical=str.upper,
    keys=terms(
        "eep, eep no, hk permit, hk permit no, hkm permit, hk mo permit, permit no, 往来港澳通行证, "
        "往來港澳通行證, 港澳通行证, 港澳通行證, 双程证, 雙程證, 通行证, 通行證"
    ),
    words=terms("港澳通行, 双程证, 雙程證, 通行证"),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.kyc.Doc - 往来港澳通行证：⟦C00000000⟧ 已登记", "key in Chinese"),
        Example("港澳通行证号码⟦CA0000001⟧有效", "second letter series, Han characters on both sides"),
        Example("EEP: ⟦CB0000000⟧", "abbreviated key"),
        Example('{"hkMoPermit":"⟦C00000001⟧"}', "both regions in the key"),
        Example("ref C00000000", "no key or word names it"),
        Example("港澳通行证：CI0000001", "the letter I is not used"),
        Example("港澳通行证：C0000000", "seven digits"),
        Example("港澳通行证：C0000****", "already masked"),
    ),
)
