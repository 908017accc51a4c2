"""How far a key may stand before its value is decided in one place: judge, engine and prefilter follow it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leakwatch_detectors.evidence.context import KEY_REACH

SCRIPT = """
import importlib.util, json, pathlib, sys

reach, tests = int(sys.argv[1]), sys.argv[2]
sys.path.insert(0, tests)
spec = importlib.util.find_spec("leakwatch_detectors.evidence.context")
source = pathlib.Path(spec.origin).read_text("utf-8")
assert source.count("KEY_REACH = {default}") == 1
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
exec(compile(source.replace("KEY_REACH = {default}", f"KEY_REACH = {{reach}}"), spec.origin, "exec"), module.__dict__)

from support.equivalence import Sides, text_chunks
from leakwatch_detectors.catalog import detectors

sides = Sides(detectors())
answers = []
for lines in json.loads(sys.argv[3]):
    data = "\\n".join(lines).encode()
    found = [sorted(name for name, *_ in sides.plain(line)) for line in lines]
    answers.append([found, len(sides.differing_lines(data))])
print(json.dumps(answers))
"""


def _line(key: str, distance: int) -> str:
    """A line whose value is named by ``key``, which begins ``distance`` characters before it."""
    length = distance - len(key) - 2
    filler = " ".join(["x" * 39] * 4)[:length].rstrip().ljust(length, "x")  # a key has at most four words
    return f"2026-01-05 10:00:00 INFO Job - {key}({filler}=62220212345678"


def _answers(reach: int, *texts: list[str]) -> list[tuple[list[list[str]], int]]:
    script = SCRIPT.format(default=KEY_REACH)
    tests = str(Path(__file__).parents[1])
    argv = [sys.executable, "-c", script, str(reach), tests, json.dumps(texts)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("reach", [KEY_REACH, KEY_REACH + 64])
def test_all_parts_follow_the_reach(reach: int):
    """Keys up to the reach name a value and keys beyond it do not, whatever line was judged before."""
    near, far = reach - 4, reach + 8
    named, other = _line("bankAccount", near), _line("batchNumber", near)
    beyond = _line("bankAccount", far)
    answers = _answers(reach, [named, other], [other, named], [beyond, named], [named, beyond, other])
    assert [differing for _, differing in answers] == [0, 0, 0, 0]
    assert [["BANK_ACCOUNT" in found for found in lines] for lines, _ in answers] == [
        [True, False],
        [False, True],
        [False, True],
        [True, False, False],
    ]
