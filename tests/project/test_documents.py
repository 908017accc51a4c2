"""What the documents name exists, and the README's front door is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leakwatch.core.errors import Exit

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_named_in_a_document_exists(document):
    """A path in backticks, or a link, leads somewhere."""
    text = (ROOT / document).read_text("utf-8")
    named = re.findall(r"`((?:leakwatch|detectors|tests|config|systemd|benchmarks)/[\w./-]*)`|\]\(([\w./-]+)\)", text)
    paths = {first or second for first, second in named}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, "Makefile"])
def test_every_make_target_named_exists(document):
    """`make x` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / document).read_text("utf-8"), re.MULTILINE))
    assert named - targets == set()


def test_the_readme_has_every_exit_code():
    """The table of exit codes is that of the program."""
    rows = re.findall(r"^\| ([0-9, ]+) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(",")}
    assert told == {int(code) for code in Exit} - {int(Exit.PIPE_CLOSED)}


def test_the_ci_runs_the_readmes_own_command():
    """CI calls what a newcomer is told to call."""
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")
