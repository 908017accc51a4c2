"""The catalogue of texts is complete in both languages."""

from __future__ import annotations

from string import Formatter

import pytest

from leakwatch.text.messages import CATALOGUES, message


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _base(key: str) -> str:
    return key.removesuffix(".one")


def test_both_languages_have_the_same_keys():
    """No text exists in one language only; a singular form may."""
    keys = {lang: {_base(key) for key in texts} for lang, texts in CATALOGUES.items()}
    assert keys["zh"] == keys["en"]
    for texts in CATALOGUES.values():
        assert {_base(key) for key in texts} <= texts.keys()


def test_a_text_has_the_same_placeholders_in_every_language_and_form():
    """A caller passes the same values whatever the language; only a singular form may leave out the count."""
    english = CATALOGUES["en"]
    for texts in CATALOGUES.values():
        for key, text in texts.items():
            expected = _placeholders(english[_base(key)])
            allowed = [expected, expected - {"count"}] if key.endswith(".one") else [expected]
            assert _placeholders(text) in allowed, key


def test_placeholders_have_names():
    """``{}`` would tie the order of words in one language to that of another."""
    assert not [key for texts in CATALOGUES.values() for key, text in texts.items() if "" in _placeholders(text)]


def test_the_singular_form_is_taken_for_one(monkeypatch: pytest.MonkeyPatch):
    """``count=1`` takes the singular form where there is one, and the usual form elsewhere."""
    catalogues = {"en": {"x.rows": "{count} rows", "x.rows.one": "{count} row"}, "zh": {"x.rows": "{count} 行"}}
    monkeypatch.setattr("leakwatch.text.messages.CATALOGUES", catalogues)
    assert [message("x.rows", "en", count=count) for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert message("x.rows", "zh", count=1) == "1 行"
    with pytest.raises(KeyError):
        message("x.columns", "en")
