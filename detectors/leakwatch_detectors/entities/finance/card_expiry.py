"""Card expiry dates: month and year under a key. Reported only in a record that also has card data."""

from leakwatch_detectors.contract import Example, Region, Title, Traits, terms
from leakwatch_detectors.data.categories import CARD_AUTHENTICATION
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.secret_checks import AFTER_DELIMITER

DETECTOR = keyed_number(
    entity="CARD_EXPIRY",
    region=Region.ANY,
    title=Title("卡片有效期", "Card expiry date"),
    category=CARD_AUTHENTICATION,
    traits=Traits(subject=False, linkable=False, needs_card=True),
    pattern=rf"(?:{AFTER_DELIMITER}|(?<=[期日限] ?)|(?<=[(,] ?))(?:(?:0[1-9]|1[0-2])[/\-]?(?:20)?[0-9]{{2}}"
    r"|[0-9]{2}(?:0[1-9]|1[0-2]))(?![0-9A-Za-z/\-年:])(?!\.[0-9])",
    digits=4,
    scores=KEY_ONLY,
    keys=terms(
        "expiry, expiry date, exp date, expire date, expiration, expiration date, valid thru, valid date, "
        "card expiry, card exp, exp month year, 有效期, 有效期限, 卡有效期, 卡片有效期, 到期日, 卡效期, 效期"
    ),
    examples=(
        Example("2026-03-01 10:00:00 DEBUG c.e.pay.Auth - expiryDate=⟦12/30⟧ bind", "month and year"),
        Example('{"validThru":"⟦1230⟧"}', "without separators"),
        Example("信用卡有效期⟦0930⟧已提交", "Han characters on both sides"),
        Example("有效期：⟦08/2029⟧", "four-digit year"),
        Example("有效期限：⟦03/30⟧", "the longer key"),
        Example("INSERT INTO t_card (card_no, expiry_date) VALUES ('x', '⟦0236⟧')", "a column of a row"),
        Example("expire=3600", "a number of seconds"),
        Example("tokenTtl=1230", "a different key"),
        Example("有效期：2026-12-31", "a full date"),
        Example("expiryDate=13/30", "month 13"),
        Example("有效期：**/**", "already masked"),
    ),
)
