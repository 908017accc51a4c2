"""``leakwatch detectors``: lists, describes and tests detectors, and explains why a text matches or not."""

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
    """List and test detectors; explain why a text matches or not."""


@group.command("list", short_help="List all detectors.")
@click.pass_obj
def list_(context: CliContext) -> int:
    """List all detectors: severity, grade, region, default, and what a line must contain to be checked."""
    from leakwatch.cli.detector_texts import detector_table  # noqa: PLC0415  keeps `--help` fast

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in detector_table(_all_detectors(context), context.lang, width):
        click.echo(line)
    return Exit.OK


@group.command(short_help="Describe detectors in full.")
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.pass_obj
def show(context: CliContext, ids: tuple[str, ...]) -> int:
    """Describe detectors in full: pattern, evidence, scores, advice and examples.

    Examples:
      leakwatch detectors show cn-mobile bank-card
    """
    from leakwatch.cli.detector_texts import detector_details  # noqa: PLC0415  keeps `--help` fast

    for number, detector in enumerate(_select_detectors(context, ids)):
        if number:
            click.echo()
        for line in detector_details(detector, context.lang):
            click.echo(line)
    return Exit.OK


@group.command(short_help="Run the examples of detectors.")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.pass_obj
def test(context: CliContext, ids: tuple[str, ...]) -> int:
    """Run the examples of all or some detectors through the scan engine. Exit with 1 if one fails."""
    from leakwatch.cli.example_tests import example_failures  # noqa: PLC0415  keeps `--help` fast

    detectors = _select_detectors(context, ids)
    passed = 0
    for detector in detectors:
        failures = list(example_failures(detector, context.lang))
        passed += not failures
        for failure in failures:
            click.echo(f"{detector.id}: {failure}")
    examples = sum(len(detector.examples) for detector in detectors)
    context.note(context.message("detectors.test.passed", passed=passed, count=len(detectors), examples=examples))
    return Exit.OK if passed == len(detectors) else Exit.FOUND


@group.command(short_help="Explain why a text matches or not.")
@click.pass_obj
def explain(context: CliContext) -> int:
    """Explain why a text matches or not. The text is read from standard input or a prompt, and printed masked.

    It is never an argument: arguments are visible in the shell history and the process list.

    Examples:
      leakwatch detectors explain
      tail -1 app.log | leakwatch detectors explain
    """
    from leakwatch.cli.detector_texts import explanation_lines  # noqa: PLC0415  keeps `--help` fast
    from leakwatch.cli.scan_runner import analyzer_for  # noqa: PLC0415  as above

    if sys.stdin.isatty():
        text = click.prompt(context.message("detectors.prompt"), hide_input=True, err=True)
    else:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    for line in explanation_lines(analyzer_for(context).explain(text.rstrip("\n")), context.lang):
        click.echo(line)
    return Exit.OK


def _all_detectors(context: CliContext) -> tuple[Detector, ...]:
    """The built-in detectors and the rules of the configuration that a scan would use."""
    from leakwatch.detection.rules import catalogue  # noqa: PLC0415  keeps `--help` fast

    return catalogue(context.load_config(scan=True).config)


def _select_detectors(context: CliContext, ids: Sequence[str]) -> tuple[Detector, ...]:
    """The detectors with these ids or entity names; all without ids. ``UsageError`` suggests the closest id."""
    known = {detector.id: detector for detector in _all_detectors(context)}
    selected = []
    for requested in ids:
        name = requested.lower().replace("_", "-")
        if name not in known:
            closest = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {closest[0]}?" if closest else "`leakwatch detectors list` lists them all"
            raise UsageError(f"no such detector: {requested}; {hint}")
        selected.append(known[name])
    return tuple(selected) or tuple(known.values())
