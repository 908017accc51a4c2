"""``leakwatch demo``: the whole main job on made-up data, with nothing to configure."""

from __future__ import annotations

import click

from leakwatch.cli.cli_context import CliContext


@click.command(
    help="""Run the real daemon on a temporary directory and show the alerts as they arrive.

A log grows and an export is dropped, both with made-up people in them; a
receiver on this machine speaks the protocol of a WeCom robot. Everything is
removed at the end.

\b
Example:
  leakwatch demo

\b
Exit codes: 0 all alerts came · 1 one did not
""",
)
@click.pass_obj
def command(session: CliContext) -> int:
    """``leakwatch demo``; returns the exit code."""
    from leakwatch.cli.demo_runner import play  # noqa: PLC0415  # so that `--help` stays quick

    return play(session)
