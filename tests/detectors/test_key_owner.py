"""The owner of a plain ``name``: the enclosing object, or the values beside it, identify it."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.core.model import Origin, TextChunk
from leakwatch.detection.analyze import Analyzer
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import by_id
from leakwatch_detectors.evidence.context import Evidence, judge, score
from leakwatch_detectors.evidence.key_owner import REACH

NAME = by_id("person-name")
PATTERN = regex.compile(NAME.pattern, regex.ASCII)
ANALYZER = Analyzer([NAME], Fingerprinter(bytes(32)))


def evidence(line: str) -> Evidence:
    start, end = line.index("⟦"), line.index("⟧") - 1
    return judge(NAME, line.replace("⟦", "").replace("⟧", ""), start, end).evidence


def found(line: str) -> list[str]:
    findings = ANALYZER.analyze(TextChunk(Origin("a.log"), line.encode())).findings
    return [line[one.place.start_column - 1 : one.place.end_column - 1] for one in findings]


@pytest.mark.parametrize(
    "line",
    [
        '{"borrower":{"name":"⟦李小明⟧"}}',
        '{"user": {"id": 7, "name": "⟦李小明⟧", "age": 3}}',
        '{"contacts":[{"relation":"父亲","name":"⟦李小明⟧"}]}',
        r"body={\"customer\":{\"name\":\"⟦李小明⟧\"}}",
        "SysUser(id=7, name=⟦李小明⟧)",
        "GuarantorDTO{level=1, name='⟦李小明⟧'}",
        "apply=LoanApplicantVO[name=⟦李小明⟧]",
        "name=⟦李小明⟧, mobile=13900001234",
        "idNo=440301190808080125, name=⟦李小明⟧",
        '{"name":"⟦李小明⟧","age":30,"idCard":"440301********0125"}',
        "name: ⟦李小明⟧ 手机号：13900001234",
    ],
)
def test_a_name_of_a_person(line):
    """A word for a person before the bracket, or a personal number in the same object, even a masked one."""
    assert evidence(line) is Evidence.KEY
    assert found(line.replace("⟦", "").replace("⟧", "")) == ["李小明"]


@pytest.mark.parametrize(
    "line",
    [
        "name=⟦金多多⟧",
        '{"product":{"id":7,"name":"⟦金多多⟧"}}',
        '{"product":{"id":7,"name":"⟦金多多⟧"},"mobile":"13900001234"}',
        '{"mobile":"13900001234","product":{"name":"⟦金多多⟧"}}',
        "File(name=⟦金多多⟧, path=/a)",
        "Department(name=⟦金多多⟧, level=2)",
        "name=⟦金多多⟧, mobile=null",
        "name=⟦金多多⟧, mobileType=3",
        "phone=13900001234\0name=⟦金多多⟧",
        "name=⟦金多多⟧\nphone=13900001234",
        f"name=⟦金多多⟧{' ' * REACH}mobile=13900001234",
        "threadName=⟦金多多⟧, mobile=13900001234",
    ],
)
def test_a_name_of_a_thing(line):
    """Things have names too; a number in another object, on another line or far away does not count."""
    assert evidence(line) is not Evidence.KEY


PIECES = ['{"user":{', '"name":"李小明"', "name=李小明", ", ", "}", "mobile=13900001234", "File(", ")", "\n", "id=1"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_lines_do_not_depend_on_each_other(text):
    """Many lines at once, with caching, give the same results as each line alone."""
    together = ANALYZER.analyze(TextChunk(Origin("a.log"), text.encode())).findings
    alone = []
    for number, line in enumerate(text.split("\n"), start=1):
        for match in PATTERN.finditer(line):
            confidence = score(NAME, judge(NAME, line, *match.span()).evidence, match[0])
            if confidence and not NAME.rejects(match[0]):
                alone.append((number, match.start() + 1, confidence))
    assert [(one.place.line, one.place.start_column, one.score) for one in together] == alone
