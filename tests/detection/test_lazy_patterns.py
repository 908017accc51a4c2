"""Shapes on call miss nothing, and are not made where nothing calls them."""

import pytest

from leakwatch.detection.prefilter.hyperscan_db import compiled
from leakwatch.detection.prefilter.lazy_patterns import LazyPatterns, texts_in
from leakwatch.detection.prefilter.pattern_set import GateDatabases
from leakwatch_detectors.catalog import by_id
from leakwatch_detectors.data.token_formats import TOKEN_FORMATS

TOKENS = by_id("secret-token")


def told(shapes: LazyPatterns, block: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    shapes.scan(block, lambda number, _, end, *__: found.append((number, end)))
    return sorted(found)


def test_a_shape_is_made_when_it_is_first_called_and_only_then():
    """What stands in none of the blocks costs nothing; what was called once is kept."""
    made = []

    def make(pattern, number):
        made.append(pattern)
        return compiled([pattern], 0, number)

    shapes = LazyPatterns(make)
    shapes.add("ab-[0-9]", 7, ["ab\\-"])
    shapes.add("(?:cd|ef)-[0-9]", 8, ["cd\\-", "ef\\-"])
    assert (told(shapes, b"ab 1 cd 2"), made) == ([], [])
    assert told(shapes, b"ef-1 ab ef-x cd-2") == [(8, 4), (8, 17)]
    assert told(shapes, b"ab-1\nef-1") == [(7, 4), (8, 9)]
    assert made == ["(?:cd|ef)-[0-9]", "ab-[0-9]"]


def test_a_shape_that_is_refused_is_that_of_its_texts():
    """More is found then, never less."""
    shapes = LazyPatterns(lambda _pattern, _number: None)
    shapes.add("(?:cd|ef)-[0-9]", 3, ["cd\\-", "ef\\-"])
    assert told(shapes, b"cd-1 ef-x ef") == [(3, 3), (3, 8)]


def test_nothing_on_call_finds_nothing():
    assert told(LazyPatterns(compiled), b"x") == []


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("gh[po]_[0-9]{9}", ["ghp_", "gho_"]),
        ("[0-9]{8}:AA[0-9]", ["(?::|：)AA"]),
        ("(?i:name)=[a-z]", []),  # a word in any case is in every other line
        ("字第[0-9]", []),
        ("SK[0-9]{9}", []),
        ("a$", []),  # no tree is made of it
        ("[a-z]{9}", []),
    ],
)
def test_only_texts_that_are_seldom_call(pattern, texts):
    """A trigger in every line would cost more than searching the pattern."""
    assert texts_in(pattern) == texts


@pytest.mark.parametrize("form", TOKEN_FORMATS, ids=lambda form: form.issuer)
def test_every_form_of_token_is_found(form):
    """Whether it is on call or looked for everywhere; in full width, too, where a view has the plain sign."""
    databases = GateDatabases([TOKENS])
    for written in (form.example, form.example.replace(":", "：")):
        assert TOKENS.id in {name for names, _ in databases.matches(f"x {written}\n".encode()) for name in names}


def test_hardly_any_form_of_token_is_looked_for_everywhere():
    """To make them all takes longer than everything else before the first line of a scan."""
    assert sum(not texts_in(form.pattern) for form in TOKEN_FORMATS) <= 3
