"""A plain ``name`` in a record that also holds a number of a person is a person's, in every format of records."""

import io
import json

import pytest
from support.read_results import read

from leakwatch.core.model import RecordChunk
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors

PEOPLE = [("张伟明", "13900001234"), ("李小红", "16200001235")]
ANALYZER = Analyzer(select(detectors(), {"cn"}, ()), Fingerprinter(bytes(range(32)), "state"))


def table(name, number):
    rows = io.StringIO()
    print("id", name, number, sep=",", file=rows)
    for at, person in enumerate(PEOPLE, 1):
        print(at, *person, sep=",", file=rows)
    return rows.getvalue(), "export.csv"


def json_lines(name, number):
    return "\n".join(json.dumps({name: who, number: what}, ensure_ascii=False) for who, what in PEOPLE), "export.jsonl"


def many_json_lines(name, number):
    """So many alike that they are handed on as a table, and some that are not alike."""
    text, file = json_lines(name, number)
    other = json.dumps({"remark": "-", name: PEOPLE[0][0], number: PEOPLE[0][1]}, ensure_ascii=False)
    return "\n".join([*[text] * 100, other]), file


def dump(name, number):
    rows = ", ".join(f"({at}, '{who}', '{what}')" for at, (who, what) in enumerate(PEOPLE))
    return f"INSERT INTO t (id, {name}, {number}) VALUES {rows};\n", "export.sql"


FORMATS = (table, json_lines, many_json_lines, dump)


def names_in(text, file):
    """The findings of names, and the chunks they were found in."""
    chunks = [item for item in read(text.encode(), file) if isinstance(item, RecordChunk)]
    found = [one for chunk in chunks for one in ANALYZER.analyze(chunk).findings if one.entity == "PERSON_NAME"]
    return found, sum(len(chunk.records) for chunk in chunks)


@pytest.mark.parametrize("number", ["mobile", "userPhone", "id_card_no", "手机号"])
@pytest.mark.parametrize("of_format", FORMATS)
def test_a_name_beside_a_number_of_a_person_is_found(of_format, number):
    """All of them, under a key that says whose they are; the place still has the header (a record of no person) as it is."""
    found, records = names_in(*of_format("name", number))
    assert len(found) == records - (of_format in (table, dump))
    assert {one.key for one in found} == {"person.name"}
    assert {one.place.record().get("column_name", "name") for one in found} == {"name"}


@pytest.mark.parametrize("number", ["price", "port", "created_at"])
@pytest.mark.parametrize("of_format", FORMATS)
def test_a_name_beside_anything_else_is_nobodys(of_format, number):
    """Products, threads and files have names, too."""
    found, records = names_in(*of_format("name", number))
    assert records
    assert not found
