"""``python -m accuracy``: measure leakwatch and its peers on the same labelled text, and print tables in Markdown."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from accuracy import agreement
from accuracy.corpora import OFF, Corpora
from accuracy.faults import listing
from accuracy.generate import generated
from accuracy.peers import PEERS, NotInstalledError
from accuracy.reallogs import Alarms, alarms, sampled, whole
from accuracy.report import OURS, Results, Tool, markdown
from accuracy.sample import Sample
from accuracy.scoring import SECRET, Guess
from accuracy.subject import Subject
from accuracy.values import MAKERS

_CHECKOUT = Path(__file__).resolve().parents[2]
_BESIDE = _CHECKOUT.parent / "shared" / "corpora"


def main() -> int:
    """Run what the arguments ask for; 0 when the report was written."""
    parser = argparse.ArgumentParser(prog="accuracy", description=__doc__)
    parser.add_argument("--seed", type=int, default=20310302)
    parser.add_argument("--scale", type=int, default=4, help="made-up texts of each entity in each format (default 4)")
    parser.add_argument("--quick", action="store_true", help="a few texts, no peers, no logs: proves the machinery")
    parser.add_argument("--no-peers", action="store_true", help="measure leakwatch only")
    parser.add_argument(
        "--log-lines", type=int, default=20_000, help="lines of real logs that every tool gets (default 20000)"
    )
    parser.add_argument("--output", type=Path, default=_CHECKOUT / "build" / "accuracy.md")
    parser.add_argument("--faults", action="store_true", help="write what leakwatch got wrong beside the report")
    parser.add_argument("--disagreements", action="store_true", help="only how validator vectors are decided, and why")
    options = parser.parse_args()

    corpora = Corpora(Path(os.environ.get("LEAKWATCH_CORPORA") or _BESIDE))
    if options.disagreements:
        print(_agreement(corpora))
        return 0
    samples = generated(options.seed, 1 if options.quick else options.scale)
    if options.quick:
        samples = samples[::10]
    else:
        samples += corpora.samples()
    paths = [] if options.quick else list(corpora.logs())
    lines = sampled(paths, options.seed, options.log_lines)

    subject = Subject()
    found = _ask(OURS, subject.guesses, [*samples, *lines])
    tools = [Tool(OURS, frozenset(MAKERS) | {SECRET}, found[: len(samples)])]
    log_alarms: dict[str, Alarms] = {OURS: alarms(found[len(samples) :])} if lines else {}
    absent: dict[str, str] = {}
    for peer in () if options.quick or options.no_peers else PEERS:
        try:
            answers = _ask(peer.name, partial(peer.guesses, home=_CHECKOUT / "build" / "peers"), [*samples, *lines])
        except (NotInstalledError, subprocess.TimeoutExpired) as error:
            absent[peer.name] = str(error)
            print(f"{peer.name}: {error}", file=sys.stderr)
            continue
        tools.append(Tool(peer.name, peer.claims, answers[: len(samples)]))
        if lines:
            log_alarms[peer.name] = alarms(answers[len(samples) :])

    results = Results(
        options.seed, samples, tools, corpora.absent, absent, whole(subject, paths) if paths else None, log_alarms
    )
    text = markdown(results)
    if not options.quick:
        text += f"\n{_agreement(corpora)}\n"
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text, encoding="utf-8")
    if options.faults:
        options.output.with_suffix(".faults.txt").write_text(listing(results), encoding="utf-8")
    print(text, end="")
    return 0


def _agreement(corpora: Corpora) -> str:
    vectors = list(corpora.vectors())
    guesses = Subject(enable=tuple(OFF.values())).guesses([vector.sample for vector in vectors])
    return agreement.markdown(*agreement.compared(vectors, guesses))


def _ask(name: str, find: Callable[[list[Sample]], list[list[Guess]]], samples: list[Sample]) -> list[list[Guess]]:
    began = time.monotonic()
    found = find(samples)
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


sys.exit(main())
