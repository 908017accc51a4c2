"""``leakwatch scan``: what can be asked for. How it is done is in ``scanning``, imported when it is."""

from __future__ import annotations

import codecs
import os
from typing import Any

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.core.errors import Exit, UsageError
from leakwatch.core.model import Severity
from leakwatch.reports import REPORT_FORMATS

STDIN = "-"
MAX_JOBS = 64
AUTO_JOBS = 4
_LEVELS = [severity.label for severity in Severity if severity > Severity.INFO]
_FORMATS_HELP = "\n".join(f"  {report.name:<8}{report.description}" for report in REPORT_FORMATS.values())
_SUFFIXES = " ".join(suffix for report in REPORT_FORMATS.values() for suffix in report.suffixes)


def _size(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    from leakwatch.config.units import size  # noqa: PLC0415  `--help` must stay quick

    try:
        return size(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _jobs(_ctx: click.Context, _parameter: click.Parameter, value: str) -> int:
    if value == "auto":
        return min(len(os.sched_getaffinity(0)), AUTO_JOBS)
    if not value.isdecimal() or not 1 <= int(value) <= MAX_JOBS:
        raise click.BadParameter(f"{value} is no number of processes; write auto, or 1 to {MAX_JOBS}")
    return int(value)


def _codec(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        return value if value == "auto" else codecs.lookup(value).name
    except LookupError:
        raise click.BadParameter(f"{value} is no encoding; write auto, utf-8, gb18030, big5, utf-16, …") from None


@click.command(
    help=f"""\b
Examples:
  leakwatch scan /var/log/loan-api
  leakwatch scan exports/ -o report.sarif -o report.jsonl --fail-on high
  kubectl logs loan-api | leakwatch scan - --stdin-name loan-api.log -f jsonl

Scans files and directories, or standard input (-), once. Findings are masked in every format. Results go to
standard output; progress and the summary to standard error.

\b
Exit codes: 0 complete, nothing at or above --fail-on · 1 findings at or above it ·
2 usage or configuration · 3 incomplete: a named input could not be read, --strict
and something was skipped, or no file · 4 internal error · 130/143 interrupted

\b
Formats:
{_FORMATS_HELP}
"""
)
@click.argument("paths", nargs=-1, metavar="PATH… | -")
@click.option(
    "-f", "--format", "format_", type=click.Choice(list(REPORT_FORMATS)), help="What standard output gets; table."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help=f"Write a report to FILE (mode 0600), its format by suffix: {_SUFFIXES}. May be repeated; without -f "
    "standard output then gets nothing.",
)
@click.option("--fail-on", type=click.Choice([*_LEVELS, "never"]), default="low", help="Severity that exits 1; low.")
@click.option("--exit-zero", is_flag=True, help="Findings do not change the exit code; the same as --fail-on never.")
@click.option("--strict", is_flag=True, help="Anything skipped makes the scan incomplete (exit 3).")
@click.option(
    "--min-severity",
    type=click.Choice([severity.label for severity in Severity]),
    default="info",
    help="Findings below it are only counted, and change no exit code.",
)
@click.option("--no-state", is_flag=True, help="Keep nothing: fingerprints by a key that dies with this run.")
@click.option("--encoding", default="auto", callback=_codec, help="Encoding of text; auto, utf-8, gb18030, big5, …")
@click.option("--ner/--no-ner", default=None, help="Names and addresses in Chinese prose too (extra ner); configured.")
@click.option("--max-file-size", callback=_size, metavar="SIZE", help="Skip larger files, such as 500MB.")
@click.option("--stdin-name", metavar="NAME", help="Name for standard input: shown, and its suffix tells the format.")
@click.option(
    "-j",
    "--jobs",
    default="auto",
    callback=_jobs,
    metavar="N|auto",
    help=f"Processes that look. auto: one a core, at most {AUTO_JOBS}, and none besides this one for little.",
)
@click.option("--no-progress", is_flag=True, help="No progress line, even on a terminal.")
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Scan once."""
    if not given["paths"]:
        click.echo(ctx.get_help(), err=True)
        return Exit.USAGE
    if STDIN in given["paths"] and len(given["paths"]) > 1:
        raise UsageError("standard input (-) is scanned alone; scan the other paths in a second command")
    if given["stdin_name"] is not None and STDIN not in given["paths"]:
        raise UsageError("--stdin-name names standard input; give - as the path")

    from leakwatch.cli.scan_runner import Request, scan  # noqa: PLC0415  `--help` must stay quick

    fail_on = "never" if given["exit_zero"] else given["fail_on"]
    request = Request(
        paths=given["paths"],
        format=given["format_"],
        outputs=given["outputs"],
        fail_on=None if fail_on == "never" else Severity.of(fail_on),
        strict=given["strict"],
        min_severity=Severity.of(given["min_severity"]),
        no_state=given["no_state"],
        encoding=given["encoding"],
        max_file_size=given["max_file_size"],
        standard_input=(given["stdin_name"] or STDIN) if STDIN in given["paths"] else None,
        progress=not given["no_progress"],
        ner=given["ner"],
        jobs=given["jobs"],
    )
    return scan(ctx.ensure_object(CliContext), request)
