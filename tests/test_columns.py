"""Tables column by column find exactly what their cells one by one do."""

import random
from datetime import date

import madeup
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.analyze import Analyzer
from leakwatch.model import Origin, RecordChunk
from leakwatch.policy import PLACEHOLDERS, select
from leakwatch.redaction import Fingerprinter
from leakwatch.suppressions import Suppression
from leakwatch.tables import CellTable, MemberTable
from leakwatch_detectors.catalog import detectors

PRINTS = Fingerprinter(bytes(range(32)), "state")
ACTIVE = select(detectors(), {"cn", "hk", "mo", "tw"}, ())
ANALYZER = Analyzer(ACTIVE, PRINTS, today=lambda: date(2026, 3, 1))
SUPPRESSING = Analyzer(
    ACTIVE,
    PRINTS,
    suppressions=(
        Suppression("key", key="手机号"),
        Suppression("value", fingerprints=frozenset({PRINTS.value("CN_MOBILE", "13900000007")})),
    ),
)

HEADERS = [
    *(
        None,
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
    ),
    *(
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
    ),
    *(
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
    ),
]


def value(chance):
    """A value of any kind, as it is or changed."""
    kind = chance.randrange(14)
    made = (
        madeup.resident_id(chance),
        madeup.mobile(chance),
        madeup.card(chance),
        madeup.name(chance),
        f"user{chance.randrange(999)}@example.com",
        f"广东省深圳市南山区科技园路{chance.randrange(1, 200)}号{chance.randrange(1, 20)}栋",
        f"01/{chance.randrange(27, 40)}",
        f"20{chance.randrange(10, 27):02}0{chance.randrange(1, 10)}01",
        str(chance.randrange(10**6) / 100),
        "2026-01-05 10:30:00",
        str(chance.getrandbits(62)),
        chance.choice(["无", "OK", "", "", "4008001234", "95588", "深圳", "app", "139****1234", "张*", "<redacted>"]),
        chance.choice([*sorted(PLACEHOLDERS), "00000000000", "13900000007"]),
        chance.choice(madeup.VALUES),
    )[kind]
    how = chance.randrange(40)
    return {
        0: f" {made}",
        1: f"{made} ",
        2: f"'{made}",
        3: f'"{made}"',
        4: made.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
        5: f"{made},{madeup.mobile(chance)}",
        6: f"{made}\n{madeup.mobile(chance)}",
        7: f"\\n{made}",
        8: f"%22{made}",
        9: f"{made}.0",
        10: f"{made[:6]}****{made[-4:]}",
        11: made[:-1] + "0",
        12: f"客户 {madeup.name(chance)} 电话 {made} 已联系",
        13: made + "\0",
        14: "\u200b".join(made),
        15: made + "x" * 300,
        16: made + "\ud800",
        17: f"{made}-{made}",
        18: f"{made}元",
        19: "13900001234@example.com",
        20: f"mobile={made}",
    }.get(how, made)


def table(chance, rows, uniform):
    """A table whose columns are of one kind each, or of any."""
    width = chance.randrange(1, 6)
    keys = tuple(chance.choice(HEADERS) for _ in range(width))
    seeds = [chance.randrange(10**6) for _ in range(width)]
    columns = []
    for seed in seeds:
        made = [value(chance) for _ in range(rows)]
        if uniform:
            like = random.Random(seed).randrange(14)
            same = random.Random()
            same.randrange = chance.randrange
            made = [one if chance.random() < 0.2 else _of_kind(chance, like) for one in made]
        columns.append(tuple(made))
    unnamed = chance.choice((0, 0, 0, 1, 3))
    keys = tuple(key or None for key in keys)
    if chance.random() < 0.5:
        return CellTable(
            chance.choice((None, "表 13900001234")), 1, keys, tuple(range(5, 5 + rows)), tuple(columns), unnamed
        )
    starts = tuple(tuple(chance.randrange(1, 50) for _ in column) for column in columns)
    paths = tuple(f"$.m{number}" for number in range(width))
    return MemberTable(paths, keys, tuple(range(5, 5 + rows)), tuple(columns), starts)


def _of_kind(chance, kind):
    while True:
        made = random.Random(chance.randrange(10**9))
        if made.randrange(14) == kind:
            return value(_Begun(made, kind))


class _Begun(random.Random):
    """Chance that has drawn the kind already."""

    def __new__(cls, *_):
        return super().__new__(cls)

    def __init__(self, chance, kind):
        super().__init__(chance.randrange(10**9))
        self._kind = kind

    def randrange(self, *bounds):
        if self._kind is not None:
            kind, self._kind = self._kind, None
            return kind
        return super().randrange(*bounds)


def singly(table):
    """The same records, each cell by itself."""
    return RecordChunk(Origin("/data/客户 13900001234.csv"), tuple(table))


def same(analyzer, table):
    """Compare both ways; what was found."""
    by_column = analyzer.analyze(RecordChunk(Origin("/data/客户 13900001234.csv"), table))
    one_by_one = analyzer.analyze(singly(table))
    assert list(by_column.findings) == list(one_by_one.findings)
    assert len(by_column.findings) == len(one_by_one.findings)
    for name in ("suppressed", "masked_seen", "placeholders", "timed_out", "by_rule"):
        assert getattr(by_column, name) == getattr(one_by_one, name), name
    return by_column


@pytest.mark.parametrize("analyzer", [ANALYZER, SUPPRESSING])
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 60), uniform=st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_table_is_found_as_its_cells_are(analyzer, seed, rows, uniform):
    """Entity, place, key, score, severity, mask, fingerprint, order and all counts are the same, however dirty the cells."""
    same(analyzer, table(random.Random(seed), rows, uniform))
