"""Every published form of a token: it is found wherever it stands, and what is nearly one is not."""

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
def test_a_token_is_found_bare_and_whole_and_one_that_is_not_quite_one_is_not(form: TokenFormat):
    """Han characters touching it, in a call, at the end of a line; cut short, it has no form any more."""
    for line in (f"上报{form.example}失败", f'f("{form.example}")', f"INFO c.e.A - sent {form.example}"):
        assert found(line) == [form.example]
    assert regex.fullmatch(ANY_TOKEN, form.miss, regex.ASCII) is None
    assert found(f"INFO c.e.A - sent {form.miss} to the others") == []


@pytest.mark.parametrize("form", TOKEN_FORMATS, ids=lambda form: form.issuer)
def test_no_form_is_shorter_than_the_pattern_takes_for_granted(form: TokenFormat):
    """The guard before the forms lets the shortest of each pass."""
    assert regex.match(r"[A-Za-z0-9_.:~/+\-]{23}", form.example) is not None


def test_forms_are_told_apart_by_their_issuers():
    """One entry each: a form that is written twice would be kept in two places."""
    assert (
        len({form.issuer for form in TOKEN_FORMATS})
        == len({form.pattern for form in TOKEN_FORMATS})
        == len(TOKEN_FORMATS)
    )
