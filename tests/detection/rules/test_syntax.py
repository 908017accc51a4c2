"""Patterns of rules: read, refused with advice, and written for text of many lines."""

import re

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.detection.rules.syntax import SyntaxRefusedError, parse
from leakwatch.detection.rules.tree import Chars, shortest, written
from leakwatch_detectors.values.boundaries import HAN


@pytest.mark.parametrize(
    ("pattern", "same"),
    [
        (r"EMP\d{8}", r"EMP[0-9]{8}"),
        (r"\w+?\s*\D\S\W", r"[0-9A-Za-z_]+?[ \t]*[^0-9\n\x00][^ \t\n\x00][^0-9A-Za-z_\n\x00]"),
        (r"a.b", r"a[^\n\x00]b"),
        (r"[^,;]x", r"[^\x2c\x3b\n\x00]x"),
        (r"[\d\p{Han}a-f\-\]]{2,}", rf"[0-9{HAN}a-f\x2d\x5d]{{2,}}"),
        (r"[]a]", r"[\x5da]"),
        (r"[a-]", r"[a\x2d]"),
        (r"\p{Han}", f"[{HAN}]"),
        (r"(ab|(?P<n>cd))(?=e)(?!f)(?<=g)(?<!h)(?>i)", r"(?:ab|(?:cd))(?=e)(?!f)(?<=g)(?<!h)(?>i)"),
        (r"(?i)ab", r"(?i:ab)"),
        (r"(?i:a)(?-i:b)", r"(?i:a)(?-i:b)"),
        (r"a{3}b{1,}c{,2}", r"a{3}b+c\x7b\x2c2\x7d"),
        (r"a++b*+", r"a++b*+"),
        (r"\.\x41\u4e2d\t中", r"\x2eA中\t中"),
        (r"a||b", r"a||b"),
    ],
)
def test_means_ascii_and_stays_in_its_line(pattern, same):
    """Classes become ASCII, nothing passes a newline or NUL, groups do not capture."""
    if "{,2}" in pattern:
        with pytest.raises(SyntaxRefusedError, match="repeats nothing"):
            parse(pattern)
        return
    assert written(parse(pattern)) == same
    regex.compile(same, regex.ASCII)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"\bEMP", "borders: true"),
        (r"ab\B", "borders: true"),
        (r"^a", "inside a line"),
        (r"a$", "inside a line"),
        (r"(a)\1", "do not take"),
        (r"\pL", "do not take"),
        (r"[\D]", "do not take"),
        (r"a\n", "do not take"),
        ("a\nb", "a line break"),
        ("[\n]", "a line break"),
        (r"\x00", "a line break"),
        (r"(?#x)", "of a kind"),
        (r"(?P=n)", "of a kind"),
        (r"(a", "not closed (character 1"),
        (r"xa)", "nothing opens"),
        (r"x[a", "not closed"),
        (r"[", "not closed"),
        (r"[z-a]", "comes before"),
        (r"*a", "repeats nothing"),
        (r"a{2}{3}", "repeats nothing"),
        (r"a**", "repeats a repetition"),
        (r"a+?*", "repeats a repetition"),
        (r"(?=a)*", "repeats a lookaround"),
        (r"a{3,1}", "the smaller number"),
        ("a\\", "ends with a backslash"),
        ("(" * 60 + "a" + ")" * 60, "nested too deeply"),
    ],
)
def test_what_a_rule_cannot_use_is_refused_with_advice(pattern, said):
    """The refusal says what, where, and what to write instead."""
    with pytest.raises(SyntaxRefusedError, match=re.escape(said)):
        parse(pattern)


@given(st.text(r"ab01-[](){}|?*+.^$\dwsDpxu{Han}:=!<>,é中 ", max_size=24))
@settings(max_examples=400)
def test_whatever_is_accepted_can_be_compiled_and_passes_no_line(pattern):
    """What is accepted compiles, and no match of it holds a newline or NUL."""
    try:
        tree = parse(pattern)
    except SyntaxRefusedError:
        return
    try:
        compiled = regex.compile(written(tree), regex.ASCII)
    except regex.error:
        assert "(?<" in pattern  # what a look behind may hold is the engine's to say
        return
    for found in compiled.finditer("ab01 \n-.é\0中(x)\n", timeout=1):
        assert not set("\n\0") & set(found[0])
        assert len(found[0]) >= shortest(tree)


def test_a_class_has_a_sample_of_what_it_takes():
    """The sample of a class, negated or not, is matched by it."""
    for pattern in (r"[0-9]", r"[^a0A]", r"\W", ".", r"[^a0A\-.~ \p{Han}]"):
        node = parse(pattern).items[0]
        assert isinstance(node, Chars)
        assert regex.fullmatch(node.written, node.sample, regex.ASCII)
