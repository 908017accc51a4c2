"""Text that is full of values is found by the quick way as it is by the usual one."""

import itertools
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import made_up

from leakwatch.core.model import Origin, TextChunk
from leakwatch.detection.analyze import Analyzer, segments
from leakwatch.detection.policy import select
from leakwatch.detection.prefilter.line_windows import LONG_LINE
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors

PRINTS = Fingerprinter(bytes(range(32)), "state")
ACTIVE = select(detectors(), {"cn", "hk", "mo", "tw"}, ())
USUAL, CROWDED = (Analyzer(ACTIVE, PRINTS, today=lambda: date(2026, 3, 1)) for _ in range(2))


@pytest.fixture(autouse=True, scope="module")
def few_lines_are_enough():
    """For the quick way to have its turn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "_CROWDED_LINES", 0)
        yield


def both(data, first_line=1, first_column=1):
    """The findings of both paths; the dense path is forced."""
    chunk = TextChunk(Origin("/var/log/app.log"), data, first_line, first_column)
    USUAL._gate.crowded, CROWDED._gate.crowded = 0, 1
    usual, crowded = USUAL.analyze(chunk), CROWDED.analyze(chunk)
    assert list(crowded.findings) == list(usual.findings)
    for name in ("suppressed", "masked_seen", "placeholders", "timed_out"):
        assert getattr(crowded, name) == getattr(usual, name), name
    return crowded.findings


@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_any_lines_are_found_as_by_the_usual_way(seed):
    """Whatever escapes, signs and broken bytes are in them, with and without a newline at the end."""
    chance = random.Random(seed)
    lines = list(itertools.islice(made_up.odd_lines(chance), chance.randrange(30)))
    lines += [made_up.log_line(chance, 0.7).encode() for _ in range(chance.randrange(30))]
    lines += [b""] * chance.randrange(3)
    chance.shuffle(lines)
    both(b"\n".join(lines) + chance.choice((b"", b"\n")), chance.randrange(1, 10**6))


@given(data=st.binary(max_size=200))
def test_any_bytes_are_found_as_by_the_usual_way(data):
    """Bytes of no meaning."""
    both(data)


def test_a_long_line_and_a_cut_one_go_the_usual_way():
    """A line analysed in windows, and a chunk that begins inside a line."""
    value = b"mobile=13900001234 "
    assert len(both(value + b"x" * LONG_LINE + b"\n" + value)) == 2
    assert both(value, first_column=7)[0].place.start_column == 14


def test_a_detector_without_a_gate_sees_all_lines():
    """Also where nothing else is to be seen."""
    one = next(one for one in ACTIVE if one.id == "cn-mobile")
    analyzer = Analyzer([one], PRINTS)
    analyzer._gate._databases._made.ungated.add("cn-mobile")
    analyzer._gate.crowded = 1
    found = analyzer.analyze(TextChunk(Origin("a.log"), b"a\n\nmobile=13900001234\n")).findings
    assert [finding.place.line for finding in found] == [3]


@pytest.mark.parametrize(("leaking", "crowded"), [(1.0, True), (0.0, False)])
def test_whose_turn_it_is_depends_on_the_last_chunk(monkeypatch, leaking, crowded):
    """Full of values or not; after some chunks the usual way has a look again. Names are no chunks."""
    monkeypatch.setattr(segments, "_CROWDED_LINES", 256)
    chance = random.Random(3)
    analyzer = Analyzer(ACTIVE, PRINTS)
    turns = []
    for _ in range(12):
        analyzer.analyze(TextChunk(Origin("a.log"), made_up.log(chance, 60_000, leaking)))
        turns.append(analyzer._gate.crowded)
    assert turns == ([8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7, 6] if crowded else [0] * 12)
