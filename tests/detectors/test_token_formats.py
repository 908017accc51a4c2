"""Every published token format is found in any context; a near miss is not."""

from __future__ import annotations

import pytest
import regex

from leakwatch_detectors.catalog import by_id
from leakwatch_detectors.data.token_formats import ANY_TOKEN, TOKEN_FORMATS, TokenFormat

TOKEN = by_id("secret-token")
FOUND = regex.compile(TOKEN.pattern, regex.ASCII)


def found(text: str) -> list[str]:
    values = (match[0] for match in FOUND.finditer(text))
    return [value for value in values if not TOKEN.rejects(value) and TOKEN.scores_for(value).bare > 0]


@pytest.mark.parametrize("form", TOKEN_FORMATS, ids=lambda form: form.issuer)
def test_a_token_is_found_and_a_near_miss_is_not(form: TokenFormat):
    """Between Han characters, in a call, at the end of a line; a truncated token is not found."""
    for line in (f"上报{form.example}失败", f'f("{form.example}")', f"INFO c.e.A - sent {form.example}"):
        assert found(line) == [form.example]
    assert regex.fullmatch(ANY_TOKEN, form.miss, regex.ASCII) is None
    assert found(f"INFO c.e.A - sent {form.miss} to the others") == []


@pytest.mark.parametrize("form", TOKEN_FORMATS, ids=lambda form: form.issuer)
def test_no_token_is_shorter_than_the_guard_requires(form: TokenFormat):
    """The length guard before the formats accepts every example."""
    assert regex.match(r"[A-Za-z0-9_.:~/+\-]{23}", form.example) is not None


def test_every_format_is_listed_once():
    """Issuers and patterns are unique."""
    assert (
        len({form.issuer for form in TOKEN_FORMATS})
        == len({form.pattern for form in TOKEN_FORMATS})
        == len(TOKEN_FORMATS)
    )
