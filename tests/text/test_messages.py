"""The catalogue is complete in both languages, and agrees with the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import leakwatch
from leakwatch.core.model import Severity, SkipReason
from leakwatch.text.messages import LANGUAGES, catalogue, message

SOURCES = [
    ast.parse(path.read_text("utf-8"))
    for path in Path(leakwatch.__file__).parent.rglob("*.py")
    if "messages" not in path.parts
]


CATALOGUES = {lang: catalogue(lang) for lang in LANGUAGES}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _base(key: str) -> str:
    return key.removesuffix(".one")


def test_both_languages_have_the_same_keys():
    """Only singular forms may exist in one language alone."""
    keys = {lang: {_base(key) for key in texts} for lang, texts in CATALOGUES.items()}
    assert keys["zh"] == keys["en"]
    for texts in CATALOGUES.values():
        assert {_base(key) for key in texts} <= texts.keys()


def test_a_text_has_the_same_placeholders_in_every_language_and_form():
    """Callers pass the same values in every language; a singular form may omit the count."""
    english = CATALOGUES["en"]
    for texts in CATALOGUES.values():
        for key, text in texts.items():
            expected = _placeholders(english[_base(key)])
            allowed = [expected, expected - {"count"}] if key.endswith(".one") else [expected]
            assert _placeholders(text) in allowed, key


def test_placeholders_have_names():
    """With ``{}``, languages could not differ in word order."""
    assert not [key for texts in CATALOGUES.values() for key, text in texts.items() if "" in _placeholders(text)]


def test_the_singular_form_is_used_for_one(monkeypatch: pytest.MonkeyPatch):
    """``count=1`` selects the singular form if there is one."""
    catalogues = {"en": {"x.rows": "{count} rows", "x.rows.one": "{count} row"}, "zh": {"x.rows": "{count} 行"}}
    monkeypatch.setattr("leakwatch.text.messages.catalogue", catalogues.__getitem__)
    assert [message("x.rows", "en", count=count) for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert message("x.rows", "zh", count=1) == "1 行"
    with pytest.raises(KeyError):
        message("x.columns", "en")


def _calls_of_message() -> list[ast.expr]:
    """The key of each call of ``message`` and ``CliContext.message`` in the sources."""
    keys = []
    for node in (node for tree in SOURCES for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and node.args:
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name.lstrip("_") in {"message", "translate"}:
                key = node.args[0]
                keys += [key.body, key.orelse] if isinstance(key, ast.IfExp) else [key]
    return keys


def _constants() -> set[str]:
    nodes = (node for tree in SOURCES for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _pattern(key: ast.JoinedStr) -> re.Pattern[str]:
    """What an f-string key can become."""
    parts = [re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.-]+" for part in key.values]
    return re.compile("".join(parts))


def test_every_key_in_the_code_exists():
    """A literal key is in the catalogue; a formatted key can become at least one that is."""
    keys = CATALOGUES["en"].keys()
    for key in _calls_of_message():
        if isinstance(key, ast.Constant):
            assert key.value is None or key.value in keys
        elif isinstance(key, ast.JoinedStr):
            assert any(map(_pattern(key).fullmatch, keys)), ast.unparse(key)


def test_every_key_is_used():
    """Each key is a literal in the code or can be formed by a formatted key."""
    constants = _constants()
    patterns = [_pattern(key) for key in _calls_of_message() if isinstance(key, ast.JoinedStr)]
    keys = {_base(key) for key in CATALOGUES["en"]}
    assert not {key for key in keys - constants if not any(pattern.fullmatch(key) for pattern in patterns)}


def test_every_severity_and_skip_reason_has_a_text():
    """Reports and alerts can name each of them."""
    for lang in CATALOGUES:
        assert all(message(f"severity.{severity.label}", lang) for severity in Severity)
        assert all(message(f"skip_reason.{reason.value}", lang) for reason in SkipReason)
