"""The table of promises is whole, and names only tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "PROMISES.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in TEXT.splitlines() if re.match(r"\| \d", line)
]


def test_every_promise_has_its_row():
    """In order, each with a promise, a proof, a figure and one of three states."""
    assert [int(row[0].strip("| ")) for row in ROWS] == list(range(1, 55))
    assert {row[4].strip(" |") for row in ROWS} <= {"kept", "limited", "not yet"}
    assert all(len(row) == 5 and row[2] and row[3] for row in ROWS)


def test_every_test_that_is_named_exists():
    """A proof is a test or a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    missing = []
    for row in ROWS:
        proofs = re.findall(r"`([^`]+)`", row[2])
        assert proofs, row
        for proof in proofs:
            if proof.startswith("make "):
                missing += [proof] * (proof.removeprefix("make ") not in targets)
                continue
            path, _, name = proof.partition("::")
            source = (ROOT / path).read_text("utf-8") if (ROOT / path).exists() else ""
            if not re.search(rf"^(?:def {re.escape(name)}\(|{re.escape(name)}\b)", source, re.MULTILINE):
                missing.append(proof)
    assert missing == []


def test_every_test_of_a_promise_is_in_its_row():
    """Tests named after a promise prove that promise."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for number, name in re.findall(r"^def (?=test_(\d+)_)(\w+)", path.read_text("utf-8"), re.MULTILINE):
            assert f"::{name}`" in ROWS[int(number) - 1][2]
