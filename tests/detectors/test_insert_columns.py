"""Columns of SQL statements as keys."""

import pytest

from leakwatch_detectors.catalog import by_id
from leakwatch_detectors.evidence.context import Evidence, judge
from leakwatch_detectors.evidence.insert_columns import column_of


def _column(line: str) -> str | None:
    start = line.index("⟦")
    text = line.replace("⟦", "")
    span = column_of(text, 0, start)
    return text[slice(*span)] if span else None


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("INSERT INTO t (id, name, mobile) VALUES (1, 'x', '⟦13900001234')", "mobile"),
        ("insert into `t` (`id`,`name`,`mobile`) values (1,'x','⟦13900001234')", "mobile"),
        ("INSERT INTO t (id, name, mobile) VALUES (1, 'a,b(c', '⟦13900001234')", "mobile"),
        ("INSERT INTO t (id, name, mobile) VALUES (1, 'it''s', '1'), (2, 'y\\', z', '⟦13900001234')", "mobile"),
        ('INSERT IGNORE INTO "t" ("id", "name") VALUES (1, \'⟦x\')', "name"),
        ("INSERT INTO t (id) VALUES (⟦13900001234)", "id"),
        ("INSERT INTO t (id) VALUES (1, '⟦13900001234')", None),
        ("INSERT INTO t VALUES (1, '⟦13900001234')", None),
        ("call(1, '⟦13900001234')", None),
        ("SELECT id, mobile FROM t WHERE id IN (1, ⟦13900001234)", None),
        ("VALUES (1, '⟦13900001234')", None),
        ("⟦13900001234", None),
    ],
)
def test_the_position_in_the_row_selects_the_column(line, column):
    """Commas and brackets in strings do not count; more values than columns, or no columns, give None."""
    assert _column(line) == column


def test_a_column_counts_as_a_key():
    """The column of a value has the effect of a key beside it, also as counter-evidence."""
    text = "INSERT INTO t (mobile, order_no, memo) VALUES ('13900001234', '13900001234', '13900001234')"
    at = text.index("13900001234")
    mobile = by_id("cn-mobile")
    verdicts = [judge(mobile, text, at + step, at + step + 11) for step in (0, 15, 30)]
    assert [verdict.evidence for verdict in verdicts] == [Evidence.KEY, Evidence.NEGATIVE, Evidence.NONE]
    assert [text[slice(*verdict.key)] for verdict in verdicts if verdict.key] == ["mobile", "order_no", "memo"]
