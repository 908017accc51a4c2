"""HTML and XML: texts under their keys on their lines and columns; nothing is lost to a tag."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.read_results import read

from leakwatch.core.model import RecordChunk
from leakwatch.core.places import LinePlace


def records(text, name="a.html"):
    return [record for item in read(text.encode(), name) if isinstance(item, RecordChunk) for record in item.records]


def keys(text, name="a.html"):
    return {field.text: field.key for record in records(text, name) for field in record}


def test_a_table_has_keys_above():
    """With or without header cells."""
    for head in ("<tr><th>姓名<th>手机号</tr>", "<tr><td>姓名</td><td>手机号</td></tr>"):
        found = keys(f"<table>{head}<tr><td>甲某</td><td>13900001234</td></tr><tr><td>乙某<td>13900001235</table>")
        assert (found["甲某"], found["13900001234"], found["13900001235"]) == ("姓名", "手机号", "手机号")
        assert found["手机号"] is None


def test_a_form_is_one_record_until_a_field_name_repeats():
    """The rows of a form are one record; a second person's form is another."""
    row = "<tr><th>{}</th><td>{}</td></tr>".format
    table = f"<table>{row('姓名', '甲某')}{row('有效期', '0930')}{row('姓名', '乙某')}{row('卡号', '1')}</table>"
    told = [[field.text for field in record] for record in records(table)]
    assert told == [["姓名", "甲某", "有效期", "0930"], ["姓名", "乙某", "卡号", "1"]]


def test_a_form_has_keys_beside():
    """In a cell that is marked, in the usual places of a form, or in a label."""
    assert (
        keys("<table><tr><th>姓名</th><td>甲某</td></tr><tr><th>手机</th><td><b>13900001234</b></td></tr></table>")[
            "13900001234"
        ]
        == "手机"
    )
    assert (
        keys("<table><tr><td>姓名：</td><td>甲某</td></tr><tr><td>手机：</td><td>13900001234</td></tr></table>")[
            "13900001234"
        ]
        == "手机"
    )
    assert keys("<dl><dt>手机</dt><dd>13900001234</dd></dl>")["13900001234"] == "手机"
    assert keys("<p><span>手机：</span><span>13900001234</span><span>x</span></p>") == {
        "手机：": None,
        "13900001234": "手机",
        "x": None,
    }


def test_elements_of_xml_are_keys_and_a_parent_is_a_record():
    """Attributes may name a field."""
    text = '<?xml version="1.0"?>\n<users><user><name>甲</name><c:mobile>13900001234</c:mobile></user><user><field name="手机">1</field><a><![CDATA[<2>]]></a></user></users>'
    assert keys(text, "a")["13900001234"] == "mobile"
    assert keys(text, "a")["1"] == "手机"
    assert keys(text, "a")["<2>"] == "a"
    assert [field.text for field in records(text, "a.xml")[0]][-2:] == ["甲", "13900001234"]
    assert len(records(text, "a.xml")) == 2


def test_places_are_those_of_the_file():
    """Lines and columns count in the source, tags included."""
    (record,) = records("<p>\n  甲 <b>\n13900001234</b></p>")
    assert [field.place for field in record] == [LinePlace(2, 3, 3), LinePlace(3, 1, 1)]
    (record,) = records("<p><![CDATA[139]]></p>")
    assert record[0].place == LinePlace(1, 13, 13)


@pytest.mark.parametrize(
    "text",
    [
        '<input name="phone" value="13900001234">',
        "<!-- 13900001234 -->",
        '<script>var p = "<b>13900001234</b>"</script>',
        '<table><tr><td data-phone="13900001234">x</td></tr></table>',
        "a < 13900001234",
        "<p 13900001234",
        "</x>13900001234",
        '<meta a="\n13900001234">',
        "<!-- 13900001234",
        "<script>13900001234",
    ],
)
def test_markup_itself_is_read_as_raw_text(text):
    """Attributes, comments, scripts and broken markup can leak, too."""
    assert any("13900001234" in field.text for record in records(text) for field in record)


def test_a_page_is_recognised_by_its_content():
    """Many web applications export pages named .xls."""
    assert keys("<html><table><tr><th>手机</th></tr><tr><td>1</td></tr></table>", "users.xls")["1"] == "手机"
    assert keys("\n<!DOCTYPE html>\n<p>x</p>", "users")["x"] is None


PIECES = st.sampled_from(
    [
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "<th>",
        "</td>",
        "<p a='",
        "'>",
        "<p>",
        "</p>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<",
        ">",
        '"',
        "\n",
        " ",
        "139",
        "手机",
        "：",
        "<![CDATA[",
        "]]>",
        "<br>",
        "<?xml",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["a.html", "a.xml"]))
def test_nothing_is_lost_and_every_place_is_right(text, name):
    """Each value is in one field, whose place is where it is written."""
    lines, told = text.split("\n"), 0
    for record in records(text, name):
        for field in record:
            start = field.place.start_column - 1
            assert lines[field.place.line - 1][start : start + len(field.text)] == field.text
            told += field.text.count("139")
    assert told == text.count("139")


def test_tokens_over_blocks_and_endless_ones():
    """A block boundary cuts no text; a tag without an end is text."""
    text = "<p>" + "x" * (1024 * 1024 - 8) + " 13900001234</p>" + "<a " + "y" * 3_000_000 + " 13900001235"
    found = [field.text for record in records(text) for field in record]
    assert any("13900001234" in one for one in found)
    assert any("13900001235" in one for one in found)
    rows = "<table><tr><th>手机</th></tr>" + "<tr><td>13900001234</td></tr>" * 60_000 + "</table>"
    assert sum(field.key == "手机" for record in records(rows) for field in record) == 60_000


@pytest.mark.parametrize(
    "page",
    [
        "<p>" + "<!--" * 80_000,
        "<p>" + "<!--" * 80_000 + "-->",
        "<p>" + "<![CDATA[" * 50_000,
        "<p>" + "<!a" * 80_000,
        "<" + "a" * 3_000_000,
    ],
    ids=["comments", "one end", "cdata", "declarations", "name"],
)
def test_unterminated_constructs_take_linear_time(page):
    """However often they begin: each of these once took minutes per megabyte."""
    assert sum(field.text.count("139") for record in records(page + " 139\n") for field in record) == 1


@pytest.mark.parametrize(
    "page",
    [
        "<table><td>" + "139\n" * 50_000,
        "<table>" + "<td>139" * 50_000,
        "<table><td>" * 50_000 + "139\n" * 50_000,
        "<p>" + "139\n" * 50_000,
        "<p>" + ("139" + "x" * 40_000 + "\n") * 50,
        "<script>" + "139\n" * 50_000,
        "<!--" + "139\n" * 50_000 + "-->",
        "<a>" * 50_000 + "139\n" * 50_000,
    ],
)
def test_no_record_grows_without_bounds(page):
    """Not in a cell, a row, a table or an element that never ends; nothing of it is lost."""
    told = records(page)
    assert sum(field.text.count("139") for record in told for field in record) == page.count("139")
    assert max(len(record) for record in told) <= 10_000
    assert max(sum(len(field.text) for field in record) for record in told) < 1_000_000


def test_a_hole_in_a_page_is_ignored():
    """An unwritten page of a file, or a bomb."""
    assert records("<p>139</p>" + "\0" * 5_000_000) == [records("<p>139</p>")[0]]
