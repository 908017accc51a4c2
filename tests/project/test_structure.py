"""The code base keeps the shape that makes it readable: small modules, one name for one thing, plain words."""

from __future__ import annotations

import io
import re
import statistics
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "leakwatch", ROOT / "detectors" / "leakwatch_detectors"]
MODULES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
SOURCES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
COMMANDS = ROOT / "leakwatch" / "cli" / "commands"
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _retired() -> set[str]:
    """The words of the last column of the glossary."""
    glossary = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Glossary")[2]
    rows = [line.strip("| ").split(" | ") for line in glossary.splitlines() if line.startswith("| ")][2:]
    return {word for row in rows if len(row) == 3 for word in row[2].split(", ")}


def _words(source: str) -> set[str]:
    """The words of the names and comments of a module, and of its texts."""
    kinds = {tokenize.NAME, tokenize.COMMENT, tokenize.STRING}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {word.lower() for token in tokens if token.type in kinds for word in WORD.findall(token.string)}


def test_no_module_is_long():
    """No module has more than 400 lines, and half of them have at most 120."""
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES if path.name != "__init__.py"}
    assert {str(path): count for path, count in lines.items() if count > 400} == {}
    assert statistics.median(lines.values()) <= 120


def test_a_module_name_means_one_thing():
    """No two modules have the same name; only a command may be named like the room it opens."""
    places = defaultdict(list)
    for path in MODULES:
        if path.stem not in {"__init__", "__main__"} and path.parent != COMMANDS:
            places[path.stem].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_retired_words_do_not_come_back():
    """No name, comment or text uses a word that the glossary replaces."""
    retired = _retired()
    assert len(retired) > 5
    used = {str(path.relative_to(ROOT)): retired & _words(path.read_text("utf-8")) for path in SOURCES}
    assert {path: sorted(words) for path, words in used.items() if words} == {}


def test_retired_words_are_not_in_the_documents():
    """The documents use the same words as the code; the glossary itself lists the retired ones."""
    used = {}
    for path in sorted(ROOT.glob("*.md")):
        text = path.read_text("utf-8").partition("## Glossary")[0]
        used[path.name] = sorted(_retired() & {word.lower() for word in WORD.findall(text)})
    assert {name: words for name, words in used.items() if words} == {}
