"""What holds for every detector of the catalogue. A new one is tested here before its author writes a test."""

import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.contract import Detector, Example, Role, unmark
from leakwatch_detectors.presidio import LANGUAGE, build_engine
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

REPORTED = 0.5
"""The default ``min_score``: what scores less is silent."""

DETECTORS = detectors()
EVERY = pytest.mark.parametrize("detector", DETECTORS, ids=[detector.id for detector in DETECTORS])


@pytest.fixture(scope="module")
def engine():
    return build_engine(DETECTORS)


def _found(engine, detector: Detector, text: str) -> list[tuple[int, int]]:
    results = engine.analyze(text, LANGUAGE, entities=[detector.entity])
    return sorted((found.start, found.end) for found in results if found.score >= REPORTED)


def _holds(prefilter, line: str) -> bool:
    digits = not prefilter.digits or re.search(rf"(?:[0-9][^0-9]{{0,2}}){{{prefilter.digits - 1}}}[0-9]", line)
    literals = any(one.lower() in line.lower() for one in prefilter.literals)
    shapes = any(regex.search(one, line) for one in prefilter.shapes)
    return bool(digits) and (
        literals or shapes or bool(prefilter.digit_runs) or not (prefilter.literals or prefilter.shapes)
    )


def test_marks_become_spans():
    """A span counts from 0 in the line without its marks; its end is exclusive."""
    assert unmark("手机⟦139⟧,⟦1⟧") == ("手机139,1", [(2, 5), (6, 7)])
    assert unmark("none") == ("none", [])


EXAMPLES = [
    pytest.param(detector, example, id=f"{detector.id}: {example.why}")
    for detector in DETECTORS
    for example in detector.examples
]


@pytest.mark.parametrize(("detector", "example"), EXAMPLES)
def test_every_example_is_found_exactly_at_its_marks(engine, detector: Detector, example: Example):
    """Marked values are found where they stand, nothing else is; unmarked lines stay silent."""
    text, spans = unmark(example.line)
    assert _found(engine, detector, text) == spans


@EVERY
def test_examples_hold_inside_a_batch_of_lines(engine, detector: Detector):
    """Lines joined by NUL give what each gives alone: context never crosses into a neighbour."""
    lines = [unmark(example.line) for example in detector.examples]
    expected, at = [], 0
    for text, spans in lines:
        expected += [(at + start, at + end) for start, end in spans]
        at += len(text) + 1
    assert _found(engine, detector, "\0".join(text for text, _ in lines)) == expected


@EVERY
def test_the_gate_lets_every_example_pass(detector: Detector):
    """A line with a marked value has what the anchors say must be there."""
    for example in detector.examples:
        text, spans = unmark(example.line)
        assert not spans or _holds(detector.prefilter, text)


@EVERY
def test_a_detector_brings_proof_and_words_for_people(detector: Detector):
    """At least two hits and two misses, each saying why; title and advice in both languages; known grades."""
    candidates = [example for example in detector.examples if "⟦" in example.line]
    assert len(candidates) >= 2
    assert len(detector.examples) - len(candidates) >= 2
    assert all(example.why for example in detector.examples)
    assert len({example.line for example in detector.examples}) == len(detector.examples)
    for text in (detector.title, detector.advice):
        assert regex.search(r"\p{Han}", text.zh)
        assert text.en
        assert text.en.isascii()
    assert set(detector.grades) <= {"jrt0171", "gbt35273"}
    assert detector.grades.get("jrt0171", "C1") in {"C1", "C2", "C3"}
    assert detector.grades.get("gbt35273", "pi") in {"pi", "sensitive"}
    assert set(detector.profile_grades) <= {"gbt45574", "pipl28"}
    assert detector.severity in {"info", "low", "medium", "high", "critical"}
    assert detector.mask in {"id", "phone", "name", "email", "address", "secret", "generic"}


@EVERY
def test_some_hit_has_han_characters_touching_the_value(detector: Detector):
    """The case that word borders get wrong is among the examples of every detector that Chinese text can hold."""
    assert any(regex.search(r"\p{Han}⟦|⟧\p{Han}|：⟦", example.line) for example in detector.examples)


@EVERY
def test_scores_are_ordered_by_evidence(detector: Detector):
    """A key says at least as much as a hint, a hint as much as nothing, and a negative key lowers."""
    scores = detector.scores
    assert 1 >= scores.key >= scores.context >= scores.bare >= scores.negative >= 0
    assert detector.role is Role.NEGATIVE or scores.key >= REPORTED


@EVERY
def test_keys_are_written_in_the_one_form(detector: Detector):
    """Lower case, words split by single spaces, none twice."""
    for key in (*detector.keys, *detector.negative_keys):
        assert key == " ".join(key.lower().split())
    assert len(set(detector.keys)) == len(detector.keys)


GUARDED = [detector for detector in DETECTORS if LEFT in detector.pattern or RIGHT in detector.pattern]


@pytest.mark.parametrize("detector", GUARDED, ids=[detector.id for detector in GUARDED])
def test_a_value_inside_a_longer_token_or_a_decimal_is_another_value(engine, detector: Detector):
    """Letters, digits or decimals that touch the value on the side of a guard make every hit of the examples silent."""
    for example in detector.examples:
        text, spans = unmark(example.line)
        for start, end in spans:
            if RIGHT in detector.pattern and text[end - 1].isascii() and text[end - 1].isalnum():
                for more in ("Z9", "7Z", ".5"):
                    assert (start, end) not in _found(engine, detector, text[:end] + more + text[end:]), more
            if LEFT in detector.pattern and text[start].isascii() and text[start].isalnum():
                for more in ("Z9", "7Z", "0."):
                    longer = text[:start] + more + text[start:]
                    assert (start + len(more), end + len(more)) not in _found(engine, detector, longer), more


@EVERY
def test_patterns_use_ascii_classes_only(detector: Detector):
    r"""No ``\d \w \s \b``: they are Unicode or see no border beside Han characters."""
    assert not re.search(r"\\[dDwWsSbB]", detector.pattern)


ALPHABET = "0123456789Xx ABHZGEKabfetl卡京号路市王张。：:=-@./\"'<>({_\0\n"


@EVERY
def test_a_match_is_whole_and_has_the_anchors(detector: Detector):
    """A match never holds NUL or a newline, is not empty, and holds what the digit anchor says."""
    pattern = regex.compile(detector.pattern, regex.ASCII)
    seeds = [unmark(example.line)[0] for example in detector.examples]
    texts = st.lists(st.sampled_from(seeds) | st.text(ALPHABET, max_size=30), max_size=4).map("".join)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts)
    def check(text: str) -> None:
        for match in pattern.finditer(text):
            assert match[0]
            assert not set("\0\n") & set(match[0])
            if detector.validator is None or detector.validator(match[0]):
                assert _holds(detector.prefilter, match[0]) or detector.prefilter.literals or detector.prefilter.shapes

    check()


@EVERY
def test_what_is_reported_has_the_anchors(engine, detector: Detector):
    """The gate never loses a finding: wherever one is reported, its line holds the prefilter."""
    seeds = [piece for example in detector.examples for piece in re.split("[⟦⟧]", example.line) if piece]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(seeds) | st.text(ALPHABET, max_size=6), max_size=5).map("".join))
    def check(text: str) -> None:
        for start, _ in _found(engine, detector, text):
            begin = max(text.rfind(end, 0, start) for end in "\0\n") + 1
            assert _holds(detector.prefilter, regex.split("[\0\n]", text[begin:])[0])

    check()


HOSTILE = [
    *("1", "13", "1 ", "1-", "市", "张", "姓名：", "a", "a.", "a@", "@", "=", '"', "号", "A1", "京A", "路1号", "密码"),
    *("pwd=a", "0123456789abcdef", "广东省", "1弄", "password=", "AKIA", "eyJ", "-----", "://", "://a:", "E1", "·"),
]


SMALL, LARGE = 5_000, 20_000
QUADRATIC = (LARGE // SMALL) ** 2
MEASURABLE = 0.001
"""Seconds of processor time below which a clock says little: what is quicker is done several times."""


def _hostile(detector: Detector) -> list[str]:
    """What to repeat: pieces that are hard for many patterns, and beginnings and ends of what this one is made for."""
    own = []
    for example in detector.examples:
        text, spans = unmark(example.line)
        for start, end in spans[:1]:
            value, key = text[start:end], text[max(start - 12, 0) : start]
            own += [value, value + " ", value[:-1], value[: len(value) // 2 + 1], value[0], value[-1], key, key + value]
    return list(dict.fromkeys(piece for piece in (*HOSTILE, *own) if piece))


@EVERY
def test_time_grows_with_the_text_not_faster(detector: Detector):
    """Four times the text takes about four times as long, never near sixteen, for every hostile repetition."""
    pattern = regex.compile(detector.pattern, regex.ASCII)
    for piece in _hostile(detector):
        small, large = (_filled(piece, size) for size in (SMALL, LARGE))
        assert _growth(lambda text: sum(1 for _ in pattern.finditer(text)), small, large) < 0.7 * QUADRATIC, piece


@EVERY
def test_many_values_in_one_line_take_their_time_each(engine, detector: Detector):
    """With validators, context and Presidio: a line of four times as many values takes about four times as long."""
    line = next(text for text, spans in (unmark(example.line) for example in detector.examples) if spans)
    small, large = (_filled(line + ", ", size) for size in (SMALL, LARGE))
    growth = _growth(lambda text: engine.analyze(text, LANGUAGE, entities=[detector.entity]), small, large)
    assert growth < 0.7 * QUADRATIC


def test_what_grows_faster_is_seen():
    """The measure itself tells a quadratic pattern from a linear one."""
    for text, quadratic in (("a+b", True), ("a{1,9}b", False)):
        pattern = regex.compile(text)
        small, large = "a" * SMALL, "a" * LARGE
        growth = _growth(lambda text, pattern=pattern: sum(1 for _ in pattern.finditer(text)), small, large)
        assert (growth > 0.7 * QUADRATIC) is quadratic


def _filled(piece: str, size: int) -> str:
    return piece * (size // len(piece) + 1)


def _growth(work: Callable[[str], object], small: str, large: str) -> float:
    """How many times longer the large text takes; a suspicion is looked at again, as other processes disturb."""
    growth = float("inf")
    for _ in range(4):
        growth = min(growth, _seconds(work, large) / _seconds(work, small))
        if growth < 0.5 * QUADRATIC:
            break
    return growth


def _seconds(work: Callable[[str], object], text: str) -> float:
    """Processor time of one run."""
    runs = 1
    while True:
        start = time.thread_time()
        for _ in range(runs):
            work(text)
        taken = time.thread_time() - start
        if taken >= MEASURABLE:
            return taken / runs
        runs *= 4


ARTICLE = (
    "微粒贷是一款小额贷款产品。3.3 信息泄露与诈骗问题：部分用户发现个人信息被泄露，导致遭遇诈骗。"
    "5.4 建立健全的投诉处理机制，及时响应用户投诉。"
)


@EVERY
def test_prose_about_leaks_is_no_leak(engine, detector: Detector):
    """An article that speaks of leaks and has section numbers gives no finding."""
    assert _found(engine, detector, ARTICLE) == []


def test_the_catalogue_is_sorted_and_names_each_detector_once():
    """One entity, one detector, one file of the same name."""
    entities = [detector.entity for detector in DETECTORS]
    assert entities == sorted(set(entities))
    for detector in DETECTORS:
        assert by_id(detector.id) is detector
        assert any(
            name.startswith("leakwatch_detectors.entities.") and name.endswith(f".{detector.entity.lower()}")
            for name, module in sys.modules.items()
            if getattr(module, "DETECTOR", None) is detector
        )
    with pytest.raises(KeyError):
        by_id("no-such-detector")


def test_loading_the_catalogue_imports_no_presidio():
    """Gates, validators and examples can be used without the second that Presidio takes to load."""
    code = (
        "import sys; from leakwatch_detectors import catalog; from leakwatch_detectors.evidence import context; catalog.detectors();"
        "heavy = {'presidio_analyzer', 'spacy', 'numpy'} & set(sys.modules); print(heavy); sys.exit(bool(heavy))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
