"""Card verification codes: three or four digits under a key. The most severe finding: storing them is prohibited."""

from leakwatch_detectors.contract import Example, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.categories import CARD_AUTHENTICATION
from leakwatch_detectors.keyed_number import keyed_number
from leakwatch_detectors.values.secret_checks import AFTER_DELIMITER

DETECTOR = keyed_number(
    entity="CARD_CVV",
    region=Region.ANY,
    title=Title("卡片安全码（CVV）", "Card verification code"),
    category=CARD_AUTHENTICATION,
    traits=Traits(card=True),
    pattern=rf"(?:{AFTER_DELIMITER}|(?<=[码碼] ?)|(?<=[(,] ?)|(?<=(?<![A-Za-z])(?i:cv[vnc]2?) ?))"
    r"[0-9]{3,4}(?![0-9A-Za-z])(?!\.[0-9])",
    digits=3,
    scores=Scores(bare=0.0, key=0.9, context=0.0),
    keys=terms(
        "cvv, cvn, cvc, cvv no, cvv code, card cvv, card verification code, card security code, 安全码, "
        "安全碼, 卡片安全码, 背面后三位, 背面後三位, 末三位"
    ),
    examples=(
        Example("2026-03-01 10:00:00 DEBUG c.e.pay.Auth - cvv2=⟦123⟧ exp=****", "key with a number"),
        Example('{"cvn2":"⟦000⟧"}', "key in JSON"),
        Example("信用卡安全码⟦123⟧已提交", "Han characters on both sides"),
        Example("安全码：⟦1234⟧", "four digits"),
        Example("客户报CVV⟦416⟧", "the key directly before the digits"),
        Example("INSERT INTO t_bind (id, cvv) VALUES (1, ⟦576⟧), (2, '⟦577⟧')", "a column of a row"),
        Example("cvv=***", "already masked"),
        Example("cvvLength=3", "a different key"),
        Example("code 123", "no key or word names it"),
        Example("安全码：12", "two digits"),
        Example("cvv=1234567", "too long"),
        Example("安全码错误123次", "a sentence"),
    ),
)
