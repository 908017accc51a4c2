"""The command tree. A command's module is imported when the command is used, so that `--help` stays fast."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.exit_codes import exit_codes

# click rewraps paragraphs, except after a line with the character \b
_EXAMPLES = re.compile(r"(?<!\x08)\nExamples:\n")

DISTRIBUTION = "leakwatch-daemon"


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command: its module in ``leakwatch.cli.commands``, the attribute there, and its summary in `--help`."""

    module: str
    attribute: str
    summary: str


COMMANDS = {
    "scan": CommandEntry("scan", "command", "Scan files, directories or standard input once."),
    "run": CommandEntry("run", "command", "Run the daemon in the foreground, as systemd does."),
    "status": CommandEntry("status", "command", "Show watches, lag, open incidents, channels and gaps of the daemon."),
    "demo": CommandEntry("demo", "command", "Show log, export and alert end to end on made-up data."),
    "config": CommandEntry("config", "group", "Check, show or create a configuration."),
    "detectors": CommandEntry("detectors", "group", "List and test detectors; explain why a text matches or not."),
    "subject": CommandEntry("subject", "group", "Look up whether, where and when a person was exposed."),
    "alert": CommandEntry("alert", "group", "Send a test message to an alert channel."),
    "service": CommandEntry("service", "group", "Print or install the systemd unit."),
    "completion": CommandEntry("completion", "command", "Print shell completion for bash, zsh or fish."),
}


class Group(click.Group):
    """A group that suggests the closest command for a mistyped one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the first argument to a command."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            known = self.list_commands(ctx)
            closest = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {closest[0]}?" if closest else f"available: {', '.join(known)}"
            ctx.fail(f"no such command: {name}; {hint}")
        return super().resolve_command(ctx, args)


class _Root(Group):
    """The top-level group, filled from ``COMMANDS``; a command whose module does not exist is left out."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The available commands, in table order."""
        del ctx
        return [name for name, entry in COMMANDS.items() if importlib.util.find_spec(_module(entry))]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command and add the shared options."""
        if name not in self.list_commands(ctx):
            return None
        entry = COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(_module(entry)), entry.attribute)
        command.name = name
        command.short_help = entry.summary
        _add_shared_options(command, f"leakwatch {name}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])


def _module(entry: CommandEntry) -> str:
    return f"leakwatch.cli.commands.{entry.module}"


def _store(attribute: str, *, add: bool = False) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that stores an option, if it was given, in an attribute of the ``CliContext``, or adds it there."""

    def callback(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
        is_given = parameter.name is not None and ctx.get_parameter_source(parameter.name) not in {
            click.core.ParameterSource.DEFAULT,
            click.core.ParameterSource.DEFAULT_MAP,
        }
        if is_given:
            context = ctx.ensure_object(CliContext)
            setattr(context, attribute, getattr(context, attribute) + value if add else value)
        return value

    return callback


def _shared_option(*names: str, attribute: str, add: bool = False, **settings: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=_store(attribute, add=add), **settings)


def _shared_options() -> list[click.Option]:
    """The options accepted before and after every command."""
    return [
        _shared_option(
            *("-c", "--config"),
            attribute="config_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Configuration file.  [env: LEAKWATCH_CONFIG]",
        ),
        _shared_option(
            "--color",
            attribute="color",
            type=click.Choice(["auto", "always", "never"]),
            help="When to use colour; auto respects NO_COLOR, FORCE_COLOR and the terminal.",
        ),
        _shared_option("-q", "--quiet", attribute="quiet", is_flag=True, help="Print results and errors only."),
        _shared_option(
            *("-v", "--verbose"), attribute="verbosity", add=True, count=True, help="Log more to standard error."
        ),
        _shared_option(
            "--lang",
            attribute="lang_option",
            type=click.Choice(["zh", "en"]),
            help="Language of messages.  [default: from the locale]",
        ),
    ]


def _add_shared_options(command: click.Command, command_line: str) -> None:
    """Add the shared options and an example to a command and its subcommands, where they have none of their own."""
    text = inspect.cleandoc(command.help or "")
    if not isinstance(command, click.Group) and "Examples:" not in text:
        text = f"{text}\n\nExamples:\n  {command_line}"
    command.help = _EXAMPLES.sub("\n\b\nExamples:\n", text)
    taken = {spelling for parameter in command.params for spelling in parameter.opts}
    command.params += [option for option in _shared_options() if not taken & set(option.opts)]
    if isinstance(command, click.Group):
        for name, subcommand in command.commands.items():
            _add_shared_options(subcommand, f"{command_line} {name}")


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version  # noqa: PLC0415  keeps `--help` fast

        click.echo(f"leakwatch {version(DISTRIBUTION)}")
        ctx.exit()


root = _Root(
    name="leakwatch",
    params=[
        *_shared_options(),
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=f"""\b
Examples:
  leakwatch demo                      see it work, no configuration needed
  leakwatch scan /var/log/loan-api    scan once, print what leaks
  leakwatch config init               write a commented configuration
  leakwatch run                       watch and alert a chat channel

Find personal data in logs and exports, and alert a chat channel without repeating the data.

{exit_codes()}
""",
)
