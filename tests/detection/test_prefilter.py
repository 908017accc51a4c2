"""The gate never loses what a pattern would find, and passes little else."""

import itertools
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import pattern_examples

from leakwatch.detection.analyze.regex_engine import RegexEngine
from leakwatch.detection.prefilter import Gate, digit_scan
from leakwatch.detection.prefilter.hyperscan_db import Expression
from leakwatch.detection.prefilter.line_windows import AFTER, BEFORE, LONG_LINE, STEP
from leakwatch.detection.prefilter.pattern_set import shape
from leakwatch.text.unescape import view
from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.contract import Detector, Prefilter, Region, Role, Scores, Title

REPORTING = [one for one in detectors() if one.role is Role.REPORT]
DEFAULT = [one for one in REPORTING if one.default]
DIRECT = RegexEngine()
GATE = Gate(REPORTING)
DEFAULT_GATE = Gate(DEFAULT)

VALUES = [
    example.line[found.start() + 1 : found.end() - 1]
    for detector in REPORTING
    for example in detector.examples
    for found in re.finditer("⟦[^⟧]*⟧", example.line)
]
LINES = [example.line.replace("⟦", "").replace("⟧", "") for detector in REPORTING for example in detector.examples]

ESCAPES = [
    lambda text: text,
    lambda text: "".join(f"\\u{ord(sign):04x}" if sign < "\U00010000" else sign for sign in text),
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode("gb18030")),
    lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    lambda text: text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    "\u200b".join,
    lambda text: text[:2] + "\x1b[31m" + text[2:] + "\x1b[0m",
    lambda text: text.replace("-", "–").replace(" ", "\u00a0").replace("(", "（").replace(")", "）"),
    lambda text: text.replace('"', '\\"'),
    lambda text: f"%22{text}%22",
    lambda text: f"\\n{text}\\t",
]
BORDERS = [
    "",
    "",
    " ",
    "号",
    '"',
    "-",
    ".",
    "(",
    ")",
    ",",
    "_",
    "/",
    "tel",
    "id",
    "1-",
    "12 ",
    "0.",
    "x",
    "🙂",
    "\t",
    "+86 ",
]
NEIGHBOURS = st.sampled_from(
    ["", " ", "a", "0", "号", "：", "，", "（", "@", "=", "\\", "%", "&", "_", ".", "tel", "\0", "\u3000", "字", "/"]
)
PART = st.builds(
    lambda before, value, escape, after: before + escape(value) + after,
    NEIGHBOURS,
    st.sampled_from(VALUES) | st.sampled_from(LINES),
    st.sampled_from(ESCAPES),
    NEIGHBOURS,
)
NOISE = st.text(alphabet="0123456789 -.:ab号，：％１\u200b\\u%&#;nx", max_size=25)
LINE = st.lists(PART | NOISE, min_size=1, max_size=3).map("".join)


def candidates(block, gate=DEFAULT_GATE):
    return list(gate.scan(block))


def passed(lines, gate=DEFAULT_GATE):
    """The ids that the gate lets look at each line."""
    block = "\n".join(lines).encode()
    starts, at = {}, 0
    for number, line in enumerate(lines):
        starts[at] = number
        at += len(line.encode()) + 1
    found = [set() for _ in lines]
    for one in candidates(block, gate):
        assert block[one.line[0] : one.line[1]].decode() == lines[starts[one.line[0]]]
        found[starts[one.line[0]]] |= one.detectors
    return found


def wanted(line):
    """The ids of those that find something to report in the view of the line, with all that stands around it."""
    text = view(line).text
    return {one.id for one in REPORTING if DIRECT.find(one, [text])}


@settings(max_examples=400, deadline=None)
@given(st.lists(LINE.map(lambda line: line.replace("\n", " ").replace("\r", " ")), min_size=1, max_size=3))
@example(["mobile%3A13900001234", "A123456（3）", "１３９００００１２３４"])
def test_nothing_that_a_pattern_finds_is_lost(lines):
    """Gate and then pattern find what the pattern alone finds: with escapes, look-alikes, separators and any neighbours."""
    for line, names in zip(lines, passed(lines, GATE), strict=True):
        assert wanted(line) <= names, line


@pytest.mark.parametrize("line", ["/8860926）417427 ", "（02）2345-6789", "(86）13900001234"])
def test_a_full_width_bracket_ends_a_group_of_digits_too(line):
    """The digit scan knows ASCII brackets only: a line with a full-width one between digits is checked as its view."""
    assert wanted(line)
    assert wanted(line) <= passed([line], GATE)[0]


@pytest.mark.parametrize("line", ["auth_code (0#25776", "验证码（a/25776", 'otp (x","25776', "otp 【单，25776"])
def test_a_key_before_a_bracket_names_what_stands_behind_a_weak_separator_in_it(line):
    """The nearest key is not tied to the value then, and the one before the bracket counts."""
    assert "secret-otp" in wanted(line)
    assert wanted(line) <= passed([line], GATE)[0]


@pytest.mark.parametrize("detector", REPORTING, ids=lambda one: one.id)
@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_spelling_that_a_pattern_allows_is_lost(detector, chance):
    """Whatever a pattern allows (prefixes, separators, groups) gets through, bare, named, and beside other signs."""
    lines = []
    for _ in range(20):
        name = chance.choice(("", *detector.keys, *detector.words))
        tie = chance.choice(("", "", " ", "=", ": ", "：", '":"', "No: ", "s=", "号码："))
        before, after = chance.choice(BORDERS), chance.choice(BORDERS)
        lines.append(f"{before}{name}{tie}{before}{pattern_examples.value(detector, chance)}{after}")
    for line, names in zip(lines, passed(lines, GATE), strict=True):
        assert not DIRECT.find(detector, [view(line).text]) or detector.id in names, line


@pytest.mark.parametrize("detector", REPORTING, ids=lambda one: one.id)
def test_every_example_passes(detector):
    """Each value that a detector's own examples mark gets through the gate to that detector."""
    marked = [one.line for one in detector.examples if "⟦" in one.line]
    lines = [line.replace("⟦", "").replace("⟧", "") for line in marked]
    assert all(detector.id in names for names in passed(lines, GATE))


@settings(deadline=None, max_examples=1000)
@given(st.text("0123456789 -().+<MXa中\n", min_size=1, max_size=60))
def test_the_digit_scan_lets_nothing_through_where_no_number_is(text):
    """So that it may be left out there."""
    _, rows = digit_scan.DigitScan([one for one in detectors() if one.prefilter.digit_runs]).rows(text.encode())
    assert not rows or Expression(digit_scan.NUMBER).occurs_in(text.encode())


def test_a_word_may_be_cut_where_the_look_for_words_ends():
    """What is a part of a longer word (``CardCvv``) counts as a word there, for the gate too."""
    lines = ["来自：4000000000000000006.（CardCvv=x", f"discard{' ' * 20}4000000000000000006"]
    for line, names in zip(lines, passed(lines, GATE), strict=True):
        assert "bank-card" in wanted(line) & names, line


def test_ordinary_log_lines_stay_out():
    """Timestamps, snowflakes, epochs, UUIDs, digests and addresses of machines are not worth a look."""
    lines = [
        "2026-03-01 10:15:32.123 [http-nio-8080-exec-7] INFO  c.e.pay.OrderService - order 1745678901234567890 done cost=15ms",
        '{"@timestamp":"2026-03-01T10:15:32.123Z","level":"INFO","bizId":1745678901234567890,"ts":1767225600000}',
        '10.0.0.1 - - [01/Mar/2026:10:00:00 +0800] "GET /api/v1/orders?page=1&size=20&_t=1767225600000 HTTP/1.1" 200 19107026',
        "traceId=0af7651916cd43dd8448eb211c80319c requestId=6fa459ea-ee8a-3ca4-894e-db77e160355e",
        "\tat com.example.loan.service.OrderService.process(OrderService.java:120)",
    ]
    assert passed(lines) == [set()] * len(lines)


def test_positions_are_those_of_the_block():
    """A candidate has its whole line; all of it is analysed and owned."""
    (one,) = candidates("第一行\n手机13900001234\nlast".encode())
    assert (one.line, one.start, one.end, one.owned) == ((10, 27), 10, 27, (10, 27))


def test_the_last_line_needs_no_newline_and_empty_blocks_hold_nothing():
    """The end of a block is the end of a line."""
    assert candidates(b"") == []
    assert candidates(b"\n\n") == []
    assert [one.line for one in candidates(b"\n13900001234")] == [(1, 12)]


@given(st.integers(0, 3 * STEP + 100), st.sampled_from(["a", "手", "\u200b"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_long_line_is_checked_in_windows(at, filler, escaped):
    """Wherever a value stands in a line of many kilobytes, one window owns it and sees it with its surroundings."""
    value = "%E6%89%8B%E6%9C%BA13900001234" if escaped else "手机13900001234"
    width = len(filler.encode())
    line = filler * (at // width) + " " + value + " " + filler * ((LONG_LINE + 2 * STEP) // width)
    block = f"short\n{line}\nshort\n".encode()
    start = block.index(b"13900001234")
    owners = [one for one in candidates(block) if one.owned[0] <= start < one.owned[1] and "cn-mobile" in one.detectors]
    assert len(owners) == 1
    (owner,) = owners
    assert owner.line == (6, 6 + len(line.encode()))
    assert owner.start <= max(start - BEFORE + 4, 6)
    assert owner.end >= min(start + AFTER, owner.line[1])
    block[owner.start : owner.end].decode()
    block[owner.owned[0] : owner.owned[1]].decode()


def test_windows_share_a_long_line_without_gap_or_overlap():
    """What the windows of a line own is the line."""
    line = ("手机13900001234 " * 5000).encode()
    owned = [one.owned for one in candidates(line)]
    assert owned[0][0] == 0
    assert owned[-1][1] == len(line)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(owned))


def made(pattern, anchors):
    nothing = Title("", "")
    return Detector("X_TEST", Region.ANY, nothing, "low", {}, pattern, anchors, Scores(0.6, 0.9, 0.8), nothing, ())


ODD = r"(?<n>[0-9]{4})(?(n)[0-9]|x)\p{Han}?(?|a|b)*+"
"""A pattern that Hyperscan refuses."""


def test_a_rule_without_anchors_is_led_by_its_shape():
    """Where no anchor is given, the pattern says which lines may hold a value."""
    gate = Gate([made("[a-z]{4}", Prefilter())])
    assert [one.line for one in gate.scan(b"abc\nabcd\n")] == [(4, 8)]


def test_a_rule_that_gives_nothing_to_look_for_sees_every_line():
    """Where nothing can be looked for, nothing is left out; long lines come in all their windows."""
    gate = Gate([made(ODD, Prefilter())])
    assert [one.line for one in gate.scan(b"a\n\nb\n")] == [(0, 1), (2, 2), (3, 4)]
    assert len(list(gate.scan(b"x" * (LONG_LINE + 1)))) == 3


def test_literals_and_digits_are_both_needed():
    """A rule with both anchors passes lines that hold both, single separators among the digits allowed."""
    gate = Gate([made("[0-9]+", Prefilter(digits=4, literals=("KEY:", "密码")))])
    lines = ["key: 12-34", "Key：1234", "密码１２３４", "key: 12--34", "key 1234", "密码 123", "1234"]
    blocks = [bool(list(gate.scan(line.encode()))) for line in lines]
    assert blocks == [True, True, True, True, False, False, False]


def test_a_shape_may_stand_for_a_literal():
    """A rule may be led by a part of its pattern, beside its literals; one that is refused sees every line."""
    gate = Gate([made("sk-[a-z]{8}|[a-z]+", Prefilter(literals=("token",), shapes=("sk-[a-z]{8}",)))])
    lines = ["task-9", "sk-abcdefgh", "Token x", "other"]
    assert [bool(list(gate.scan(line.encode()))) for line in lines] == [False, True, True, False]
    assert len(list(Gate([made("a", Prefilter(shapes=(ODD,)))]).scan(b"x\ny\n"))) == 2


def test_a_pattern_that_cannot_be_made_a_shape_falls_back():
    """Where the engine refuses a pattern, its digits (or its one-sign literals) are looked for instead."""
    assert [one.line for one in Gate([made(ODD, Prefilter(digits=4))]).scan(b"no 123\n1 2 3 4\n")] == [(7, 14)]
    assert [one.line for one in Gate([made(ODD, Prefilter(literals=("~",)))]).scan(b"no\na~b\n")] == [(3, 6)]


def test_the_shape_of_a_pattern_keeps_its_borders():
    """Guards become the characters they allow, so that a number inside a longer one does not pass."""
    gate = Gate([by_id("cn-mobile")])
    lines = [
        b"x13900001234",
        b"139000012345",
        b"13900001234",
        "号13900001234号".encode(),
        b"tel13900001234",
        b"139 0000 1234",
    ]
    assert [bool(list(gate.scan(line))) for line in lines] == [False, False, True, True, True, True]
    assert "(?P=" not in shape(by_id("cn-mobile").pattern)
