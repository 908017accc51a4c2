"""``leakwatch subject``: whether a person was exposed, asked without ever writing the value down."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.command_tree import Group
from leakwatch.core.errors import Exit, StateError, UsageError

if TYPE_CHECKING:
    from leakwatch.config.config_model import Config

ANSWER_SECONDS = 60.0
"""The daemon answers one lookup a second, whoever asks."""

_MOST_BYTES = 16 * 1024


@click.group(cls=Group)
def group() -> None:
    """Whether a person was exposed.

    Examples:
      leakwatch subject lookup
      pass show customer/phone | leakwatch subject lookup -f json
    """


@group.command(
    short_help="Was this person exposed?",
    help="""Was this person exposed: where, when and how often was this value found?

The value (a phone number, a document's number, a card, a name …, in any
spelling) is read from standard input, or asked for; it is never an argument,
since arguments are in the shell's history and in the list of processes. It is
not stored. What was found under earlier fingerprint keys is found, too.

\b
Exit codes: 0 it was found · 1 it was not · 2 the state cannot be read
""",
)
@click.option(
    "-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How the answer is written."
)
@click.pass_obj
def lookup(session: CliContext, form: str) -> int:
    """``leakwatch subject lookup``; returns the exit code."""
    import json  # noqa: PLC0415  # together with the rest, so that `--help` stays quick

    from leakwatch.cli.subject_texts import lines  # noqa: PLC0415

    value = _value()
    config = session.load().config
    runtime = session.env.get("RUNTIME_DIRECTORY", "/run/leakwatch")
    answer = _of_daemon(config.state_dir, runtime, value) or _of_state(config, value)
    if form == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for line in lines(answer, session.lang):
            click.echo(line)
    return Exit.OK if answer["found"] else Exit.FOUND


def _value() -> str:
    if sys.stdin.isatty():
        text: str = click.prompt("Value (not shown)", hide_input=True, err=True)
    else:
        text = sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", "replace")
    if len(text.strip().splitlines()) != 1:
        raise UsageError("give one value, on one line of standard input or at the prompt")
    return text.strip()


def _of_daemon(state_dir: Path, runtime: str, value: str) -> dict[str, Any] | None:
    from leakwatch.daemon.control import ask, socket_paths  # noqa: PLC0415  `--help` must stay quick

    paths = socket_paths(state_dir, runtime)
    answers = (ask(path, "lookup", seconds=ANSWER_SECONDS, state_dir=str(state_dir), value=value) for path in paths)
    return next((one for one in answers if one and "found" in one), None)


def _of_state(config: Config, value: str) -> dict[str, Any]:
    """The same while the daemon is down: for whoever may read its state, which is its user and root."""
    from contextlib import closing  # noqa: PLC0415  as above

    from leakwatch.detection.rules import catalogue  # noqa: PLC0415
    from leakwatch.privacy.keyring import kept_keys  # noqa: PLC0415
    from leakwatch.state.lookup import look_up  # noqa: PLC0415
    from leakwatch.state.store import read_only  # noqa: PLC0415

    with closing(read_only(config.state_dir)) as connection:
        keys = kept_keys(config.state_dir)
        if not keys:
            raise StateError(
                f"no fingerprint key in {config.state_dir} can be read; ask as the user of leakwatch, or start it: "
                "systemctl start leakwatch"
            )
        return look_up(connection, keys, catalogue(config), value)
