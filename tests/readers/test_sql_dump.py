"""SQL dumps: values of rows under the names of their columns, at their places in the lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.read_results import read, text_of

from leakwatch.core.model import RecordChunk
from leakwatch.core.places import LinePlace

CREATE = """-- MySQL dump 10.13
CREATE TABLE `users` (
  `id` bigint NOT NULL AUTO_INCREMENT COMMENT '主键',
  `c1` varchar(20) DEFAULT NULL COMMENT '手机号(加密前)',
  `mobile` varchar(20) COMMENT '联系方式',
  `memo` text COLLATE utf8mb4_bin,
  PRIMARY KEY (`id`),
  KEY `c` (`c1`)
) ENGINE=InnoDB;
"""


def values(text, name="a.sql"):
    return {
        (field.place.line, field.place.start_column): (field.text, field.key)
        for item in read(text.encode(), name)
        if isinstance(item, RecordChunk)
        for record in item.records
        for field in record
        if field.key
    }


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "INSERT INTO t (id, phone) VALUES (1, '13900001234');",
            {(1, 35): ("1", "id"), (1, 39): ("13900001234", "phone")},
        ),
        ("insert into `d`.`t` (`phone`) values ('a'),('b''c');", {(1, 40): ("a", "phone"), (1, 46): ("b''c", "phone")}),
        (
            "INSERT INTO t (a, b)\nVALUES\n  (NULL, 'x'),\n  (now(), 'y, (z)');\nSELECT 1;",
            {(3, 11): ("x", "b"), (4, 4): ("now()", "a"), (4, 12): ("y, (z)", "b")},
        ),
        ("REPLACE INTO t (a) VALUES (N'it\\'s');", {(1, 30): ("it\\'s", "a")}),
        (
            "COPY public.t (id, phone) FROM stdin;\n1\t13900001234\n\\N\tx\n\\.\nSELECT 1;",
            {(2, 1): ("1", "id"), (2, 3): ("13900001234", "phone"), (3, 4): ("x", "phone")},
        ),
        ("INSERT INTO t (a) VALUES ('x') ON DUPLICATE KEY UPDATE a = 'y';", {(1, 28): ("x", "a")}),
        ("INSERT INTO t (a) VALUES (1, 2);", {(1, 27): ("1", "a")}),
    ],
)
def test_columns_of_the_statement_are_keys(statement, found):
    """Rows in one line or many; strings keep their escapes, which are undone later."""
    assert values(statement) == found


def test_columns_of_the_table_are_keys_where_the_statement_names_none():
    """A comment replaces a column name that does not describe the data."""
    found = values(CREATE + "INSERT INTO `users` VALUES (7,'13900001234','13900001235','甲');\n", "dump")
    assert list(found.values()) == [("7", "主键"), ("13900001234", "手机号"), ("13900001235", "mobile"), ("甲", "memo")]
    postgres = "CREATE TABLE public.t (\n    a text\n);\nCOMMENT ON COLUMN public.t.a IS '身份证号';\nINSERT INTO public.t VALUES ('x');\n"
    assert list(values(postgres).values()) == [("x", "身份证号")]


def test_what_is_no_row_is_text():
    """Nothing is lost: statements of unknown columns, rows over several lines, prose."""
    lines = [
        "SELECT '13900001234';",
        "INSERT INTO t VALUES (1, '13900001234');",
        "INSERT INTO t (a) VALUES ('begun",
        "13900001234');",
        "x",
        "",
    ]
    items = read("\n".join(lines).encode(), "a.sql")
    assert text_of(items) == "\n".join(lines)
    assert [item.first_line for item in items] == [1]


def test_text_and_records_keep_their_lines():
    """Lines count through both."""
    items = read(b"-- a\nINSERT INTO t (a) VALUES (1);\n-- b\n", "a.sql")
    texts = [(item.first_line, item.data) for item in items if not isinstance(item, RecordChunk)]
    assert texts == [(1, b"-- a\n"), (3, b"-- b\n")]
    assert items[0].first_line == 1
    (head,) = next(item for item in items if isinstance(item, RecordChunk)).records[0]
    assert (head.text, head.place) == ("INSERT INTO t (a) VALUES ", LinePlace(2))


PIECES = st.sampled_from(
    [
        "INSERT INTO t (a, b) VALUES ",
        "(1, 'x')",
        ",",
        ";",
        "\n",
        "(",
        ")",
        "'",
        "\\",
        "COPY t (a) FROM stdin;\n",
        "\\.\n",
        "1\t2\n",
        "CREATE TABLE t (\n",
        "  a int COMMENT 'c',\n",
        "139",
        "手机",
        " ",
        "NULL",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_every_character_of_a_value_is_somewhere(text):
    """Whatever the text, its digits are in a text or in a field, and places point at them."""
    items = read(text.encode(), "a.sql")
    lines = text.split("\n")
    told = text_of(items)
    for item in items:
        if isinstance(item, RecordChunk):
            for record in item.records:
                for field in record:
                    start = field.place.start_column - 1
                    assert lines[field.place.line - 1][start : start + len(field.text)] == field.text
                    told += field.text
    assert told.count("139") == text.count("139")
    assert told.count("手机") == text.count("手机")
