"""``leakwatch detectors``: what is looked for, its proof, and why a text is or is not a finding."""

from __future__ import annotations

import difflib
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.command_tree import Group
from leakwatch.core.errors import Exit, UsageError

if TYPE_CHECKING:
    from leakwatch_detectors.contract import Detector


@click.group(cls=Group)
def group() -> None:
    """What is looked for, and why a text is or is not a finding."""


@group.command("list", short_help="All detectors, one a line.")
@click.pass_obj
def list_(session: CliContext) -> int:
    """All detectors, one a line: what it finds, where, how bad it is, and what a line must hold to be looked at."""
    from leakwatch.cli.detector_texts import listing  # noqa: PLC0415  `--help` must stay quick

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in listing(_all(session), session.lang, width):
        click.echo(line)
    return Exit.OK


@group.command(short_help="All about some detectors.")
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.pass_obj
def show(session: CliContext, ids: tuple[str, ...]) -> int:
    """All about some detectors: pattern, evidence, advice, and the examples that prove them."""
    from leakwatch.cli.detector_texts import lines  # noqa: PLC0415  `--help` must stay quick

    for number, detector in enumerate(_chosen(session, ids)):
        if number:
            click.echo()
        for line in lines(detector, session.lang):
            click.echo(line)
    return Exit.OK


@group.command(short_help="Prove detectors by their own examples.")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.pass_obj
def test(session: CliContext, ids: tuple[str, ...]) -> int:
    """Run the examples of all, or some, detectors through the engine. Exit 1 when one does not hold."""
    from leakwatch.cli.example_tests import failures  # noqa: PLC0415  `--help` must stay quick

    chosen = _chosen(session, ids)
    failed = 0
    for detector in chosen:
        wrong = list(failures(detector))
        failed += bool(wrong)
        for failure in wrong:
            click.echo(f"{detector.id}: {failure}")
    examples = sum(len(detector.examples) for detector in chosen)
    session.note(f"{len(chosen) - failed} of {len(chosen)} detectors hold, {examples} examples")
    return Exit.FOUND if failed else Exit.OK


@group.command(short_help="Why a text is, or is not, a finding.")
@click.pass_obj
def explain(session: CliContext) -> int:
    """Why a text is, or is not, a finding. The text is read from standard input, or asked for; it is shown masked.

    It is never an argument: arguments are in the shell's history and in the list of processes.
    """
    from leakwatch.cli.detector_texts import explanation  # noqa: PLC0415  `--help` must stay quick
    from leakwatch.cli.scan_runner import analyzer_for  # noqa: PLC0415  as above

    if sys.stdin.isatty():
        text = click.prompt("Text (not shown)", hide_input=True, err=True)
    else:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    for line in explanation(analyzer_for(session).explain(text.rstrip("\n")), session.lang):
        click.echo(line)
    return Exit.OK


def _all(session: CliContext) -> tuple[Detector, ...]:
    """The built-in detectors and the rules of the configuration that a scan here would use."""
    from leakwatch.detection.rules import catalogue  # noqa: PLC0415  `--help` must stay quick

    return catalogue(session.load(scan=True).config)


def _chosen(session: CliContext, ids: Sequence[str]) -> tuple[Detector, ...]:
    """The detectors with these ids (or entities); all of them for none. ``UsageError`` names the nearest id."""
    known = {detector.id: detector for detector in _all(session)}
    found = []
    for given in ids:
        name = given.lower().replace("_", "-")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`leakwatch detectors list` shows them all"
            raise UsageError(f"no such detector: {given}; {hint}")
        found.append(known[name])
    return tuple(found) or tuple(known.values())
