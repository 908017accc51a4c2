"""``python -m accuracy``: measure leakwatch and its peers on the same labelled texts and print Markdown tables."""

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
from accuracy.leakwatch_tool import LeakwatchTool
from accuracy.peers import PEERS, NotInstalledError
from accuracy.real_logs import Alarms, alarms_in, sample_lines, scan_files
from accuracy.report import OURS, Results, Tool, markdown
from accuracy.sample import Sample
from accuracy.scoring import SECRET, Prediction
from accuracy.values import GENERATORS

_CHECKOUT = Path(__file__).resolve().parents[2]
_DEFAULT_CORPORA = _CHECKOUT.parent / "shared" / "corpora"


def main() -> int:
    """Run the benchmark; returns 0 once the report is written."""
    parser = argparse.ArgumentParser(prog="accuracy", description=__doc__)
    parser.add_argument("--seed", type=int, default=20310302)
    parser.add_argument("--scale", type=int, default=4, help="generated texts per entity and format (default 4)")
    parser.add_argument("--quick", action="store_true", help="a few texts, no peers, no logs: a smoke test")
    parser.add_argument("--no-peers", action="store_true", help="measure leakwatch only")
    parser.add_argument(
        "--log-lines", type=int, default=20_000, help="lines of real logs given to every tool (default 20000)"
    )
    parser.add_argument("--output", type=Path, default=_CHECKOUT / "build" / "accuracy.md")
    parser.add_argument("--faults", action="store_true", help="also write what leakwatch got wrong")
    parser.add_argument("--disagreements", action="store_true", help="only compare validator vectors, with reasons")
    options = parser.parse_args()

    corpora = Corpora(Path(os.environ.get("LEAKWATCH_CORPORA") or _DEFAULT_CORPORA))
    if options.disagreements:
        print(_agreement(corpora))
        return 0
    samples = generated(options.seed, 1 if options.quick else options.scale)
    if options.quick:
        samples = samples[::10]
    else:
        samples += corpora.samples()
    paths = [] if options.quick else list(corpora.logs())
    lines = sample_lines(paths, options.seed, options.log_lines)

    leakwatch = LeakwatchTool()
    found = _timed(OURS, leakwatch.predictions, [*samples, *lines])
    tools = [Tool(OURS, frozenset(GENERATORS) | {SECRET}, found[: len(samples)])]
    log_alarms: dict[str, Alarms] = {OURS: alarms_in(found[len(samples) :])} if lines else {}
    missing_peers: dict[str, str] = {}
    for peer in () if options.quick or options.no_peers else PEERS:
        try:
            answers = _timed(
                peer.name, partial(peer.predictions, home=_CHECKOUT / "build" / "peers"), [*samples, *lines]
            )
        except (NotInstalledError, subprocess.TimeoutExpired) as error:
            missing_peers[peer.name] = str(error)
            print(f"{peer.name}: {error}", file=sys.stderr)
            continue
        tools.append(Tool(peer.name, peer.claims, answers[: len(samples)]))
        if lines:
            log_alarms[peer.name] = alarms_in(answers[len(samples) :])

    results = Results(
        options.seed,
        samples,
        tools,
        corpora.missing,
        missing_peers,
        scan_files(leakwatch, paths) if paths else None,
        log_alarms,
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
    predictions = LeakwatchTool(enable=tuple(OFF.values())).predictions([vector.sample for vector in vectors])
    return agreement.markdown(*agreement.compare(vectors, predictions))


def _timed(
    name: str, find: Callable[[list[Sample]], list[list[Prediction]]], samples: list[Sample]
) -> list[list[Prediction]]:
    began = time.monotonic()
    found = find(samples)
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


sys.exit(main())
