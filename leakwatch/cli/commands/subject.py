"""``leakwatch subject``: looks up whether a person was exposed, without storing the value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.command_tree import Group
from leakwatch.cli.exit_codes import exit_codes
from leakwatch.core.errors import Exit, StateError, UsageError

if TYPE_CHECKING:
    from leakwatch.config.config_model import Config

_EXIT_CODES = exit_codes(
    Exit.OK, Exit.FOUND, Exit.USAGE, OK="found", FOUND="not found", USAGE="usage error, or the state cannot be read"
)

ANSWER_SECONDS = 60.0
"""Timeout of a lookup; the daemon answers one per second."""

_MAX_INPUT_BYTES = 16 * 1024


@click.group(cls=Group)
def group() -> None:
    """Look up whether, where and when a person was exposed.

    Examples:
      leakwatch subject lookup
      pass show customer/phone | leakwatch subject lookup -f json
    """


@group.command(
    short_help="Look up one value.",
    help=f"""Look up whether, where, when and how often a value was found.

The value (a phone, document or card number, a name, …, in any notation) is read from standard input or a prompt.
It is never an argument, because arguments are visible in the shell history and the process list, and it is not
stored. The lookup covers findings made with earlier fingerprint keys.

\b
Examples:
  leakwatch subject lookup
  pass show customer/phone | leakwatch subject lookup -f json

{_EXIT_CODES}
""",
)
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Output format.",
    show_default=True,
)
@click.pass_obj
def lookup(context: CliContext, format_: str) -> int:
    """``leakwatch subject lookup``; returns the exit code."""
    import json  # noqa: PLC0415  # with the imports below: keeps `--help` fast

    from leakwatch.cli.daemon_client import ask_daemon  # noqa: PLC0415
    from leakwatch.cli.subject_texts import lookup_lines  # noqa: PLC0415

    value = _read_value(context)
    config = context.load_config().config
    answer = ask_daemon(
        context,
        config.state_dir,
        "lookup",
        lambda answer: "found" in answer,
        seconds=ANSWER_SECONDS,
        value=value,
    )
    if answer is None:
        answer = _ask_store(config, value)
    if format_ == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for line in lookup_lines(answer, context.lang):
            click.echo(line)
    return Exit.OK if answer["found"] else Exit.FOUND


def _read_value(context: CliContext) -> str:
    if sys.stdin.isatty():
        text: str = click.prompt(context.message("subject.prompt"), hide_input=True, err=True)
    else:
        text = sys.stdin.buffer.read(_MAX_INPUT_BYTES).decode("utf-8", "replace")
    if len(text.strip().splitlines()) != 1:
        raise UsageError("expected one value on one line")
    return text.strip()


def _ask_store(config: Config, value: str) -> dict[str, Any]:
    """Look up in the database while the daemon is down; only its user and root can read it."""
    from contextlib import closing  # noqa: PLC0415  keeps `--help` fast

    from leakwatch.detection.rules import catalogue  # noqa: PLC0415
    from leakwatch.privacy.keyring import kept_keys  # noqa: PLC0415
    from leakwatch.state.lookup import look_up  # noqa: PLC0415
    from leakwatch.state.store import read_only  # noqa: PLC0415

    with closing(read_only(config.state_dir)) as connection:
        keys = kept_keys(config.state_dir)
        if not keys:
            raise StateError(
                f"cannot read a fingerprint key in {config.state_dir}; run this as the user of leakwatch, or start it: "
                "systemctl start leakwatch"
            )
        return look_up(connection, keys, catalogue(config), value)
