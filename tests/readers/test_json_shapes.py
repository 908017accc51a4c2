"""Records of JSON that are written alike are read as one by one."""

import json
from unittest import mock

from hypothesis import example, given
from hypothesis import strategies as st
from support.read_results import read

from leakwatch.core.column_table import MemberTable, Mixed
from leakwatch.core.model import RecordChunk
from leakwatch.readers.text import json_shapes
from leakwatch.readers.text.json_shapes import MIN_TABLE_RECORDS

TEXT = st.text(st.sampled_from('a张"\\\n\u3000/1😀'), max_size=5)
VALUE = st.one_of(TEXT, st.integers(), st.floats(), st.booleans(), st.none(), st.just("13900001234"))
SHAPE = st.recursive(
    st.just(None),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "手机", 'b"c', "d e", "13900001234"]), inner)
    ),
    max_leaves=6,
)


@st.composite
def records(draw):
    """Lines of a few shapes in any order, some of them broken."""
    shapes = draw(st.lists(SHAPE, min_size=1, max_size=3))
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
        made = _filled(draw, draw(st.sampled_from(shapes)))
        lines.append(json.dumps(made, ensure_ascii=draw(st.booleans()), separators=separators))
        lines.append(draw(st.sampled_from(["", "", "", " ", "{", '{"a":1', "\u3000", "x"])))
    return "\n".join(lines)


def _filled(draw, shape):
    if isinstance(shape, list):
        return [_filled(draw, one) for one in shape]
    if isinstance(shape, dict):
        return {name: _filled(draw, one) for name, one in shape.items()}
    return draw(VALUE)


def seen(raw, name):
    """All fields with their places and keys, and the text that is no record."""
    fields, texts = [], []
    for item in read(raw.encode(), name):
        if isinstance(item, RecordChunk):
            fields += [field for record in item.records for field in record]
        else:
            texts.append(item)
    return fields, texts


@given(raw=records(), run=st.sampled_from([1, 3, MIN_TABLE_RECORDS]))
@example(raw='{"a":null}\n{"a":"x"}\n{"a":-1.5e3}\n{"a":""}\n{"a":-Infinity}', run=1)
@example(raw='{"a":01}\n{"a":1}\n{"a":01}\n{"a":1,}', run=1)
def test_any_records_are_read_as_one_by_one(raw, run):
    """The same fields at the same places, in the same order, and the same text, whatever is alike."""
    with mock.patch.object(json_shapes, "_shape_of", return_value=None):
        singly = seen(raw, "a.jsonl")
    with mock.patch.object(json_shapes, "MIN_TABLE_RECORDS", run):
        assert seen(raw, "a.jsonl") == singly


def test_a_long_run_is_a_table():
    """Records alike come as one table: of lines, and of the elements of an array."""
    made = [{"n": number, "p": {"手机": "13900001234"}} for number in range(3 * MIN_TABLE_RECORDS)]
    for raw, name in (
        ("\n".join(json.dumps(one, ensure_ascii=False) for one in made), "a.jsonl"),
        (json.dumps(made, ensure_ascii=False), "a.json"),
    ):
        (table,) = (item.records for item in read(raw.encode(), name))
        assert isinstance(table, MemberTable)
        assert (len(table), table.keys) == (3 * MIN_TABLE_RECORDS, ("n", "手机"))
        assert table[-1] == tuple(table)[-1] == table[-1:][0]
        assert table[-1][1].text == "13900001234"


def test_records_of_several_kinds_are_tables_in_one_chunk():
    """Kinds that alternate come together, in their order; those of which there are few as records."""
    lines = [f'{{"a":{number}}}' if number % 2 else f'{{"b":"{number}"}}' for number in range(4 * MIN_TABLE_RECORDS)]
    lines[7] = '{"rare":[7]}'
    (item,) = read("\n".join(lines).encode(), "a.jsonl")
    mixed = item.records
    assert isinstance(mixed, Mixed)
    assert ([len(table) for table, _ in mixed.parts], list(mixed.others)) == (
        [2 * MIN_TABLE_RECORDS, 2 * MIN_TABLE_RECORDS - 1],
        [7],
    )
    assert [record[0].text for record in mixed] == [str(number) for number in range(4 * MIN_TABLE_RECORDS)]
    assert mixed[7] == mixed[7:8][0] == mixed.others[7]
    assert len(mixed) == 4 * MIN_TABLE_RECORDS
