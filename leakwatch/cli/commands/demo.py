"""``leakwatch demo``: log, export and alerts end to end, on made-up data and without configuration."""

from __future__ import annotations

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.exit_codes import exit_codes
from leakwatch.core.errors import Exit

_EXIT_CODES = exit_codes(
    Exit.OK, Exit.FOUND, OK="all alerts arrived", FOUND="the daemon did not start or no alert came"
)


@click.command(
    help=f"""Run the real daemon in a temporary directory and show the alerts as they arrive.

A log file grows and an export is dropped, both with made-up people. The alerts go to a local receiver with the
protocol of a WeCom bot. Everything is removed at the end.

\b
Examples:
  leakwatch demo

{_EXIT_CODES}
""",
)
@click.pass_obj
def command(context: CliContext) -> int:
    """``leakwatch demo``; returns the exit code."""
    from leakwatch.cli.demo_runner import run_demo  # noqa: PLC0415  keeps `--help` fast

    return run_demo(context)
