"""``leakwatch scan``: the options. ``scan_runner`` does the work and is imported when a scan starts."""

from __future__ import annotations

import codecs
import os
from typing import Any

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.exit_codes import exit_codes
from leakwatch.core.errors import Exit, UsageError
from leakwatch.core.model import Severity
from leakwatch.reports import REPORT_FORMATS

STDIN = "-"
MAX_JOBS = 64
AUTO_JOBS = 4
_SEVERITIES = [severity.label for severity in Severity]
_FORMATS_HELP = "\n".join(f"  {report.name:<8}{report.description}" for report in REPORT_FORMATS.values())
_EXIT_CODES = exit_codes(
    OK="complete, no findings at or above --fail-on",
    FOUND="findings at or above --fail-on",
    INCOMPLETE="incomplete: a named input could not be read, no files, or --strict and something was skipped",
)
_SUFFIXES = " ".join(suffix for report in REPORT_FORMATS.values() for suffix in report.suffixes)


def _parse_size(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    from leakwatch.config.units import size  # noqa: PLC0415  keeps `--help` fast

    try:
        return size(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _parse_jobs(_ctx: click.Context, _parameter: click.Parameter, value: str) -> int:
    if value == "auto":
        return min(len(os.sched_getaffinity(0)), AUTO_JOBS)
    if not value.isdecimal() or not 1 <= int(value) <= MAX_JOBS:
        raise click.BadParameter(f"{value!r} is not a number of processes; use auto, or 1 to {MAX_JOBS}")
    return int(value)


def _parse_encoding(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        return value if value == "auto" else codecs.lookup(value).name
    except LookupError:
        raise click.BadParameter(f"unknown encoding {value!r}; use auto, utf-8, gb18030, big5, utf-16, …") from None


@click.command(
    help=f"""\b
Examples:
  leakwatch scan /var/log/loan-api
  leakwatch scan exports/ -o report.sarif -o report.jsonl --fail-on high
  kubectl logs loan-api | leakwatch scan - --stdin-name loan-api.log -f jsonl

Scan files and directories, or standard input (-), once. Values are masked in every format. Results go to
standard output, progress and the summary to standard error.

{_EXIT_CODES}

\b
Formats:
{_FORMATS_HELP}
"""
)
@click.argument("paths", nargs=-1, metavar="PATH… | -")
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(list(REPORT_FORMATS)),
    help="Format of standard output.  [default: table]",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help=f"Write a report to FILE (mode 0600); the suffix sets the format: {_SUFFIXES}. Repeatable. Without -f, "
    "nothing is written to standard output.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*_SEVERITIES[1:], "never"]),
    default="low",
    show_default=True,
    help="Exit with 1 for findings of at least this severity.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 despite findings; same as --fail-on never.")
@click.option("--strict", is_flag=True, help="Exit with 3 if anything was skipped.")
@click.option(
    "--min-severity",
    type=click.Choice(_SEVERITIES),
    default="info",
    show_default=True,
    help="Only count findings below this severity; they do not change the exit code.",
)
@click.option("--no-state", is_flag=True, help="Store nothing; use a temporary fingerprint key.")
@click.option(
    "--encoding",
    default="auto",
    show_default=True,
    callback=_parse_encoding,
    help="Encoding of text files: auto, utf-8, gb18030, big5, …",
)
@click.option(
    "--ner/--no-ner",
    default=None,
    help="Also find names and addresses in Chinese prose (needs the extra ner).  [default: as configured]",
)
@click.option("--max-file-size", callback=_parse_size, metavar="SIZE", help="Skip larger files, e.g. 500MB.")
@click.option("--stdin-name", metavar="NAME", help="File name to report for standard input; its suffix sets the type.")
@click.option(
    "-j",
    "--jobs",
    default="auto",
    show_default=True,
    callback=_parse_jobs,
    metavar="N|auto",
    help=f"Worker processes. auto: one per core, at most {AUTO_JOBS}; none for small inputs.",
)
@click.option("--no-progress", is_flag=True, help="Show no progress bar.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """``leakwatch scan``; returns the exit code."""
    if not options["paths"]:
        click.echo(ctx.get_help(), err=True)
        return Exit.USAGE
    if STDIN in options["paths"] and len(options["paths"]) > 1:
        raise UsageError("standard input (-) cannot be combined with other paths; scan them separately")
    if options["stdin_name"] is not None and STDIN not in options["paths"]:
        raise UsageError("--stdin-name needs - as the path")

    from leakwatch.cli.scan_runner import ScanRequest, scan  # noqa: PLC0415  keeps `--help` fast

    fail_on = "never" if options["exit_zero"] else options["fail_on"]
    request = ScanRequest(
        paths=options["paths"],
        format=options["format_"],
        outputs=options["outputs"],
        fail_on=None if fail_on == "never" else Severity.of(fail_on),
        strict=options["strict"],
        min_severity=Severity.of(options["min_severity"]),
        no_state=options["no_state"],
        encoding=options["encoding"],
        max_file_size=options["max_file_size"],
        standard_input=(options["stdin_name"] or STDIN) if STDIN in options["paths"] else None,
        progress=not options["no_progress"],
        ner=options["ner"],
        jobs=options["jobs"],
    )
    return scan(ctx.ensure_object(CliContext), request)
