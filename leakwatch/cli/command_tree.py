"""The command tree. A command's module is imported when that command is asked for, never for `--help`."""

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

# click fills paragraphs; a line of its own with this sign keeps the lines of the next one
_EXAMPLES = re.compile(r"(?<!\x08)\nExamples:\n")

DISTRIBUTION = "leakwatch-daemon"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives and what it does, in the words of `--help`."""

    module: str
    attribute: str
    summary: str


COMMANDS = {
    "scan": Entry("scan", "command", "One-shot scan of files, directories or standard input."),
    "run": Entry("run", "command", "The daemon, in the foreground; what systemd starts."),
    "status": Entry("status", "command", "What the daemon sees: watches, lag, open incidents, channels, gaps."),
    "demo": Entry("demo", "command", "The whole main job on made-up data, nothing to configure."),
    "config": Entry("config", "group", "Check, show and start a configuration."),
    "detectors": Entry("detectors", "group", "What is looked for, and why a text is or is not a finding."),
    "subject": Entry("subject", "group", "Was this person exposed? Where, when and how often."),
    "alert": Entry("alert", "group", "Send a test message to a channel."),
    "service": Entry("service", "group", "The systemd unit: print it or install it."),
    "completion": Entry("completion", "command", "Tab completion for bash, zsh or fish."),
}


class Group(click.Group):
    """A group that names the nearest command when one is mistyped."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named by the first argument."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            known = self.list_commands(ctx)
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
            ctx.fail(f"no such command: {name}; {hint}")
        return super().resolve_command(ctx, args)


class _Root(Group):
    """The top of the tree, filled from ``COMMANDS``; an entry whose module is not there is absent."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command that exists, in the order of the table."""
        del ctx
        return [name for name, entry in COMMANDS.items() if importlib.util.find_spec(_path(entry))]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command and give it the shared options."""
        if name not in self.list_commands(ctx):
            return None
        entry = COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(_path(entry)), entry.attribute)
        command.name = name
        command.short_help = entry.summary
        _share_options(command, f"leakwatch {name}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])


def _path(entry: Entry) -> str:
    return f"leakwatch.cli.commands.{entry.module}"


def _remember(change: Callable[[CliContext, Any], None]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that writes an option, where it was given, into the session."""

    def callback(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
        given = parameter.name is not None and ctx.get_parameter_source(parameter.name) not in {
            click.core.ParameterSource.DEFAULT,
            click.core.ParameterSource.DEFAULT_MAP,
        }
        if given:
            change(ctx.ensure_object(CliContext), value)
        return value

    return callback


def _config(session: CliContext, value: Path) -> None:
    session.config_file = value


def _color(session: CliContext, value: str) -> None:
    session.color = value


def _quiet(session: CliContext, value: bool) -> None:
    session.quiet = value


def _verbose(session: CliContext, value: int) -> None:
    session.verbosity += value


def _lang(session: CliContext, value: str) -> None:
    session.chosen_lang = value


def _options() -> list[click.Option]:
    """The options that stand before and after every command."""
    return [
        click.Option(
            ["-c", "--config"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Configuration file. Also LEAKWATCH_CONFIG.",
            expose_value=False,
            callback=_remember(_config),
        ),
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            help="Colour; auto heeds NO_COLOR, FORCE_COLOR and the terminal.",
            expose_value=False,
            callback=_remember(_color),
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            help="Only results and errors.",
            expose_value=False,
            callback=_remember(_quiet),
        ),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            help="Say more on standard error.",
            expose_value=False,
            callback=_remember(_verbose),
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(["zh", "en"]),
            help="Language of texts for people; otherwise that of the locale.",
            expose_value=False,
            callback=_remember(_lang),
        ),
    ]


def _share_options(command: click.Command, typed: str) -> None:
    """Give a command, and what is below it, the shared options it does not define itself, and an example."""
    text = inspect.cleandoc(command.help or "")
    if not isinstance(command, click.Group) and "Examples:" not in text:
        text = f"{text}\n\nExamples:\n  {typed}"
    command.help = _EXAMPLES.sub("\n\b\nExamples:\n", text)
    taken = {spelling for parameter in command.params for spelling in parameter.opts}
    command.params += [option for option in _options() if not taken & set(option.opts)]
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            _share_options(below, f"{typed} {name}")


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version  # noqa: PLC0415  `--help` must stay quick

        click.echo(f"leakwatch {version(DISTRIBUTION)}")
        ctx.exit()


root = _Root(
    name="leakwatch",
    params=[
        *_options(),
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Say the version."
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""\b
Examples:
  leakwatch demo                      see it work, nothing to configure
  leakwatch scan /var/log/loan-api    look once, print what leaks
  leakwatch config init               write a commented configuration
  leakwatch run                       watch and tell a chat

Finds personal data in logs and exports and says so in chat, without ever repeating it.

\b
Exit codes: 0 done, nothing found · 1 found, or the answer is no · 2 usage or
configuration · 3 incomplete · 4 internal error · 130/143 interrupted
""",
)
