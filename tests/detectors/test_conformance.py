"""Conformance suite for every detector of the catalogue; a new detector is tested here without a new test."""

import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakwatch_detectors.catalog import by_id, detectors, traits_of
from leakwatch_detectors.contract import NO_TRAITS, Detector, Example, Role, unmark
from leakwatch_detectors.presidio import LANGUAGE, build_engine
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

REPORTED = 0.5
"""The default ``min_score``; lower scores are not reported."""

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
    """Marked values are found at their exact positions; nothing else is found."""
    text, spans = unmark(example.line)
    assert _found(engine, detector, text) == spans


@EVERY
def test_examples_hold_inside_a_batch_of_lines(engine, detector: Detector):
    """Lines joined by NUL give the same results as each alone: context never crosses lines."""
    lines = [unmark(example.line) for example in detector.examples]
    expected, at = [], 0
    for text, spans in lines:
        expected += [(at + start, at + end) for start, end in spans]
        at += len(text) + 1
    assert _found(engine, detector, "\0".join(text for text, _ in lines)) == expected


@EVERY
def test_every_example_passes_the_prefilter(detector: Detector):
    """A line with a marked value meets the conditions of the prefilter."""
    for example in detector.examples:
        text, spans = unmark(example.line)
        assert not spans or _holds(detector.prefilter, text)


@EVERY
def test_a_detector_has_examples_texts_and_grades(detector: Detector):
    """At least two positive and two negative examples with reasons; texts in both languages; known grades."""
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
def test_an_example_has_han_characters_beside_the_value(detector: Detector):
    """The case in which word boundaries fail is among the examples of every detector."""
    assert any(regex.search(r"\p{Han}⟦|⟧\p{Han}|：⟦", example.line) for example in detector.examples)


@EVERY
def test_scores_are_ordered_by_evidence(detector: Detector):
    """A key scores at least as high as a word, a word as high as nothing, and a negative key lower."""
    scores = detector.scores
    assert 1 >= scores.key >= scores.context >= scores.bare >= scores.negative >= 0
    assert detector.role is Role.NEGATIVE or scores.key >= REPORTED


@EVERY
def test_keys_are_normalised(detector: Detector):
    """Lower case, words split by single spaces, no duplicates."""
    for key in (*detector.keys, *detector.negative_keys):
        assert key == " ".join(key.lower().split())
    assert len(set(detector.keys)) == len(detector.keys)


GUARDED = [detector for detector in DETECTORS if LEFT in detector.pattern or RIGHT in detector.pattern]


@pytest.mark.parametrize("detector", GUARDED, ids=[detector.id for detector in GUARDED])
def test_a_value_inside_a_longer_token_or_a_decimal_is_not_found(engine, detector: Detector):
    """Where the pattern has a boundary guard, adjacent letters, digits or decimals suppress every example."""
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
    r"""No ``\d \w \s \b``: they match Unicode, or see no boundary beside Han characters."""
    assert not re.search(r"\\[dDwWsSbB]", detector.pattern)


ALPHABET = "0123456789Xx ABHZGEKabfetl卡京号路市王张。：:=-@./\"'<>({_\0\n"


@EVERY
def test_a_match_stays_in_its_line_and_passes_the_prefilter(detector: Detector):
    """A match is not empty, contains no NUL or newline, and has the digits that the prefilter requires."""
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
def test_every_finding_passes_the_prefilter(engine, detector: Detector):
    """The prefilter never loses a finding: the line of every finding meets its conditions."""
    seeds = [part for example in detector.examples for part in re.split("[⟦⟧]", example.line) if part]

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
"""Seconds of CPU time below which the clock is too coarse; faster work is repeated."""


def _hostile(detector: Detector) -> list[str]:
    """Texts to repeat: hard for many patterns, and parts of the values and keys of this one."""
    own = []
    for example in detector.examples:
        text, spans = unmark(example.line)
        for start, end in spans[:1]:
            value, key = text[start:end], text[max(start - 12, 0) : start]
            own += [value, value + " ", value[:-1], value[: len(value) // 2 + 1], value[0], value[-1], key, key + value]
    return list(dict.fromkeys(text for text in (*HOSTILE, *own) if text))


@EVERY
def test_time_is_linear_in_the_text(detector: Detector):
    """For every hostile repetition, four times the text takes about four times as long, not sixteen times."""
    pattern = regex.compile(detector.pattern, regex.ASCII)
    for unit in _hostile(detector):
        small, large = (_filled(unit, size) for size in (SMALL, LARGE))
        assert _growth(lambda text: sum(1 for _ in pattern.finditer(text)), small, large) < 0.7 * QUADRATIC, unit


@EVERY
def test_time_is_linear_in_the_values_of_a_line(engine, detector: Detector):
    """With validators, context and Presidio, four times as many values take about four times as long."""
    line = next(text for text, spans in (unmark(example.line) for example in detector.examples) if spans)
    small, large = (_filled(line + ", ", size) for size in (SMALL, LARGE))
    growth = _growth(lambda text: engine.analyze(text, LANGUAGE, entities=[detector.entity]), small, large)
    assert growth < 0.7 * QUADRATIC


def test_the_measurement_detects_quadratic_time():
    """The measurement distinguishes a quadratic pattern from a linear one."""
    for text, quadratic in (("a+b", True), ("a{1,9}b", False)):
        pattern = regex.compile(text)
        small, large = "a" * SMALL, "a" * LARGE
        growth = _growth(lambda text, pattern=pattern: sum(1 for _ in pattern.finditer(text)), small, large)
        assert (growth > 0.7 * QUADRATIC) is quadratic


def _filled(unit: str, size: int) -> str:
    return unit * (size // len(unit) + 1)


def _growth(work: Callable[[str], object], small: str, large: str) -> float:
    """How many times longer the large text takes; measured again if suspicious, because other processes interfere."""
    growth = float("inf")
    for _ in range(4):
        growth = min(growth, _seconds(work, large) / _seconds(work, small))
        if growth < 0.5 * QUADRATIC:
            break
    return growth


def _seconds(work: Callable[[str], object], text: str) -> float:
    """CPU time of one run."""
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
def test_an_article_about_leaks_gives_no_finding(engine, detector: Detector):
    """Section numbers and the vocabulary of leaks are no findings."""
    assert _found(engine, detector, ARTICLE) == []


def test_the_catalogue_is_sorted_and_unique():
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


@EVERY
def test_traits_are_found_by_entity(detector: Detector):
    """The catalogue returns the traits of each detector."""
    assert traits_of(detector.entity) is detector.traits


def test_an_unknown_entity_has_default_traits():
    """The entity of a user's rule, or of a rule that is gone, has the default traits."""
    assert traits_of("STAFF_NO") is NO_TRAITS


def test_loading_the_catalogue_imports_no_presidio():
    """Prefilter, validators and examples can be used without loading Presidio, which takes a second."""
    code = (
        "import sys; from leakwatch_detectors import catalog; from leakwatch_detectors.evidence import context; catalog.detectors();"
        "heavy = {'presidio_analyzer', 'spacy', 'numpy'} & set(sys.modules); print(heavy); sys.exit(bool(heavy))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
