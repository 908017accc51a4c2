"""JSON gives every string and number with its path, key and place in the raw text; what is not JSON is text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.read_results import fields_of, read, skips_of, text_of

from leakwatch.core.model import TextChunk
from leakwatch.readers.text import json_split
from leakwatch.readers.text.json_parts import NotJsonError, fields

USER = '{"user": {"姓名": "测试甲", "mobile": "13900001234"}, "list": ["a", 12], "ok": true, "none": null, "e": ""}'
USER_FIELDS = [
    ('$.user["姓名"]', "姓名", "测试甲"),
    ("$.user.mobile", "mobile", "13900001234"),
    ("$.list[0]", "list", "a"),
    ("$.list[1]", "list", "12"),
]


def test_one_record_a_line():
    """The number of a record in JSON lines is that of its line, blank lines included."""
    items = read(f"{USER}\n\n{USER}".encode(), "users.jsonl")
    assert fields_of(items) == [(line, *field) for line in (1, 3) for field in USER_FIELDS]


def test_one_record_an_element():
    """The elements of an array document count from 1, and their paths begin in the element."""
    for document in (f"[{USER},{USER}]", f" [\n  {USER},\n  {USER}\n]\n"):
        items = read(document.encode(), "users.json")
        assert fields_of(items) == [(number, *field) for number in (1, 2) for field in USER_FIELDS]
        assert text_of(items) == ""


def test_any_other_document_is_one_record():
    """Its places count in the whole document."""
    document = json.dumps({"a": 1, "b": {"c": ["x", {"d": "y"}]}}, indent=2)
    items = read(document.encode("gb18030"), "config.json")
    assert fields_of(items) == [(1, "$.a", "a", "1"), (1, "$.b.c[0]", "c", "x"), (1, "$.b.c[1].d", "d", "y")]


def test_documents_in_a_row_are_records_in_a_row():
    """Pretty-printed documents one after the other are no array and no lines."""
    document = json.dumps({"a": 1}, indent=2)
    assert fields_of(read(f"{document}\n{document}\n".encode(), "log.json")) == [
        (1, "$.a", "a", "1"),
        (2, "$.a", "a", "1"),
    ]


def test_lines_of_arrays_and_a_lone_scalar():
    """A line may be an array; a document may be one value."""
    assert fields_of(read(b'["a"]\n["b"]\n', "x.json")) == [(1, "$[0]", None, "a"), (2, "$[0]", None, "b")]
    assert fields_of(read(b"13900001234", "x.json")) == [(1, "$", None, "13900001234")]
    assert fields_of(read(b"[1, 2]", "x.json")) == [(1, "$", None, "1"), (2, "$", None, "2")]
    assert read(b" [ ] ", "x.json") == read(b"", "x.json") == read(b"\n", "x.jsonl") == []


def test_escapes_stay_in_the_text_and_are_undone_in_the_key():
    """The value is placed on its original characters; a name has no place and is given as it reads."""
    (record,) = [tuple(fields(r'{"\u624b\u673a": "\u0022139\n"}', 1))]
    assert [(field.key, field.text, field.place.start) for field in record] == [("手机", r"\u0022139\n", 19)]


def test_a_member_called_name_is_qualified_by_its_object():
    """``name`` alone is ambiguous; other members keep their own key at any depth."""
    text = b'{"name":"a","borrower":{"name":"b","age":1},"contacts":[{"name":"c","to":{"name":"d"}}]}'
    assert [(path, key) for _, path, key, _ in fields_of(read(text, "x.json"))] == [
        ("$.name", "name"),
        ("$.borrower.name", "borrower.name"),
        ("$.borrower.age", "age"),
        ("$.contacts[0].name", "contacts.name"),
        ("$.contacts[0].to.name", "to.name"),
    ]


def test_a_member_name_that_is_data_is_a_field_of_its_own():
    """{"13900001234": …} leaks in the name."""
    assert fields_of(read(b'{"13900001234": {"n": 1}}', "x.json")) == [
        (1, '$["13900001234"]', None, "13900001234"),
        (1, '$["13900001234"].n', "n", "1"),
    ]


def test_an_invalid_line_is_text_and_the_others_are_records():
    """A torn line is read at its own number."""
    items = read(f'{USER}\n{{"torn": "13900001234\n{USER}\n'.encode(), "users.jsonl")
    assert [(item.data, item.first_line) for item in items if isinstance(item, TextChunk)] == [
        (b'{"torn": "13900001234', 2)
    ]
    assert {record for record, *_ in fields_of(items)} == {1, 3}


def test_an_invalid_element_is_text_at_its_line_and_column():
    """The neighbours are records still."""
    items = read(b'[{"a": 1},\n  {"b": 139x},\n {"c": 3}]', "x.json")
    assert [(item.data, item.first_line, item.first_column) for item in items if isinstance(item, TextChunk)] == [
        (b'{"b": 139x}', 2, 3)
    ]
    assert fields_of(items) == [(1, "$.a", "a", "1"), (3, "$.c", "c", "3")]


@pytest.mark.parametrize("document", ['[{"a": 1}, {"b": "13900001234', '{"a": [1, "13900001234"', "13900001234}"])
def test_a_truncated_document_is_text_from_there(document):
    """Nothing of a truncated export is lost."""
    items = read(document.encode(), "x.json")
    assert "13900001234" in text_of(items)
    assert skips_of(items) == []


def test_a_value_without_end_is_text(monkeypatch):
    """A document larger than what is held goes on as text, with true places."""
    monkeypatch.setattr(json_split, "MAX_VALUE_CHARACTERS", 1_000_000)
    rows = ",\n".join('{"n": "x", "m": "13900001234"}' for _ in range(200_000))
    document = f'{{"RECORDS": [\n{rows}]}}'
    items = read(document.encode(), "x.json")
    assert text_of(items) == document
    assert [item.first_line for item in items][:2] == [1, items[0].data.count(b"\n") + 1]


def test_a_large_element_comes_in_parts():
    """Memory does not grow with a record; its number and its places stay."""
    element = json.dumps({"rows": [{"m": f"139{n:08}"} for n in range(100_000)]})
    items = read(f"[{element}, 1]".encode(), "x.json")
    assert len(items) > 3
    assert max(sum(map(len, item.records)) for item in items) <= 40_000
    places = [field.place for item in items for record in item.records for field in record if field.key == "m"]
    assert len(places) == 100_000
    assert {place.record_number for place in places} == {1}
    assert element[places[-1].start - 1 :].startswith("13900099999")


def test_a_long_line_is_text_and_the_lines_after_it_are_records():
    """A line beyond the line limit is read in pieces."""
    items = read(f'{{"a": "{"x" * 2_500_000} 13900001234"}}\n{USER}\n'.encode(), "x.jsonl")
    assert "13900001234" in text_of(items)
    assert {record for record, *_ in fields_of(items)} == {2}


def test_very_deep_nesting_is_text():
    """No recursion, no crash."""
    document = "[" * 100_000 + '"13900001234"' + "]" * 100_000
    assert text_of(read(f'{{"a": {document}}}'.encode(), "x.json")).count("13900001234") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "[1,]",
        '{"a"}',
        '{"a":1,}',
        '{"a" 1}',
        "[1 2]",
        "{1:2}",
        '"a',
        "01",
        "1.",
        "'a'",
        "[1]]",
        '"\t"',
        '"\\x"',
    ],
)
def test_invalid_json_is_rejected(text):
    """The grammar is the standard's, plus NaN and Infinity, which many writers emit."""
    with pytest.raises(NotJsonError):
        list(fields(text, 1))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def leaves(value):
    """Every string and number, as JSON text, in order."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    if value is None or isinstance(value, bool) or value != value or value in {float("inf"), float("-inf"), ""}:
        return []
    return [value]


@given(value=VALUES, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_every_leaf_is_found_at_its_place(value, ascii_only, indent):
    """The raw text at a field's place reads as the value, for any document and any way of writing it."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    found = [
        field
        for field in fields(text, 1)
        if not (field.key is None and field.place.json_path.endswith(f'"{field.text}"]'))
    ]
    for field in found:
        assert text[field.place.start - 1 : field.place.end - 1] == field.text
    quoted = [
        json.loads(f'"{field.text}"' if text[field.place.start - 2 : field.place.start - 1] == '"' else field.text)
        for field in found
    ]
    assert [leaf for leaf in quoted if leaf in leaves(value)] == leaves(value)


@given(values=st.lists(VALUES.filter(lambda value: isinstance(value, dict)), max_size=5), cut=st.integers(1, 40))
def test_splitting_does_not_depend_on_the_blocks(values, cut):
    """The elements of an array are found in blocks of any size, at their own lines and columns."""
    text = json.dumps(values, indent=1)[1:]
    splitter = json_split.JsonSplitter(in_array=True, column=2)
    found = [value for at in range(0, len(text), cut) for value in splitter.add(text[at : at + cut])]
    found.extend(splitter.end())
    assert [json.loads(value.text) for value in found] == json.loads(json.dumps(values))
    lines = f"[{text}".split("\n")
    for value in found:
        assert lines[value.line - 1][value.column - 1 :] == value.text.split("\n")[0] or value.text.count("\n") == 0


@given(raw=st.text(st.sampled_from('{}[]",\\ \n019a'), max_size=60), name=st.sampled_from(["x.json", "x.jsonl"]))
def test_no_digit_of_broken_json_is_lost(raw, name):
    """Whatever the brackets do, every digit is in a field or in text (no colon, so there are no names)."""
    items = read(raw.encode(), name)
    seen = text_of(items) + "".join(text for *_, text in fields_of(items))
    assert sorted(c for c in seen if c.isdigit()) == sorted(c for c in raw if c.isdigit())
