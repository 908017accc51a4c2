"""Made-up tables as people make them, from a seed: every kind of value under any header, clean or dirty."""

import random

from leakwatch.core.column_table import CellTable, MemberTable
from leakwatch.detection.policy import PLACEHOLDERS
from support import made_up

HEADERS = [
    "",
    "name",
    "姓名",
    "real_name",
    "手机号",
    "mobile",
    "id_card",
    "身份证号",
    "email",
    "bank card",
    "银行卡号",
    "address",
    "地址",
    "订单号",
    "order_id",
    "remark",
    "备注",
    "password",
    "有效期",
    "expiry",
    "cvv",
    "birthday",
    "客户\n手机",
    "生日",
    "amount",
    "token",
    "13900001234",
    "tel 139",
    "a@example.com",
    "手机＝",
    "key\\n",
    "GPS",
    "vin",
    "车牌号",
    "ip",
    "客户地址",
    "user_id",
]

KINDS = (
    made_up.resident_id,
    made_up.mobile,
    made_up.card,
    made_up.name,
    lambda chance: f"user{chance.randrange(999)}@example.com",
    lambda chance: f"广东省深圳市南山区科技园路{chance.randrange(1, 200)}号{chance.randrange(1, 20)}栋",
    lambda chance: f"01/{chance.randrange(27, 40)}",
    lambda chance: f"20{chance.randrange(10, 27):02}0{chance.randrange(1, 10)}01",
    lambda chance: str(chance.randrange(10**6) / 100),
    lambda chance: str(chance.getrandbits(62)),
    lambda chance: chance.choice(["无", "OK", "", "2026-01-05 10:30:00", "4008001234", "95588", "139****1234", "张*"]),
    lambda chance: chance.choice([*sorted(PLACEHOLDERS), "00000000000", "13900000007", "13900001234@example.com"]),
    lambda chance: chance.choice(made_up.VALUES),
)

DIRT = (
    " {0}",
    "{0} ",
    "'{0}",
    '"{0}"',
    "{0},{1}",
    "{0}\n{1}",
    "\\n{0}",
    "%22{0}",
    "{0}.0",
    "{0}\0",
    "{0}\ud800",
    "{0}-{0}",
    "{0}元",
    "mobile={0}",
    "客户 {1} 电话 {0} 已联系",
    "{0}" + "x" * 300,
)

CHANGES = (
    lambda value: value.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    lambda value: value[:6] + "****" + value[-4:],
    lambda value: value[:-1] + "0",
    "\u200b".join,
    str.upper,
)


def table(chance: random.Random, rows: int, dirty: float) -> CellTable | MemberTable:
    """A table; a column is of one kind, but for the share of cells that are of any other, changed or dirty."""
    width = chance.randrange(1, 6)
    columns = tuple(_column(chance, rows, dirty) for _ in range(width))
    keys = tuple(chance.choice(HEADERS) or None for _ in range(width))
    numbers = tuple(range(5, 5 + rows))
    if chance.random() < 0.5:
        sheet = chance.choice((None, "表 13900001234"))
        return CellTable(sheet, 1, keys, numbers, columns, chance.choice((0, 0, 0, 1, 3)))
    starts = tuple(tuple(chance.randrange(1, 50) for _ in column) for column in columns)
    return MemberTable(tuple(f"$.m{number}" for number in range(width)), keys, numbers, columns, starts)


def _column(chance: random.Random, rows: int, dirty: float) -> tuple[str, ...]:
    kind = chance.choice(KINDS)
    return tuple(_dirty(chance) if chance.random() < dirty else kind(chance) for _ in range(rows))


def _dirty(chance: random.Random) -> str:
    value = chance.choice(KINDS)(chance)
    how = chance.random()
    if how < 0.4:
        return chance.choice(DIRT).format(value, chance.choice(KINDS)(chance))
    return chance.choice(CHANGES)(value) if how < 0.6 else value
